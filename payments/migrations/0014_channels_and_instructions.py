from django.db import migrations, models

# The owner is bound by row-level security, too: these statements are about all stores.
FILL = """
ALTER TABLE payments_paymentmethod NO FORCE ROW LEVEL SECURITY;
ALTER TABLE payments_payment NO FORCE ROW LEVEL SECURITY;
UPDATE payments_paymentmethod SET channel = 'qris'
 WHERE gateway NOT IN ('manual', 'balance');
UPDATE payments_payment
   SET instructions = jsonb_build_object('kind', 'qris', 'text', qr_text)
 WHERE qr_text <> '';
ALTER TABLE payments_paymentmethod FORCE ROW LEVEL SECURITY;
ALTER TABLE payments_payment FORCE ROW LEVEL SECURITY
"""
EMPTY = """
ALTER TABLE payments_payment NO FORCE ROW LEVEL SECURITY;
UPDATE payments_payment SET qr_text = coalesce(instructions ->> 'text', '')
 WHERE instructions ->> 'kind' = 'qris';
ALTER TABLE payments_payment FORCE ROW LEVEL SECURITY
"""


class Migration(migrations.Migration):
    """A method is one channel of a gateway; what a payer is told has several kinds."""

    dependencies = [
        ("payments", "0013_unreached_buyers"),
    ]

    operations = [
        migrations.AddField(
            model_name="payment",
            name="instructions",
            field=models.JSONField(blank=True, default=dict),
        ),
        migrations.AddField(
            model_name="paymentmethod",
            name="channel",
            field=models.CharField(blank=True, default="", max_length=30),
        ),
        migrations.AddField(
            model_name="receipt",
            name="fee",
            field=models.BigIntegerField(blank=True, null=True),
        ),
        migrations.RunSQL(FILL, EMPTY),
        migrations.RemoveField(
            model_name="payment",
            name="qr_text",
        ),
        migrations.AddConstraint(
            model_name="paymentmethod",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("channel", ""), ("gateway__in", ["manual", "balance"])),
                    models.Q(
                        models.Q(
                            ("gateway__in", ["manual", "balance"]),
                            ("channel", ""),
                            _connector="OR",
                        ),
                        _negated=True,
                    ),
                    _connector="OR",
                ),
                name="method_channel_of_gateway",
            ),
        ),
        migrations.AddConstraint(
            model_name="receipt",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("fee", None),
                    models.Q(("fee__gte", 0), ("fee__lte", models.F("amount"))),
                    _connector="OR",
                ),
                name="receipt_fee_within_amount",
            ),
        ),
    ]
