"""Messages that never leave, and histories that lead elsewhere."""

from tests.verify.plants.moments import LONG_AGO

PLANTS = {
    "message_leaves_in_time": [f"UPDATE bot_outgoingmessage SET due_at = {LONG_AGO}"],
    "lost_message_goes_direct": [
        "UPDATE bot_outgoingmessage SET status = 'failed'"
        " WHERE kind = 'payment_received'"
    ],
    "unreached_buyer_is_reported": [
        "UPDATE bot_outgoingmessage SET status = 'failed', gave_up_at = now(),"
        " recipient_id = 5, ticket_id = NULL WHERE kind = 'payment_received'"
    ],
    "ticket_history_leads_to_status": ["UPDATE bot_ticket SET status = 'closed'"],
    "panel_history_leads_to_status": ["UPDATE bot_panel SET status = 'paused'"],
}
