import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

# Sessions end in many ways, some at the moment when a row for them is written: the
# database lets the row go with its session, whoever deletes that.
GOES_WITH_SESSION = """
ALTER TABLE security_browsersession ADD CONSTRAINT browsersession_goes_with_session
    FOREIGN KEY (session_id) REFERENCES django_session (session_key)
    ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED
"""
STAYS = """
ALTER TABLE security_browsersession DROP CONSTRAINT browsersession_goes_with_session
"""


class Migration(migrations.Migration):
    dependencies = [
        ("security", "0004_audit_walls"),
        ("sessions", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="BrowserSession",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                ("address", models.GenericIPAddressField(blank=True, null=True)),
                ("user_agent", models.CharField(blank=True, max_length=200)),
                ("created_at", models.DateTimeField()),
                ("seen_at", models.DateTimeField()),
                (
                    "session",
                    models.OneToOneField(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="sessions.session",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["user", "-seen_at"], name="session_newest")
                ],
            },
        ),
        migrations.RunSQL(GOES_WITH_SESSION, STAYS),
    ]
