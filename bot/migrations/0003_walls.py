from django.db import migrations

from ppob.kit.tenant_sql import TenantTable


class Migration(migrations.Migration):
    dependencies = [
        ("bot", "0002_initial"),
        ("payments", "0003_walls"),
    ]

    operations = [
        TenantTable("bot_botinstance", open_rows=True),
        TenantTable("bot_panel", references={
                "guild_id": "tenants_guild",
            }),
        TenantTable("bot_ticket", references={
                "order_id": "payments_order",
                "customer_id": "tenants_customer",
                "product_id": "catalog_product",
                "guild_id": "tenants_guild",
                "panel_id": "bot_panel",
            }),
        TenantTable("bot_ticketmessage", references={
                "ticket_id": "bot_ticket",
            }),
        TenantTable("bot_outgoingmessage", references={
                "guild_id": "tenants_guild",
                "ticket_id": "bot_ticket",
            }),
        TenantTable("bot_serversettings", references={
                "guild_id": "tenants_guild",
            }),
    ]
