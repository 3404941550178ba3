from django.db import migrations

from ppob.kit.tenant_sql import AppendOnly, TenantReferences, TenantTable


class Migration(migrations.Migration):
    dependencies = [("payments", "0004_wallets_and_refunds")]

    operations = [
        TenantTable("payments_moneypolicy"),
        TenantTable(
            "payments_deposit", references={"customer_id": "tenants_customer"}
        ),
        TenantTable(
            "payments_depositevent", references={"deposit_id": "payments_deposit"}
        ),
        TenantTable(
            "payments_paymentevent", references={"payment_id": "payments_payment"}
        ),
        TenantTable("payments_refund", references={"order_id": "payments_order"}),
        TenantTable(
            "payments_refundpart",
            references={
                "refund_id": "payments_refund",
                "payment_id": "payments_payment",
            },
        ),
        TenantTable(
            "payments_refundevent", references={"refund_id": "payments_refund"}
        ),
        TenantReferences(
            "payments_payment", {"deposit_id": "payments_deposit"}
        ),
        TenantReferences(
            "payments_ledgerentry",
            {"order_id": "payments_order", "deposit_id": "payments_deposit"},
        ),
        AppendOnly("payments_depositevent"),
        AppendOnly("payments_paymentevent"),
        AppendOnly("payments_refundevent"),
        AppendOnly("payments_refundpart"),
    ]
