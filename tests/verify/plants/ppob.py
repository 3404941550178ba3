"""Holes in the walls between stores."""

BOREALIS = "(SELECT id FROM tenants_tenant WHERE slug = 'borealis')"
# Roles belong to the whole server: other test processes change them as well.
LOCK_ROLES = (
    "LOCK TABLE pg_authid, pg_auth_members, pg_db_role_setting"
    " IN SHARE ROW EXCLUSIVE MODE"
)

PLANTS = {
    "stores_are_fenced": [
        "ALTER POLICY tenant_rows ON payments_order WITH CHECK (true)"
    ],
    "roles_are_bound": [LOCK_ROLES, "ALTER ROLE ppob_platform BYPASSRLS"],
    "guards_are_on": [
        "ALTER TABLE payments_ledgerentry DISABLE TRIGGER"
        " payments_ledgerentry_append_only"
    ],
    "references_stay_in_store": [
        f"UPDATE catalog_product SET tenant_id = {BOREALIS}"
        " WHERE id = (SELECT min(id) FROM catalog_product)"
    ],
}

ORDERS = "payments_order"
MINE = "tenant_id = (SELECT NULLIF(current_setting('app.tenant_id', true), '')::bigint)"


def policy(rest, *, name="tenant_rows", table=ORDERS):
    """The policy of this name, made anew."""
    return [
        f"DROP POLICY IF EXISTS {name} ON {table}",
        f"CREATE POLICY {name} ON {table} {rest}",
    ]


def hole(statements, *found, table=ORDERS):
    return statements, {(table, what) for what in found}


IS_FOR_APP = f"TO ppob_app USING ({MINE}) WITH CHECK ({MINE})"

# The way, the statements, and the table and hole that are named.
HOLES = {
    "not forced": hole(
        [f"ALTER TABLE {ORDERS} NO FORCE ROW LEVEL SECURITY"],
        "row-level security is not forced",
    ),
    "switched off": hole(
        [f"ALTER TABLE {ORDERS} DISABLE ROW LEVEL SECURITY"],
        "row-level security is not forced",
    ),
    "no policy for the program": hole(
        [f"DROP POLICY tenant_rows ON {ORDERS}"], "policy tenant_rows"
    ),
    "no policy for the platform": hole(
        [f"DROP POLICY all_rows ON {ORDERS}"], "policy all_rows"
    ),
    "the same again": hole(policy(IS_FOR_APP)),
    "no check of its own": hole(
        policy(f"TO ppob_app USING ({MINE})"), "policy tenant_rows"
    ),
    "for everybody": hole(
        policy(f"USING ({MINE}) WITH CHECK ({MINE})"), "policy tenant_rows"
    ),
    "for the platform as well": hole(
        policy(IS_FOR_APP.replace("ppob_app", "ppob_app, ppob_platform")),
        "policy tenant_rows",
    ),
    "for reading only": hole(
        policy(f"FOR SELECT TO ppob_app USING ({MINE})"), "policy tenant_rows"
    ),
    "for changing only": hole(policy(f"FOR UPDATE {IS_FOR_APP}"), "policy tenant_rows"),
    "restricting": hole(policy(f"AS RESTRICTIVE {IS_FOR_APP}"), "policy tenant_rows"),
    "by another setting": hole(
        policy(IS_FOR_APP.replace("app.tenant_id", "app.tenant")), "policy tenant_rows"
    ),
    "by another column": hole(
        policy(IS_FOR_APP.replace("tenant_id =", "customer_id =")), "policy tenant_rows"
    ),
    "or more": hole(
        policy(IS_FOR_APP.replace(f"CHECK ({MINE})", f"CHECK ({MINE} OR total > 0)")),
        "policy tenant_rows",
    ),
    "nobody's rows": hole(
        policy(
            IS_FOR_APP.replace(
                f"CHECK ({MINE})", f"CHECK ({MINE} OR tenant_id IS NULL)"
            )
        ),
        "policy tenant_rows",
    ),
    "all rows for the program": hole(
        [f"ALTER POLICY all_rows ON {ORDERS} TO ppob_app, ppob_platform, ppob_owner"],
        "policy all_rows",
    ),
    "a second policy": hole(
        policy("TO ppob_app USING (true)", name="more"), "policy more"
    ),
    "a second policy for adding": hole(
        policy("FOR INSERT TO ppob_app WITH CHECK (true)", name="more"), "policy more"
    ),
    "a second policy for everybody": hole(
        policy("USING (true)", name="more"), "policy more"
    ),
    "a new table without a fence": hole(
        ["CREATE TABLE payments_new (id bigint, tenant_id bigint)"],
        "row-level security is not forced",
        "policy tenant_rows",
        "policy all_rows",
        table="payments_new",
    ),
    "a new table in another schema": hole(
        [
            "CREATE SCHEMA aside",
            "CREATE TABLE aside.copy (id bigint, tenant_id bigint)",
        ],
        "row-level security is not forced",
        "policy tenant_rows",
        "policy all_rows",
        table="copy",
    ),
    "a view": hole(
        [f"CREATE VIEW all_orders AS SELECT * FROM {ORDERS}"],
        "view with the rights of its owner",
        table="all_orders",
    ),
    "a kept view": hole(
        [f"CREATE MATERIALIZED VIEW all_orders AS SELECT * FROM {ORDERS}"],
        "view with the rights of its owner",
        table="all_orders",
    ),
    "a view with the reader's rights": hole(
        [
            "CREATE VIEW my_orders WITH (security_invoker=true)"
            f" AS SELECT * FROM {ORDERS}"
        ]
    ),
    "a function": hole(
        [
            "CREATE FUNCTION all_orders() RETURNS bigint LANGUAGE sql SECURITY DEFINER"
            f" AS 'SELECT count(*) FROM {ORDERS}'"
        ],
        "function with the rights of its owner",
        table="all_orders",
    ),
    "a rule": hole(
        [
            f"CREATE RULE elsewhere AS ON UPDATE TO {ORDERS} DO ALSO"
            " DELETE FROM payments_review"
        ],
        "rule elsewhere",
    ),
}

UNBOUND = {
    "superuser": (
        ["ALTER ROLE ppob_app SUPERUSER"],
        ("ppob_app", "is a superuser"),
    ),
    "bypasses": (
        ["ALTER ROLE ppob_platform BYPASSRLS"],
        ("ppob_platform", "bypasses policies"),
    ),
    "the owner bypasses": (
        ["ALTER ROLE ppob_owner BYPASSRLS"],
        ("ppob_owner", "bypasses policies"),
    ),
    "creates roles": (
        ["ALTER ROLE ppob_app CREATEROLE"],
        ("ppob_app", "creates roles"),
    ),
    "creates databases": (
        ["ALTER ROLE ppob_app CREATEDB"],
        ("ppob_app", "creates databases"),
    ),
    "replicates": (
        ["ALTER ROLE ppob_app REPLICATION"],
        ("ppob_app", "replicates"),
    ),
    "is one of the platform": (
        ["GRANT ppob_platform TO ppob_app"],
        ("ppob_app", "is a member of another role"),
    ),
    "reads all files": (
        ["GRANT pg_read_server_files TO ppob_app"],
        ("ppob_app", "is a member of another role"),
    ),
    "creates tables": (
        ["GRANT CREATE ON SCHEMA public TO ppob_app"],
        ("ppob_app", "creates in the schema"),
    ),
    "owns a table": (
        [f"ALTER TABLE {ORDERS} OWNER TO ppob_app"],
        ("ppob_app", f"owns or may empty {ORDERS}"),
    ),
    "a stranger owns a table": (
        [f"ALTER TABLE {ORDERS} OWNER TO postgres"],
        ("postgres", f"owns {ORDERS}"),
    ),
    "empties a table": (
        [f"GRANT TRUNCATE ON {ORDERS} TO ppob_platform"],
        ("ppob_platform", f"owns or may empty {ORDERS}"),
    ),
    "has a store from the start": (
        ["ALTER ROLE ppob_app SET app.tenant_id = '1'"],
        ("ppob_app", "is set: app.tenant_id=1"),
    ),
    "everybody has a store": (
        ["ALTER ROLE ALL SET app.tenant_id = '1'"],
        ("", "is set: app.tenant_id=1"),
    ),
    "triggers do not count": (
        ["ALTER ROLE ppob_app SET session_replication_role = 'replica'"],
        ("ppob_app", "is set: session_replication_role=replica"),
    ),
}

LOST_GUARDS = {
    "a trigger is off": (
        [
            "ALTER TABLE payments_ledgerentry DISABLE TRIGGER"
            " payments_ledgerentry_append_only"
        ],
        ("payments_ledgerentry", "payments_ledgerentry_append_only"),
    ),
    "a trigger is for replicas": (
        [
            "ALTER TABLE payments_ledgerposting ENABLE REPLICA TRIGGER"
            " payments_posting_balances"
        ],
        ("payments_ledgerposting", "payments_posting_balances"),
    ),
    "a trigger is gone": (
        ["DROP TRIGGER bot_ticketevent_no_truncate ON bot_ticketevent"],
        ("bot_ticketevent", "bot_ticketevent_no_truncate"),
    ),
    "the books need not balance": (
        ["DROP TRIGGER payments_entry_balances ON payments_ledgerentry"],
        ("payments_ledgerentry", "payments_entry_balances"),
    ),
    "entries are dated by hand": (
        ["DROP TRIGGER security_auditentry_stamp ON security_auditentry"],
        ("security_auditentry", "security_auditentry_stamp"),
    ),
    "a reference is gone": (
        [
            "ALTER TABLE payments_order"
            " DROP CONSTRAINT payments_order_customer_id_tenant_fk"
        ],
        ("payments_order", "payments_order_customer_id_tenant_fk"),
    ),
    "a constraint was never checked": (
        [
            "ALTER TABLE payments_order DROP CONSTRAINT order_total_positive",
            "ALTER TABLE payments_order ADD CONSTRAINT order_total_positive"
            " CHECK (total >= 1) NOT VALID",
        ],
        ("payments_order", "order_total_positive"),
    ),
    "an index is broken": (
        [
            "UPDATE pg_index SET indisvalid = false"
            " WHERE indexrelid = 'hold_once_per_line'::regclass"
        ],
        ("inventory_hold", "hold_once_per_line"),
    ),
    "an index is not unique any more": (
        [
            "DROP INDEX hold_once_per_line",
            "CREATE INDEX hold_once_per_line ON inventory_hold (tenant_id, holder)",
        ],
        ("inventory_hold", "hold_once_per_line"),
    ),
    "a column is not unique any more": (
        ["ALTER TABLE payments_payment DROP CONSTRAINT payments_payment_reference_key"],
        ("payments_payment", "reference once"),
    ),
}
