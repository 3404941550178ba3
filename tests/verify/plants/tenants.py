"""Stores without owners, and people who came in by nobody's leave."""

ARCADIA = "(SELECT id FROM tenants_tenant WHERE slug = 'arcadia')"
SELLER = f"(SELECT min(user_id) FROM tenants_member WHERE tenant_id = {ARCADIA})"
STRANGER = (
    "INSERT INTO security_user (username, password, is_superuser, is_staff, is_active,"
    " first_name, last_name, email, date_joined, display_name, avatar_url, language)"
    " VALUES ('stranger', '', false, false, true, '', '', '', now(), '', '', 'id')"
)
STRANGERS_ID = "(SELECT id FROM security_user WHERE username = 'stranger')"


def invitation(created_by):
    return (
        "INSERT INTO tenants_invitation (tenant_id, public_id, role, token_hash,"
        " username, status, created_by_id, created_at, expires_at) VALUES"
        f" ({ARCADIA}, gen_random_uuid(), 'admin', 'x', '', 'open', {created_by},"
        " now(), now())"
    )


def offer(giver, taker):
    return (
        "INSERT INTO tenants_handover (tenant_id, public_id, giver_id, taker_id,"
        f" status, created_at, expires_at) VALUES ({ARCADIA}, gen_random_uuid(),"
        f" {giver}, {taker}, 'offered', now(), now())"
    )


PLANTS = {
    "store_has_an_owner": ["UPDATE tenants_member SET role = 'admin'"],
    "last_owner_is_kept": [
        "DROP TRIGGER tenants_member_keep_an_owner ON tenants_member"
    ],
    "joined_by_own_invitation": [
        invitation(SELLER),
        "UPDATE tenants_member SET invitation_id ="
        " (SELECT max(id) FROM tenants_invitation)",
    ],
    "invitation_by_staff": [STRANGER, invitation(STRANGERS_ID)],
    "offer_by_an_owner": [STRANGER, offer(SELLER, STRANGERS_ID)],
}
