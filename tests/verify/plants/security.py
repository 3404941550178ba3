"""A change history that was tampered with, and callbacks that nobody looks at."""

from tests.verify.plants.moments import LONG_AGO, NEXT_YEAR, YESTERDAY

LINK = "(SELECT max(id) FROM security_auditlink)"

PLANTS = {
    "audit_chain_in_order": [
        f"UPDATE security_auditlink SET seq = seq + 1 WHERE id = {LINK}"
    ],
    "audit_entry_unchanged": [
        "UPDATE security_auditentry SET actor = 'nobody' WHERE id ="
        f" (SELECT entry_id FROM security_auditlink WHERE id = {LINK})"
    ],
    "audit_entry_sealed": [
        "DELETE FROM security_auditlink",
        f"UPDATE security_auditentry SET written_at = {LONG_AGO}, at = {LONG_AGO}",
    ],
    "audit_clock_is_right": [
        f"UPDATE security_auditentry SET written_at = {YESTERDAY}",
    ],
    "staff_has_second_factor": [
        "INSERT INTO security_session (session_key, session_data, expire_date, kind,"
        " signed_in_at, seen_at, agent, user_id)"
        f" SELECT 'once', '', {NEXT_YEAR}, 'staff', {LONG_AGO}, {LONG_AGO}, '', id"
        " FROM security_user LIMIT 1"
    ],
    "callback_is_worked_on": [
        "INSERT INTO security_inboxevent (tenant_id, source, target, event_key,"
        " headers, body, received_at, status, result, attempts, due_at)"
        " SELECT id, 'gateway:tripay', gen_random_uuid(), 'once', '{}', '',"
        f" {LONG_AGO}, 'received', '', 0, {LONG_AGO}"
        " FROM tenants_tenant WHERE slug = 'arcadia'"
    ],
}
