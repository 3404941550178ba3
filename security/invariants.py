"""What must be true of the audit trail and of callbacks."""

from django.utils.translation import gettext_lazy as _

from ppob.kit.invariants import Invariant
from security.chain import GENESIS, HASH_SQL

INVARIANTS = (
    Invariant(
        "audit_chain_in_order",
        _("No entry of the change history is missing, added or in another place"),
        f"""
        SELECT tenant_id, seq FROM (
            SELECT tenant_id, seq, prev_hash,
                lag(seq) OVER chain AS last_seq, lag(hash) OVER chain AS last_hash
            FROM security_auditlink
            WINDOW chain AS (PARTITION BY tenant_id ORDER BY seq)
        ) l
        WHERE seq <> coalesce(last_seq, 0) + 1
            OR prev_hash <> coalesce(last_hash, '\\x{GENESIS.hex()}')
        UNION ALL
        SELECT max(tenant_id), max(seq) FROM security_auditlink
        GROUP BY entry_id HAVING count(*) > 1
        """,
        is_nightly=True,
    ),
    Invariant(
        "audit_entry_unchanged",
        _("Every entry of the change history still says what was written"),
        f"""
        SELECT l.tenant_id, l.seq, l.entry_id
        FROM security_auditlink l LEFT JOIN security_auditentry e ON e.id = l.entry_id
        WHERE e.id IS NULL OR e.tenant_id IS DISTINCT FROM l.tenant_id
            OR l.hash <> {HASH_SQL}
        """,
        is_nightly=True,
    ),
    Invariant(
        "audit_entry_sealed",
        _("Every entry of the change history is sealed within 5 minutes"),
        """
        SELECT e.tenant_id, e.id FROM moved(security_auditentry) e
        WHERE e.written_at < %(now)s - interval '5 minutes'
            AND NOT EXISTS (SELECT FROM security_auditlink l WHERE l.entry_id = e.id)
        """,
    ),
    # A day is long enough to be heard, and what is past cannot be corrected any more.
    Invariant(
        "audit_clock_is_right",
        _("Entries of the change history carry the time at which they were written"),
        """
        SELECT tenant_id, id FROM moved(security_auditentry)
        WHERE written_at BETWEEN %(now)s - interval '1 day' AND %(now)s
            AND at NOT BETWEEN
                written_at - interval '15 minutes' AND written_at + interval '1 minute'
        UNION ALL
        SELECT tenant_id, entry_id FROM (
            SELECT l.tenant_id, l.entry_id, l.sealed_at, e.written_at,
                lag(l.sealed_at) OVER (ORDER BY l.id) AS last_sealed_at
            FROM moved(security_auditlink) l
            JOIN security_auditentry e ON e.id = l.entry_id
        ) s
        WHERE greatest(sealed_at, last_sealed_at, written_at)
                >= %(now)s - interval '1 day'
            AND (sealed_at < last_sealed_at - interval '1 minute'
                OR written_at > sealed_at + interval '1 minute')
        """,
    ),
    Invariant(
        "staff_has_second_factor",
        _("Nobody is signed in as platform staff without a second step"),
        """
        SELECT NULL::bigint, s.id FROM security_session s
        WHERE s.kind = 'staff' AND s.expire_date > %(now)s AND NOT EXISTS (
            SELECT FROM mfa_authenticator a
            WHERE a.user_id = s.user_id AND a.type IN ('totp', 'webauthn')
        )
        """,
    ),
    Invariant(
        "callback_is_worked_on",
        _("No payment callback waits for more than 5 minutes"),
        """
        SELECT tenant_id, id FROM security_inboxevent
        WHERE status = 'received' AND received_at < %(now)s - interval '5 minutes'
        """,
    ),
)

MOVED = {
    "security_auditentry": """
        SELECT id FROM security_auditentry WHERE id > %(since_security_auditentry)s
    """,
    "security_auditlink": """
        SELECT id FROM security_auditlink WHERE id > %(since_security_auditlink)s
    """,
}
