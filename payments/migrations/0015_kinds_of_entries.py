from django.db import migrations, models

# The books are append-only and walled, for their owner as well; nothing else writes
# meanwhile, because adding the columns holds the table.
FILL = """
ALTER TABLE payments_ledgerentry NO FORCE ROW LEVEL SECURITY;
ALTER TABLE payments_ledgerentry DISABLE TRIGGER USER;
UPDATE payments_ledgerentry SET
    kind = split_part(reason, ':', 1),
    source = split_part(reason, ':', 2),
    -- The second reversal of a payment was `reversed:REFERENCE:2`.
    number = coalesce(nullif(split_part(reason, ':', 3), ''), '1')::smallint;
ALTER TABLE payments_ledgerentry ENABLE TRIGGER USER;
ALTER TABLE payments_ledgerentry FORCE ROW LEVEL SECURITY
"""
EMPTY = """
ALTER TABLE payments_ledgerentry NO FORCE ROW LEVEL SECURITY;
ALTER TABLE payments_ledgerentry DISABLE TRIGGER USER;
UPDATE payments_ledgerentry SET
    reason = kind || ':' || source || CASE WHEN number > 1 THEN ':' || number ELSE '' END;
ALTER TABLE payments_ledgerentry ENABLE TRIGGER USER;
ALTER TABLE payments_ledgerentry FORCE ROW LEVEL SECURITY
"""


class Migration(migrations.Migration):
    """An entry says what it is about in columns, not in a word that is taken apart."""

    dependencies = [
        ("payments", "0014_channels_and_instructions"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="ledgerentry",
            name="entry_once",
        ),
        migrations.AddField(
            model_name="ledgerentry",
            name="kind",
            field=models.CharField(
                choices=[
                    ("settled", "Payment received"),
                    ("reserved", "Set aside from a balance"),
                    ("released", "No longer set aside"),
                    ("unmatched", "Money came that fits nothing"),
                    ("applied", "Used for its order after all"),
                    ("credited", "Added to a balance"),
                    ("recredited", "Given back to a balance"),
                    ("asked_back", "Taken from a balance to be paid out"),
                    ("returned", "Paid back to its sender"),
                    ("withdrawn", "Taken back before it was used"),
                    ("reversed", "Taken back by the provider"),
                    ("sale", "Sale"),
                    ("refund", "Refund"),
                    ("paid_out", "Refund paid out"),
                    ("recovered", "No loss after all"),
                ],
                default="",
                max_length=12,
            ),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="ledgerentry",
            name="number",
            field=models.PositiveSmallIntegerField(default=1),
        ),
        migrations.AddField(
            model_name="ledgerentry",
            name="source",
            field=models.CharField(default="", max_length=80),
            preserve_default=False,
        ),
        migrations.RunSQL(FILL, EMPTY),
        # On the way back the column comes with something in it.
        migrations.AlterField(
            model_name="ledgerentry",
            name="reason",
            field=models.CharField(blank=True, default="", max_length=100),
        ),
        migrations.RemoveField(
            model_name="ledgerentry",
            name="reason",
        ),
        migrations.AddConstraint(
            model_name="ledgerentry",
            constraint=models.UniqueConstraint(
                fields=("tenant", "kind", "source", "number"), name="entry_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="ledgerentry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "kind__in",
                        [
                            "settled",
                            "reserved",
                            "released",
                            "unmatched",
                            "applied",
                            "credited",
                            "recredited",
                            "asked_back",
                            "returned",
                            "withdrawn",
                            "reversed",
                            "sale",
                            "refund",
                            "paid_out",
                            "recovered",
                        ],
                    )
                ),
                name="entry_kind_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="ledgerentry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("source", ""), _negated=True), ("number__gte", 1)
                ),
                name="entry_has_source",
            ),
        ),
    ]
