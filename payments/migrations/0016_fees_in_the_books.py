from django.db import migrations, models

# What gateways kept of receipts that were written down before it was booked. Accounts
# are made first: a store has one for its fees, and one for each of its methods.
FILL = """
ALTER TABLE payments_receipt NO FORCE ROW LEVEL SECURITY;
ALTER TABLE payments_payment NO FORCE ROW LEVEL SECURITY;
ALTER TABLE payments_ledgeraccount NO FORCE ROW LEVEL SECURITY;
ALTER TABLE payments_ledgerentry NO FORCE ROW LEVEL SECURITY;
ALTER TABLE payments_ledgerposting NO FORCE ROW LEVEL SECURITY;
INSERT INTO payments_ledgeraccount (tenant_id, kind)
SELECT DISTINCT tenant_id, 'fees' FROM payments_receipt WHERE fee > 0;
INSERT INTO payments_ledgerentry
    (tenant_id, kind, source, number, order_id, deposit_id, at)
SELECT r.tenant_id, 'fee', r.id::text, 1, p.order_id, p.deposit_id, r.recorded_at
  FROM payments_receipt r JOIN payments_payment p ON p.id = r.payment_id
 WHERE r.fee > 0 ORDER BY r.id;
INSERT INTO payments_ledgerposting (tenant_id, entry_id, account_id, amount)
SELECT r.tenant_id, e.id, a.id, CASE a.kind WHEN 'fees' THEN r.fee ELSE -r.fee END
  FROM payments_receipt r
  JOIN payments_payment p ON p.id = r.payment_id
  JOIN payments_ledgerentry e ON e.tenant_id = r.tenant_id
   AND e.kind = 'fee' AND e.source = r.id::text
  JOIN payments_ledgeraccount a ON a.tenant_id = r.tenant_id AND (
       a.kind = 'fees' OR a.kind = 'clearing' AND a.method_id = p.method_id
  )
 WHERE r.fee > 0;
SET CONSTRAINTS ALL IMMEDIATE;
ALTER TABLE payments_receipt FORCE ROW LEVEL SECURITY;
ALTER TABLE payments_payment FORCE ROW LEVEL SECURITY;
ALTER TABLE payments_ledgeraccount FORCE ROW LEVEL SECURITY;
ALTER TABLE payments_ledgerentry FORCE ROW LEVEL SECURITY;
ALTER TABLE payments_ledgerposting FORCE ROW LEVEL SECURITY
"""
# The version before knows no fees: what was booked of them has to go.
EMPTY = """
ALTER TABLE payments_ledgeraccount NO FORCE ROW LEVEL SECURITY;
ALTER TABLE payments_ledgerentry NO FORCE ROW LEVEL SECURITY;
ALTER TABLE payments_ledgerposting NO FORCE ROW LEVEL SECURITY;
ALTER TABLE payments_ledgerentry DISABLE TRIGGER USER;
ALTER TABLE payments_ledgerposting DISABLE TRIGGER USER;
DELETE FROM payments_ledgerposting USING payments_ledgerentry e
 WHERE e.id = entry_id AND e.kind = 'fee';
DELETE FROM payments_ledgerentry WHERE kind = 'fee';
DELETE FROM payments_ledgeraccount WHERE kind = 'fees';
SET CONSTRAINTS ALL IMMEDIATE;
ALTER TABLE payments_ledgerposting ENABLE TRIGGER USER;
ALTER TABLE payments_ledgerentry ENABLE TRIGGER USER;
ALTER TABLE payments_ledgerposting FORCE ROW LEVEL SECURITY;
ALTER TABLE payments_ledgerentry FORCE ROW LEVEL SECURITY;
ALTER TABLE payments_ledgeraccount FORCE ROW LEVEL SECURITY
"""


class Migration(migrations.Migration):
    """What a gateway keeps is booked: its clearing account is what it pays out."""

    dependencies = [
        ("payments", "0015_kinds_of_entries"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="ledgeraccount",
            name="account_kind_known",
        ),
        migrations.RemoveConstraint(
            model_name="ledgerentry",
            name="entry_kind_known",
        ),
        migrations.AlterField(
            model_name="ledgeraccount",
            name="kind",
            field=models.CharField(
                choices=[
                    ("clearing", "Received by payment methods"),
                    ("held", "Held for open orders"),
                    ("sales", "Sales"),
                    ("wallet", "Customer balance"),
                    ("reserved", "Set aside from a balance"),
                    ("unmatched", "Unmatched money"),
                    ("refunds", "Refunded after delivery"),
                    ("payable", "Refunds to be paid out"),
                    ("losses", "Taken back after delivery"),
                    ("fees", "Fees of payment gateways"),
                ],
                max_length=12,
            ),
        ),
        migrations.AlterField(
            model_name="ledgerentry",
            name="kind",
            field=models.CharField(
                choices=[
                    ("settled", "Payment received"),
                    ("fee", "Fee of the payment gateway"),
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
                max_length=12,
            ),
        ),
        migrations.AddConstraint(
            model_name="ledgeraccount",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "kind__in",
                        [
                            "clearing",
                            "held",
                            "sales",
                            "wallet",
                            "reserved",
                            "unmatched",
                            "refunds",
                            "payable",
                            "losses",
                            "fees",
                        ],
                    )
                ),
                name="account_kind_known",
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
                            "fee",
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
        migrations.RunSQL(FILL, EMPTY),
    ]
