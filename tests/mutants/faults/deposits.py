"""Deposits promised twice or never given back, and top-ups that go astray."""

from tests.mutants.mutant import fault

_DEPOSITS = "inventory/services/deposits.py"
_TRANSITIONS = "inventory/services/purchase_transitions.py"
_RECEIVERS = "payments/receivers.py"
_ALLOCATIONS = "payments/services/orders/allocations.py"
_DECISIONS = "payments/services/orders/purchase_decisions.py"
_UNDO = "payments/services/orders/undo.py"
_PURCHASES = "inventory/services/purchases.py"
_TOPUPS = "bot/services/topups.py"
_GOODS = "inventory/services/supplier_products.py"
_RENAMED = "inventory/services/renamed_accounts.py"

_HELD = "tests/payments/test_deposit_holds.py"
_SET_ASIDE = "tests/inventory/test_supplier_deposits.py"
_TAKEN_BACK = "tests/payments/test_undo.py"
_BUYING = "tests/bot/test_buying_topups.py"
_PAGE = "tests/dashboard/test_topup_page.py"
_TABS = "tests/dashboard/test_stale_tabs.py"
_NAMES = "tests/bot/test_renamed_accounts.py"

DEPOSITS = (
    # --- What is set aside ------------------------------------------------------------
    fault(
        "a deposit is taken without looking",
        _DEPOSITS,
        "set_aside",
        'Q(deposit=None) | Q(deposit__gte=F("reserved") + amount), ',
        "",
        f"{_SET_ASIDE}::test_what_is_not_there_is_set_aside_for_nobody",
        _HELD,
    ),
    fault(
        "an order that ended keeps its deposit",
        _ALLOCATIONS,
        "release_goods",
        "if supplied:",
        "if not supplied:",
        f"{_HELD}::test_an_order_that_ran_out_gives_it_back",
    ),
    fault(
        "a settled purchase keeps its deposit",
        _TRANSITIONS,
        "_announce_purchase",
        "deposits.end(purchase, now=step.now)",
        "pass",
        f"{_SET_ASIDE}::test_what_was_bought_leaves_the_deposit",
    ),
    fault(
        "what was not bought is taken from the deposit",
        _DEPOSITS,
        "end",
        "is_bought = purchase.status == PurchaseStatus.SUCCEEDED",
        "is_bought = True",
        f"{_SET_ASIDE}::test_what_was_not_bought_is_free_again",
    ),
    fault(
        "a hold that ends twice is given back twice",
        _DEPOSITS,
        "_end",
        "if not HOLDS.try_move(hold, target, actor=ACTOR, now=now):",
        "HOLDS.try_move(hold, target, actor=ACTOR, now=now)\n    if False:",
        _SET_ASIDE,
        _HELD,
    ),
    fault(
        "what others have set aside is spent elsewhere",
        _DEPOSITS,
        "move",
        "if not reserve(option, holder=holder, now=now):",
        "if not reserve(option, holder=holder, now=now) and False:",
        f"{_SET_ASIDE}::test_what_others_have_set_aside_stays_theirs",
    ),
    # --- Taking back ------------------------------------------------------------------
    fault(
        "what was sent is taken back",
        _PURCHASES,
        "give_up",
        "if attempt.status != AttemptStatus.QUEUED:",
        "if False:",
        f"{_TAKEN_BACK}::test_after_31_seconds_it_is_refused_and_nothing_changes",
    ),
    fault(
        "another buyer takes it back",
        _UNDO,
        "take_back",
        "order.customer_id != customer.pk or ",
        "",
        f"{_TAKEN_BACK}::test_nobody_takes_back_what_another_one_paid",
    ),
    fault(
        "a supplier hears of it before the buyer's time is over",
        "inventory/services/purchase_routes.py",
        "_queue",
        "attempt.due_at = max(now, purchase.starts_at or now)",
        "attempt.due_at = now",
        f"{_TAKEN_BACK}::"
        "test_after_29_seconds_no_supplier_is_called_and_the_money_is_back",
    ),
    # --- The account ------------------------------------------------------------------
    fault(
        "another buyer's check counts",
        _TOPUPS,
        "target_of",
        "AccountCheck.objects.filter(customer=customer, pk=check_id)",
        "AccountCheck.objects.filter(pk=check_id)",
        f"{_BUYING}::test_somebody_elses_check_orders_nothing",
    ),
    fault(
        "a check of another game counts",
        _TOPUPS,
        "target_of",
        "if check is None or check.category_id != product.category_id:",
        "if check is None:",
        f"{_BUYING}::test_a_check_of_another_game_orders_nothing",
    ),
    fault(
        "an account that was not found can be ordered for",
        _TOPUPS,
        "target_of",
        "if check.state == CheckState.NOT_FOUND:",
        "if False:",
        f"{_BUYING}::test_an_account_that_does_not_exist_has_no_button_to_go_on",
    ),
    # --- Decisions --------------------------------------------------------------------
    fault(
        "the second person is the first one",
        _DECISIONS,
        "decide",
        "\n            and is_second_person(actor, first=given.given_by)",
        "",
        f"{_PAGE}::test_the_same_person_twice_is_one",
    ),
    fault(
        "two people may say different things",
        _DECISIONS,
        "decide",
        "\n            and given.outcome == verdict.outcome",
        "",
        f"{_PAGE}::test_another_word_replaces_the_first_and_waits_itself",
    ),
    fault(
        "a dear top-up is decided by one person",
        _DECISIONS,
        "needs_two",
        "line.unit_price > approval_limits(now=now).refund",
        "False",
        f"{_PAGE}::test_above_the_limit_two_people_have_to_say_the_same",
    ),
    fault(
        "a first word outlives what it was about",
        _RECEIVERS,
        "drop_the_first_word",
        "if event.purchase.status != PurchaseStatus.NEEDS_OWNER:",
        "if False:",
        f"{_PAGE}::test_a_first_word_is_forgotten_when_the_top_up_is_tried_again",
    ),
    fault(
        "an old tab maps goods over a newer choice",
        _GOODS,
        "map_product",
        "require_unchanged(seen, facts_of(old))",
        "pass",
        _TABS,
    ),
    # --- Other names --------------------------------------------------------------------
    fault(
        "an account with another name is topped up",
        _RENAMED,
        "stop_if_renamed",
        "found.state != CheckState.VERIFIED or ",
        "found.state == CheckState.VERIFIED or ",
        f"{_NAMES}::test_an_account_with_another_name_gets_nothing_and_the_buyer_the_money",
    ),
    fault(
        "a name is compared letter by letter",
        _RENAMED,
        "_is_same",
        '" ".join(one.split()).casefold()',
        "one",
        f"{_NAMES}::test_the_same_name_written_otherwise_stops_nothing",
    ),
    fault(
        "what was sent is stopped for its name",
        _RENAMED,
        "_unsent",
        "None if siblings.filter(calls__gt=0).exists() else found",
        "found",
        f"{_NAMES}::test_a_second_supplier_is_asked_whatever_the_name_is_by_then",
    ),
)
