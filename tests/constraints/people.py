"""Stores, people, their history, and what happens in Discord."""

from tests.constraints.kinds import ONE, Once, at_least, between, known

TICKET = "bot.Ticket"

ENTRIES = {
    # Security
    "audit_link_in_order": [
        Once("security.AuditLink", {"seq": 1}, "tenant_id seq"),
        Once("security.AuditLink", {"tenant_id": None, "seq": 1}, "seq"),
    ],
    "audit_entry_sealed_once": [
        Once("security.AuditLink", {"entry_id": 1}, "tenant_id entry_id"),
        Once("security.AuditLink", {"tenant_id": None, "entry_id": 1}, "entry_id"),
    ],
    "inbox_event_once": Once(
        "security.InboxEvent",
        {"source": "gateway:tripay", "target": ONE, "event_key": "a"},
        "tenant_id source target event_key",
    ),
    "inbox_status_known": known("security.InboxEvent", "status"),
    # Stores
    "tenant_status_known": known("tenants.Tenant", "status"),
    "tenant_price_step_positive": at_least("tenants.Tenant", "price_step", 1),
    "tenant_deposit_alert_hours_in_range": between(
        "tenants.Tenant", "deposit_alert_hours", 1, 72
    ),
    "customer_tier_known": known("tenants.Customer", "tier"),
    "customer_once_per_store": Once(
        "tenants.Customer", {"discord_id": 1}, "tenant_id discord_id"
    ),
    "member_once_per_store": Once(
        "tenants.Member", {"user_id": 1}, "tenant_id user_id"
    ),
    "member_role_known": known("tenants.Member", "role"),
    # Discord
    "bot_desired_known": known("bot.BotInstance", "desired"),
    "error_code_once_per_store": Once(
        "bot.ErrorReport", {"code": "K7F-3QX"}, "tenant_id code"
    ),
    "bot_observed_known": known("bot.BotInstance", "observed"),
    "instance_event_target_known": known("bot.InstanceEvent", "target"),
    "panel_status_known": known("bot.Panel", "status"),
    "panel_refresh_in_range": between("bot.Panel", "refresh_secs", 5, 3600),
    "panel_event_target_known": known("bot.PanelEvent", "target"),
    "ticket_number_once_per_store": Once(TICKET, {"number": 1}, "tenant_id number"),
    "ticket_once_per_order": Once(TICKET, {"order_id": 1}, "tenant_id order_id"),
    "ticket_open_once_per_product": Once(
        TICKET,
        {"customer_id": 1, "product_id": 1, "destination": "123", "status": "open"},
        "tenant_id customer_id product_id destination",
        free=[
            *({"status": status} for status in ("paid", "completed", "closed")),
            {"follows_id": 1},
        ],
    ),
    "ticket_followed_once": Once(TICKET, {"follows_id": 1}, "tenant_id follows_id"),
    "ticket_status_known": known(TICKET, "status"),
    "ticket_event_target_known": known("bot.TicketEvent", "target"),
    "ticket_message_once": Once(
        "bot.TicketMessage",
        {"ticket_id": 1, "discord_id": 1},
        "tenant_id ticket_id discord_id",
    ),
    "outgoing_once": Once(
        "bot.OutgoingMessage", {"dedupe_key": "order:1:paid"}, "tenant_id dedupe_key"
    ),
    "outgoing_status_known": known("bot.OutgoingMessage", "status"),
    "server_settings_once_per_guild": Once(
        "bot.ServerSettings", {"guild_id": 1}, "tenant_id guild_id"
    ),
    "server_auto_close_in_range": between(
        "bot.ServerSettings", "auto_close_secs", 10, 604_800
    ),
}
