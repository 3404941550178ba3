"""What one buyer may take of what is scarce."""

from tests.mutants.mutant import fault

_QUOTAS = "payments/services/ledger/quotas.py"
_CHARGES = "payments/services/incoming/charges.py"
_TEST_PAYMENTS_QUOTAS = "tests/payments/test_quotas.py"
_TEST_SWITCHING = "tests/payments/test_switching.py"

SCARCITY = (
    fault(
        "an eleventh order is opened",
        _QUOTAS,
        "check_new_order",
        "usage.open_orders >= MOST_OPEN_ORDERS",
        "usage.open_orders > MOST_OPEN_ORDERS",
        _TEST_PAYMENTS_QUOTAS,
    ),
    fault(
        "a piece more than a day's is set aside",
        _QUOTAS,
        "check_pieces",
        "usage.unpaid_pieces + more > MOST",
        "usage.unpaid_pieces + more > 1 + MOST",
        _TEST_PAYMENTS_QUOTAS,
    ),
    fault(
        "the last piece of a day's is refused",
        _QUOTAS,
        "check_pieces",
        "usage.unpaid_pieces + more > MOST",
        "usage.unpaid_pieces + more >= MOST",
        _TEST_PAYMENTS_QUOTAS,
    ),
    fault(
        "amounts have no end",
        _QUOTAS,
        "check_new_amount",
        "if usage.amounts >= MOST_AMOUNTS:",
        "if False:",
        _TEST_PAYMENTS_QUOTAS,
        _TEST_SWITCHING,
    ),
    fault(
        "switches have no end",
        _QUOTAS,
        "check_switch",
        "if usage.switches >= MOST_SWITCHES:",
        "if False:",
        _TEST_SWITCHING,
        _TEST_PAYMENTS_QUOTAS,
    ),
    fault(
        "orders of all buyers count",
        _QUOTAS,
        "_COUNT",
        "customer_id = %(customer)s\n        AND created_at",
        "%(customer)s IS NOT NULL\n        AND created_at",
        _TEST_PAYMENTS_QUOTAS,
        "tests/payments/test_money_bystanders.py",
    ),
    fault(
        "pieces of all buyers count",
        _QUOTAS,
        "_COUNT",
        "o.customer_id = %(customer)s\n        AND o.created_at > %(day)s",
        "%(customer)s IS NOT NULL\n        AND o.created_at > %(day)s",
        _TEST_PAYMENTS_QUOTAS,
    ),
    fault(
        "a blocked buyer buys",
        _QUOTAS,
        "lock_usage",
        "if locks.lock_standing(customer_id).is_blocked:",
        "if False:",
        "tests/payments/test_blocked_buyers.py",
    ),
    fault(
        "returning to a method burns another code",
        _CHARGES,
        "_find_earlier",
        "return fitting[-1] if fitting else None",
        "return None",
        _TEST_SWITCHING,
    ),
    fault(
        "a set-aside payment of another price is shown",
        _CHARGES,
        "_find_earlier",
        "        and payment.net == wanted\n",
        "",
        _TEST_SWITCHING,
    ),
    fault(
        "every switch makes the order live longer",
        _CHARGES,
        "_deadline",
        "min(now + hold, last)",
        "now + hold",
        _TEST_SWITCHING,
    ),
    fault(
        "the shown payment stays open beside the next",
        _CHARGES,
        "_show",
        "transitions.move_payment(shown, PaymentStatus.SET_ASIDE, now=now)",
        "pass",
        _TEST_SWITCHING,
    ),
    fault(
        "a code that is taken is asked for again",
        "payments/services/incoming/new_payments.py",
        "insert",
        "if insert_unless(payment, taken=_AMOUNT_TAKEN):",
        "if insert_unless(payment, taken=_AMOUNT_TAKEN) or True:",
        _TEST_SWITCHING,
        "tests/payments/test_races_checkout.py::test_a_code_that_somebody_drew_at_the_same_moment_is_drawn_again",
    ),
)
