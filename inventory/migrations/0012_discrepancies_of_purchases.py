from django.db import migrations, models


class Migration(migrations.Migration):
    """What a supplier contradicts is called as what a gateway contradicts."""

    dependencies = [
        ("inventory", "0011_changes"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="purchaseattempt", name="attempt_surprise_known"
        ),
        migrations.RemoveIndex(
            model_name="purchaseattempt", name="attempt_surprise_open"
        ),
        migrations.RenameField("purchaseattempt", "surprise", "discrepancy"),
        migrations.RenameField("purchaseattempt", "surprise_at", "discrepancy_at"),
        migrations.RenameField(
            "purchaseattempt", "surprise_noted_at", "discrepancy_noted_at"
        ),
        migrations.AddConstraint(
            model_name="purchaseattempt",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "discrepancy__in",
                        ["", "late_success", "reversed", "overcharged"],
                    )
                ),
                name="attempt_discrepancy_known",
            ),
        ),
        migrations.AddIndex(
            model_name="purchaseattempt",
            index=models.Index(
                condition=models.Q(
                    models.Q(("discrepancy", ""), _negated=True),
                    ("discrepancy_noted_at__isnull", True),
                ),
                fields=["tenant", "discrepancy_at"],
                name="attempt_discrepancy_open",
            ),
        ),
    ]
