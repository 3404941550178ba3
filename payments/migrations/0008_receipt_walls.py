from django.db import migrations

from ppob.kit.tenant_sql import AppendOnly, TenantTable

# What came in before receipts were rows of their own, as the books have it. Money that
# was over (`overpaid`) came with the receipt that paid; `price:` marks the other half
# of a receipt that was kept in two.
RECEIPTS = """
WITH booked AS (
    SELECT p.tenant_id, p.id AS payment_id, g.amount, e.at,
        coalesce((
            SELECT u.event_key FROM payments_unmatchedmoney u
            WHERE u.payment_id = p.id AND u.reason = 'overpaid'
            ORDER BY u.id LIMIT 1
        ), 'settled') AS key
    FROM payments_payment p
    JOIN payments_ledgerentry e ON e.tenant_id = p.tenant_id
        AND e.reason = 'settled:' || p.reference
    JOIN payments_ledgerposting g ON g.entry_id = e.id AND g.amount > 0
    JOIN payments_ledgeraccount a ON a.id = g.account_id AND a.kind = 'clearing'
    UNION ALL
    SELECT tenant_id, payment_id, amount, received_at,
        regexp_replace(event_key, '^price:', '')
    FROM payments_unmatchedmoney
)
INSERT INTO payments_receipt (
    tenant_id, payment_id, key, transaction, amount, taken_back,
    received_at, recorded_at, recorded_by
)
SELECT b.tenant_id, b.payment_id, b.key, '', sum(b.amount), 0,
    min(b.at), min(b.at), 'gateway:' || min(m.gateway)
FROM booked b
JOIN payments_payment p ON p.id = b.payment_id
JOIN payments_paymentmethod m ON m.id = p.method_id
GROUP BY b.tenant_id, b.payment_id, b.key
"""

REVERSALS = """
INSERT INTO payments_reversal (
    tenant_id, payment_id, key, transaction, amount, confirmed, booked, of_price, loss,
    at, actor
)
SELECT p.tenant_id, p.id, 'reversed', '', p.amount, 0,
    -sum(g.amount) FILTER (WHERE a.kind = 'clearing'), 0,
    coalesce(sum(g.amount) FILTER (WHERE a.kind = 'losses'), 0),
    e.at, 'gateway:' || m.gateway
FROM payments_payment p
JOIN payments_paymentmethod m ON m.id = p.method_id
JOIN payments_ledgerentry e ON e.tenant_id = p.tenant_id
    AND e.reason = 'reversed:' || p.reference
JOIN payments_ledgerposting g ON g.entry_id = e.id
JOIN payments_ledgeraccount a ON a.id = g.account_id
GROUP BY p.id, e.id, m.id
"""

# A reversal took the payment's own amount: from the receipt that brought it.
TAKEN_BACK = """
UPDATE payments_receipt r SET taken_back = v.booked
FROM payments_reversal v
WHERE v.payment_id = r.payment_id AND r.id = (
    SELECT id FROM payments_receipt
    WHERE payment_id = v.payment_id AND amount >= v.booked ORDER BY id LIMIT 1
)
"""


class Migration(migrations.Migration):
    dependencies = [("payments", "0007_receipts_and_second_person")]

    operations = [
        TenantTable("payments_receipt", references={"payment_id": "payments_payment"}),
        TenantTable("payments_reversal", references={"payment_id": "payments_payment"}),
        TenantTable(
            "payments_discrepancy", references={"payment_id": "payments_payment"}
        ),
        migrations.RunSQL(RECEIPTS, migrations.RunSQL.noop),
        migrations.RunSQL(REVERSALS, migrations.RunSQL.noop),
        migrations.RunSQL(TAKEN_BACK, migrations.RunSQL.noop),
        AppendOnly("payments_reversal"),
    ]
