"""Products, codes, holds and purchases at suppliers."""

from datetime import date

from tests.constraints.kinds import ONE, THEN, Never, Once, at_least, between, known

MOST = 1_000_000_000
PRODUCT, HOLD, ITEM = "catalog.Product", "inventory.Hold", "inventory.StockItem"
PURCHASE, ATTEMPT = "inventory.Purchase", "inventory.PurchaseAttempt"
OFFER, SUPPLIER = "inventory.SupplierProduct", "inventory.SupplierAccount"
CHANGE = "inventory.PriceChange"
LINE = {"account_id": 1, "sku": "ml86", "new_cost": 5, "lines": 1}
RULE = "catalog.PriceRule"
INQUIRY = "inventory.BillInquiry"
MOVEMENT, DEPOSIT = "inventory.StockMovement", "inventory.DepositHold"

ANSWERED = {"status": "answered", "finding": "due", "billed": 1, "cost": 1}
USED = {
    **ANSWERED,
    "status": "used",
    "holder": ONE,
    "day": date(2026, 1, 2),
    "used_on": date(2026, 1, 2),
}

NAMED = {"player_name": "Rizky", "named_by": "digiflazz"}

ENTRIES = {
    # Catalog
    "category_code_once_per_store": Once(
        "catalog.Category", {"code": "ML"}, "tenant_id code"
    ),
    "product_sku_once_per_store": Once(
        PRODUCT, {"sku": "ML86"}, "tenant_id sku", free=[{"archived_at": THEN}]
    ),
    "product_price_in_range": between(PRODUCT, "price", 1, MOST),
    "product_cost_in_range": between(PRODUCT, "cost", 0, MOST),
    "product_kind_known": known(PRODUCT, "kind"),
    "price_rule_once": Once(
        RULE,
        {"minimum_quantity": 2, "minimum_volume": 3},
        "tenant_id minimum_quantity minimum_volume",
        free=[{"category_id": 1}, {"product_id": 1}, {"tier": "vip"}],
    ),
    "price_rule_one_scope": Never(
        RULE,
        [{"category_id": 1, "product_id": 1}],
        [{"category_id": 1}, {"product_id": 1}, {}],
    ),
    "price_rule_tier_known": known(RULE, "tier"),
    "price_rule_from_in_range": Never(
        RULE,
        [
            {"minimum_quantity": 0},
            {"minimum_quantity": 21},
            {"minimum_volume": -1},
            {"minimum_volume": MOST + 1},
        ],
        [{"minimum_quantity": 20, "minimum_volume": MOST}],
    ),
    "price_rule_rate_fits_basis": Never(
        RULE,
        [
            {"basis": "price", "rate": 0, "tier": "vip"},
            {"basis": "price", "rate": 9_001, "tier": "vip"},
            {"basis": "cost", "rate": 100_001},
            {"basis": "nonsense", "rate": 5, "tier": "vip"},
        ],
        [
            {"basis": "price", "rate": 1, "tier": "vip"},
            {"basis": "price", "rate": 9_000, "tier": "vip"},
            {"basis": "cost", "rate": 0},
            {"basis": "cost", "rate": 100_000},
        ],
    ),
    "price_rule_discount_for_somebody": Never(
        RULE,
        [{"basis": "price", "tier": "member"}],
        [
            {"basis": "price", "tier": "vip"},
            {"basis": "price", "tier": "member", "minimum_quantity": 2},
            {"basis": "price", "tier": "member", "minimum_volume": 1},
            {"basis": "cost", "tier": "member"},
        ],
    ),
    "price_policy_once_per_store": Once("catalog.PricePolicy", {}, "tenant_id"),
    "price_policy_least_rate_in_range": Never(
        "catalog.PricePolicy", [{"least_rate": 10_001}], [{"least_rate": 10_000}]
    ),
    "price_policy_reaction_known": known("catalog.PricePolicy", "on_cost_change"),
    "price_policy_alarm_in_range": between(
        "catalog.PricePolicy", "alarm_rate", 1, 10_000
    ),
    # Stock
    "alert_open_once": Once(
        "inventory.StockAlert",
        {"product_id": 1},
        "tenant_id product_id",
        free=[{"resolved_at": THEN}],
    ),
    "alert_level_known": known("inventory.StockAlert", "level"),
    "hold_once_per_line": Once(
        HOLD,
        {"holder": ONE},
        "tenant_id holder",
        free=[{"status": "released"}],
        other={"status": "consumed"},
    ),
    "hold_status_known": known(HOLD, "status"),
    "hold_quantity_positive": at_least(HOLD, "quantity", 1),
    "item_status_known": Never(
        ITEM, [{"status": "nonsense"}], without=("item_holder_fits_status",)
    ),
    "item_holder_fits_status": Never(
        ITEM,
        [
            {"status": "held"},
            {"status": "sold"},
            {"status": "free", "holder": ONE},
            {"status": "void", "holder": ONE},
        ],
        [
            {"status": "held", "holder": ONE},
            {"status": "sold", "holder": ONE},
            {"status": "free"},
            {"status": "void"},
        ],
    ),
    "movement_sold_once_per_line": Once(
        MOVEMENT,
        {"holder": ONE, "kind": "sold"},
        "tenant_id holder",
        free=[{"kind": "held"}, {"kind": "released"}],
    ),
    "movement_kind_known": known(MOVEMENT, "kind"),
    # Suppliers
    "supplier_account_once": Once(
        SUPPLIER,
        {"kind": "digiflazz", "username": "rizky", "is_test": False},
        "tenant_id username is_test",
    ),
    "supplier_reserved_positive": at_least(SUPPLIER, "reserved", 0),
    "supplier_breaker_is_probed": Never(
        SUPPLIER,
        [
            {"breaker": "open"},
            {"breaker": "trial"},
            {"probe_at": THEN},
            {"trial_ref": "T1"},
            {"breaker": "open", "probe_at": THEN, "trial_ref": "T1"},
        ],
        [
            {"breaker": "open", "probe_at": THEN},
            {"breaker": "trial", "probe_at": THEN, "trial_ref": "T1"},
        ],
    ),
    "supplier_deposit_with_time": Never(
        SUPPLIER,
        [{"deposit": 1}, {"deposit_at": THEN}],
        [{"deposit": 0, "deposit_at": THEN}],
    ),
    "deposit_hold_once_per_line": Once(
        DEPOSIT,
        {"holder": ONE},
        "tenant_id holder",
        free=[{"status": "released", "ended_at": THEN}],
        other={"status": "consumed", "ended_at": THEN},
    ),
    "deposit_hold_status_known": known(DEPOSIT, "status", ended_at=THEN),
    "deposit_hold_amount_positive": at_least(DEPOSIT, "amount", 0),
    "deposit_hold_ended_with_time": Never(
        DEPOSIT,
        [{"status": "consumed"}, {"status": "released"}, {"ended_at": THEN}],
        [{"status": "active"}, {"status": "released", "ended_at": THEN}],
    ),
    "account_check_names_verified": Never(
        "inventory.AccountCheck",
        [
            {"state": "verified", "name": ""},
            {"state": "unchecked", "name": "Ayu"},
            {"state": "not_found", "name": "Ayu"},
            {"state": "nonsense", "name": ""},
        ],
        [{"state": "verified", "name": "Ayu"}, {"state": "not_found", "name": ""}],
    ),
    "inquiry_ref_once": Once(
        INQUIRY, {"account_id": 1, "ref_id": "B1a"}, "tenant_id account_id ref_id"
    ),
    "inquiry_supplier_ref_once": Once(
        INQUIRY,
        {"account_id": 1, "supplier_reference": "99"},
        "tenant_id account_id supplier_reference",
        free=[{"supplier_reference": ""}],
        other={"ref_id": "B1b"},
    ),
    "inquiry_one_used_per_line": Once(
        INQUIRY,
        USED,
        "tenant_id holder",
        free=[{"status": "over"}],
        other={"ref_id": "B1b"},
    ),
    "inquiry_status_known": Never(
        INQUIRY,
        [{"status": "nonsense"}, {"status": ""}],
    ),
    "inquiry_amount_fits_status": Never(
        INQUIRY,
        [
            {"status": "answered"},
            {**ANSWERED, "billed": 0},
            {**ANSWERED, "billed": None},
            {**ANSWERED, "cost": 0},
            {**ANSWERED, "cost": None},
            {**ANSWERED, "billed": MOST + 1},
            {**ANSWERED, "cost": MOST + 1},
            {**ANSWERED, "finding": "paid"},
            {**ANSWERED, "finding": ""},
            {"status": "nothing"},
            {"status": "nothing", "finding": "due"},
            {"status": "nothing", "finding": "paid", "billed": 1},
            {"status": "nothing", "finding": "paid", "cost": 1},
            {"status": "asked", "finding": "due"},
            {"status": "unknown", "billed": 1},
            {"status": "unknown", "cost": 1},
        ],
        [ANSWERED, {"status": "nothing", "finding": "paid"}, {"status": "unknown"}],
    ),
    "inquiry_used_on_its_day": Never(
        INQUIRY,
        [
            {**USED, "holder": None},
            {**USED, "used_on": None},
            {**USED, "used_on": date(2026, 1, 3)},
        ],
        [USED, {**USED, "status": "over", "used_on": None}],
    ),
    "saved_destination_once": [
        Once(
            "inventory.SavedDestination",
            {"customer_id": 1, "category_id": 1, "destination": "123"},
            "tenant_id customer_id category_id destination",
        ),
        # Nor where there is no game: a product may have none.
        Once(
            "inventory.SavedDestination",
            {"customer_id": 1, "category_id": None, "destination": "123"},
            "tenant_id customer_id destination",
        ),
    ],
    "supplier_sku_once": Once(
        OFFER, {"account_id": 1, "sku": "ml86"}, "tenant_id account_id sku"
    ),
    "supplier_product_mapped_once": Once(
        OFFER,
        {"account_id": 1, "product_id": 1},
        "tenant_id account_id product_id",
        free=[{"product_id": None}],
    ),
    "supplier_cost_in_range": between(OFFER, "cost", 0, MOST),
    "supplier_share_in_range": Never(OFFER, [{"share": 101}], [{"share": 100}]),
    "supplier_most_cost_in_range": between(OFFER, "most_cost", 1, MOST),
    "price_change_once": [
        Once(
            CHANGE,
            LINE | {"kind": "up", "since": THEN},
            "tenant_id account_id sku",
            free=[{"kind": "down"}, {"since": None}],
        ),
        # New once, and a first list once: these replace nothing.
        Once(
            CHANGE,
            LINE | {"kind": "new", "since": None},
            "tenant_id account_id sku",
            free=[{"since": THEN}],
        ),
    ],
    "price_change_kind_known": known(CHANGE, "kind", **LINE),
    "price_change_of_a_line_or_many": Never(
        CHANGE,
        [
            LINE | {"kind": "up", "new_cost": None},
            LINE | {"kind": "up", "lines": 2},
            LINE | {"kind": "first"},
            {"sku": "", "kind": "gone", "new_cost": 5, "lines": 3},
            {"sku": "", "kind": "gone", "old_cost": 5, "new_cost": None, "lines": 3},
        ],
        [
            LINE | {"kind": "new", "lines": 1},
            {"sku": "", "kind": "first", "new_cost": None, "lines": 20_000},
        ],
    ),
    # Purchases
    "purchase_once_per_unit": Once(
        PURCHASE, {"holder": ONE, "unit_no": 1}, "tenant_id holder unit_no"
    ),
    "purchase_pays_inquiry_once": Once(
        PURCHASE,
        {"inquiry_id": 1},
        "tenant_id inquiry_id",
        free=[{"inquiry_id": None}],
    ),
    "purchase_status_known": known(PURCHASE, "status", settled_at=THEN),
    "purchase_unit_and_ceiling_positive": Never(
        PURCHASE, [{"unit_no": 0}, {"ceiling": 0}], [{"unit_no": 1, "ceiling": 1}]
    ),
    "purchase_settled_with_time": Never(
        PURCHASE,
        [
            {"status": "open", "settled_at": THEN},
            {"status": "needs_owner", "settled_at": THEN},
            {"status": "succeeded"},
            {"status": "failed"},
        ],
        [{"status": "needs_owner"}, {"status": "failed", "settled_at": THEN}],
    ),
    "purchase_name_with_source": Never(
        PURCHASE,
        [
            {"player_name": "Rizky", "named_by": ""},
            {"player_name": "", "named_by": "digiflazz"},
        ],
        [NAMED],
    ),
    "purchase_renamed_was_stopped": Never(
        PURCHASE,
        [
            NAMED | {"renamed_to": "Bima"},
            {"renamed_to": "Bima", "status": "failed", "settled_at": THEN},
        ],
        [NAMED | {"renamed_to": "Bima", "status": "failed", "settled_at": THEN}],
    ),
    "attempt_one_not_failed": Once(
        ATTEMPT,
        {"purchase_id": 1},
        "tenant_id purchase_id",
        free=[{"status": "failed", "fenced_at": THEN}],
        other={"status": "unknown", "first_sent_at": THEN},
    ),
    "attempt_ref_once": Once(
        ATTEMPT, {"account_id": 1, "ref_id": "T1"}, "tenant_id account_id ref_id"
    ),
    "attempt_supplier_ref_once": Once(
        ATTEMPT,
        {"account_id": 1, "supplier_reference": "TRX1"},
        "tenant_id account_id supplier_reference",
        free=[{"supplier_reference": ""}],
    ),
    "attempt_status_known": known(ATTEMPT, "status", first_sent_at=THEN),
    "attempt_discrepancy_known": Never(
        ATTEMPT, [{"discrepancy": "nonsense"}], [{"discrepancy": ""}]
    ),
    "attempt_fenced_when_failed": Never(
        ATTEMPT,
        [{"status": "failed"}, {"status": "queued", "fenced_at": THEN}],
        [{"status": "failed", "fenced_at": THEN}],
    ),
    "attempt_sent_has_time": Never(
        ATTEMPT,
        [{"status": status} for status in ("sending", "unknown", "succeeded")],
        [
            {"status": "sending", "first_sent_at": THEN},
            {"status": "failed", "fenced_at": THEN},
        ],
    ),
}
