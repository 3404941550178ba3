"""What must be true of the people who work in stores."""

from django.utils.translation import gettext_lazy as _

from ppob.kit.invariants import Invariant

INVARIANTS = (
    # A store is opened with its owner, in a transaction that writes `store.opened`.
    Invariant(
        "store_has_an_owner",
        _("Every store has an owner"),
        """
        SELECT t.id, t.slug FROM moved(tenants_tenant) t
        WHERE NOT EXISTS (
            SELECT FROM tenants_member m WHERE m.tenant_id = t.id AND m.role = 'owner'
        ) AND (
            EXISTS (SELECT FROM tenants_member m WHERE m.tenant_id = t.id)
            OR EXISTS (
                SELECT FROM security_auditentry e
                WHERE e.tenant_id = t.id AND e.action = 'store.opened'
            )
        )
        """,
    ),
    # The members' constraint goes with the table; this trigger could be forgotten.
    Invariant(
        "last_owner_is_kept",
        _("The database itself keeps the last owner of a store"),
        """
        SELECT NULL::bigint AS tenant_id, 'tenants_member' AS relation
        WHERE NOT EXISTS (
            SELECT FROM pg_trigger t
            WHERE t.tgrelid = 'tenants_member'::regclass
                AND t.tgname = 'tenants_member_keep_an_owner'
                AND t.tgenabled IN ('O', 'A') AND t.tgdeferrable
        )
        """,
    ),
    Invariant(
        "joined_by_own_invitation",
        _("Whoever joined by an invitation is the one who accepted it"),
        """
        SELECT m.tenant_id, m.id, i.id
        FROM moved(tenants_member.tenant_id in tenants_tenant) m
        LEFT JOIN tenants_invitation i
            ON i.id = m.invitation_id AND i.tenant_id = m.tenant_id
        WHERE m.invitation_id IS NOT NULL AND (
            i.status IS DISTINCT FROM 'accepted'
            OR i.accepted_by_id IS DISTINCT FROM m.user_id
        )
        """,
    ),
    Invariant(
        "invitation_by_staff",
        _("Open invitations were made by somebody who works in the store"),
        """
        SELECT i.tenant_id, i.id
        FROM moved(tenants_invitation.tenant_id in tenants_tenant) i
        WHERE i.status = 'open' AND NOT EXISTS (
            SELECT FROM tenants_member m
            WHERE m.tenant_id = i.tenant_id AND m.user_id = i.created_by_id
        )
        """,
    ),
    Invariant(
        "offer_by_an_owner",
        _("A store is offered by one of its owners to one of its staff"),
        """
        SELECT h.tenant_id, h.id
        FROM moved(tenants_handover.tenant_id in tenants_tenant) h
        WHERE h.status = 'offered' AND NOT (
            EXISTS (
                SELECT FROM tenants_member m WHERE m.tenant_id = h.tenant_id
                    AND m.user_id = h.giver_id AND m.role = 'owner'
            ) AND EXISTS (
                SELECT FROM tenants_member m
                WHERE m.tenant_id = h.tenant_id AND m.user_id = h.taker_id
            )
        )
        """,
    ),
)

MOVED = {
    # Nobody comes, goes or is promoted without an entry in the change history.
    "tenants_tenant": """
        SELECT DISTINCT tenant_id FROM security_auditentry
        WHERE id > %(since_security_auditentry)s AND tenant_id IS NOT NULL
    """,
}
