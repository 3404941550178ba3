"""Messages that never leave, and histories that lead elsewhere."""

PLANTS = {
    "message_leaves_in_time": [
        "UPDATE bot_outgoingmessage SET due_at = '1999-12-31 12:00Z'"
    ],
    "lost_message_goes_direct": [
        "UPDATE bot_outgoingmessage SET status = 'failed'"
        " WHERE kind = 'payment_received'"
    ],
    "ticket_history_leads_to_status": ["UPDATE bot_ticket SET status = 'closed'"],
    "panel_history_leads_to_status": ["UPDATE bot_panel SET status = 'paused'"],
}
