"""What must be true of messages, tickets and panels in Discord."""

from django.utils.translation import gettext_lazy as _

from payments.states import BuyerNews
from ppob.kit.invariants import Invariant

# What buyers must know of their money and goods, as messages are stored.
MUST_KNOW = tuple(news.value for news in BuyerNews)

INVARIANTS = (
    Invariant(
        "message_leaves_in_time",
        _("No message to Discord is overdue by more than 10 minutes"),
        """
        SELECT tenant_id, id, kind, due_at, attempts FROM bot_outgoingmessage
        WHERE status = 'queued' AND due_at < %(now)s - interval '10 minutes'
        """,
    ),
    Invariant(
        "lost_message_goes_direct",
        _("What a buyer must know and the ticket could not carry is sent directly"),
        f"""
        SELECT m.tenant_id, m.id, m.kind FROM bot_outgoingmessage m
        WHERE m.status = 'failed' AND m.ticket_id IS NOT NULL
            AND m.kind IN {MUST_KNOW}
            AND NOT EXISTS (
                SELECT FROM bot_outgoingmessage d WHERE d.tenant_id = m.tenant_id
                    AND d.dedupe_key = 'outgoing:' || m.id || ':dm'
            )
        """,
    ),
    Invariant(
        "unreached_buyer_is_reported",
        _("A buyer whom no message reached is known to the store's staff"),
        f"""
        SELECT m.tenant_id, m.id, m.kind FROM bot_outgoingmessage m
        WHERE m.gave_up_at IS NOT NULL AND m.recipient_id IS NOT NULL
            AND m.kind IN {MUST_KNOW}
            AND NOT EXISTS (
                SELECT FROM payments_unreachedbuyer u WHERE u.tenant_id = m.tenant_id
                    AND u.public_id = m.unreached
            )
        """,
    ),
    Invariant(
        "ticket_history_leads_to_status",
        _("A ticket's history leads to where it is"),
        """
        SELECT r.tenant_id, r.id, r.status, e.target FROM moved(bot_ticket) r
        CROSS JOIN LATERAL (
            SELECT target FROM bot_ticketevent
            WHERE ticket_id = r.id ORDER BY id DESC LIMIT 1
        ) e
        WHERE r.status <> e.target
        """,
    ),
    Invariant(
        "panel_history_leads_to_status",
        _("A panel's history leads to where it is"),
        """
        SELECT r.tenant_id, r.id, r.status, e.target
        FROM moved(bot_panel.public_id in bot_panel) r
        CROSS JOIN LATERAL (
            SELECT target FROM bot_panelevent
            WHERE panel = r.public_id ORDER BY id DESC LIMIT 1
        ) e
        WHERE r.status <> e.target
        """,
    ),
)

MOVED = {
    "bot_ticket": """
        SELECT DISTINCT ticket_id FROM bot_ticketevent
        WHERE id > %(since_bot_ticketevent)s
    """,
    "bot_panel": """
        SELECT DISTINCT panel FROM bot_panelevent WHERE id > %(since_bot_panelevent)s
    """,
}
