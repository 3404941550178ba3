"""Bills: what would pay one twice, under an old reference, or for somebody else."""

from tests.mutants.mutant import fault

_BILLS = "inventory/services/bills.py"
_DAYS = "inventory/services/bill_days.py"
_RENEWALS = "inventory/services/bill_renewals.py"
_ROUTES = "inventory/services/purchase_routes.py"
_CALLS = "inventory/services/supplier_calls.py"
_CALLBACKS = "inventory/services/supplier_callbacks.py"
_QUOTE = "payments/services/orders/quote.py"
_READING = "inventory/suppliers/digiflazz/bills.py"
_TEST_ASKING = "tests/inventory/test_bills.py"
_TEST_PAYING = "tests/inventory/test_bill_payments.py"
_TEST_ANSWERS = "tests/inventory/test_bill_answers.py"
_TEST_INPUTS = "tests/inventory/test_bill_inputs.py"
_TEST_BPJS = "tests/inventory/test_bills_of_bpjs.py"
_TEST_ORDERS = "tests/payments/test_bill_orders.py"

BILLS = (
    fault(
        "a bill is paid again to find out what became of it",
        _CALLS,
        "look_up",
        "return supplier.look_up_bill(request)",
        "return supplier.pay_bill(request)",
        f"{_TEST_PAYING}::test_a_lost_answer_is_asked_for_and_never_paid_again",
    ),
    fault(
        "yesterday's reference pays today",
        _DAYS,
        "pays_now",
        "return day_of(now) == inquiry.day and ",
        "return True or ",
        f"{_TEST_PAYING}"
        "::test_the_same_bill_of_the_next_day_is_paid_under_a_new_reference",
    ),
    fault(
        "a reference that failed pays again",
        _ROUTES,
        "_queue_bill",
        "if was_tried or not",
        "if not",
        f"{_TEST_PAYING}"
        "::test_what_is_refused_before_it_is_paid_ends_at_once_and_nobody_else_is_asked",
    ),
    fault(
        "another amount is paid the next day",
        _RENEWALS,
        "_is_same",
        "fresh.billed == old.billed and ",
        "",
        f"{_TEST_PAYING}::test_another_amount_of_the_next_day_is_not_paid",
    ),
    fault(
        "what costs more than was paid for is paid",
        _RENEWALS,
        "_is_same",
        " and fresh.cost <= purchase.ceiling",
        "",
        f"{_TEST_PAYING}::test_what_costs_more_than_was_paid_for_is_not_paid",
    ),
    fault(
        "test money pays a real bill",
        _ROUTES,
        "find_bill_line",
        "return None if purchase.is_test and not option.account.is_test else option",
        "return option",
        f"{_TEST_PAYING}::test_test_money_pays_no_real_bill",
    ),
    fault(
        "a bill goes the way of a top-up",
        _ROUTES,
        "options_for",
        "        is_bill=False,\n",
        "",
        "tests/inventory/test_bill_lists.py::test_a_line_for_bills_sells_no_top_up",
    ),
    fault(
        "a report about a bill is believed",
        _CALLBACKS,
        "SupplierCallbacks",
        "if not isinstance(news, LookUp) and not supplier_calls.is_bill(attempt):",
        "if not isinstance(news, LookUp):",
        f"{_TEST_PAYING}::test_a_report_about_a_bill_makes_us_ask",
    ),
    fault(
        "somebody else's answer is ordered",
        _BILLS,
        "use",
        "if inquiry is None or inquiry.customer_id != customer.pk:",
        "if inquiry is None:",
        f"{_TEST_ASKING}::test_somebody_elses_answer_cannot_be_ordered",
    ),
    fault(
        "an answer about another product prices a bill",
        _BILLS,
        "get_answer",
        "filter(pk=inquiry_id, product=product)",
        "filter(pk=inquiry_id)",
        f"{_TEST_ASKING}::test_an_answer_about_another_product_prices_nothing",
    ),
    fault(
        "a bill is sold below its cost",
        _QUOTE,
        "_quote_bill",
        "if cost > price:",
        "if False:",
        f"{_TEST_ORDERS}::test_what_costs_more_than_it_is_sold_for_is_not_sold",
    ),
    fault(
        "a bill is sold without the store's fee",
        _QUOTE,
        "_quote_bill",
        "price = billed + product.price",
        "price = billed",
        f"{_TEST_ORDERS}::test_a_bill_costs_what_was_answered_and_the_stores_fee",
    ),
    fault(
        "a payment waits beyond the bill's day",
        "payments/services/incoming/charges.py",
        "_deadline",
        "last = min(last, order.latest_at or last)",
        "last = max(last, order.latest_at or last)",
        f"{_TEST_ORDERS}::test_a_bill_waits_for_its_money_no_longer_than_it_counts",
    ),
    fault(
        "the answer to a question proves a payment",
        _READING,
        "read_payment",
        "if state is FactState.SUCCEEDED and not is_proof:",
        "if False:",
        f"{_TEST_ANSWERS}"
        "::test_a_payment_without_a_serial_number_is_one_a_status_without_is_none",
    ),
    fault(
        "trouble on the way to a supplier proves that it was asked to pay",
        "inventory/suppliers/digiflazz/adapter.py",
        "Digiflazz",
        "was_pending=request.last_rc == bills.PENDING,",
        'was_pending=request.last_rc in (bills.PENDING, "99"),',
        f"{_TEST_BPJS}::test_a_status_without_a_number_proves_what_was_pending",
    ),
    fault(
        "a bill without a number waits for its owner for ever",
        _CALLS,
        "request_for",
        "last_rc=attempt.rc,",
        "",
        f"{_TEST_BPJS}::test_what_was_under_way_ends_by_itself",
    ),
    fault(
        "a bill is asked about that needs more than a number",
        _BILLS,
        "_options",
        "if purchase_routes.bill_input(each, each.account.kind) is None\n        and ",
        "if ",
        f"{_TEST_INPUTS}"
        "::test_what_was_sold_before_is_out_of_order_and_nobody_is_asked",
    ),
    fault(
        "a bill is sold that needs more than a number",
        "inventory/services/supplier_products.py",
        "map_product",
        "        _check_input(option)\n",
        "",
        f"{_TEST_INPUTS}::test_such_a_bill_cannot_be_ticked_to_be_sold",
    ),
    fault(
        "an answer about another reference pays a bill",
        "inventory/suppliers/iak/bills.py",
        "read_payment",
        'if wire.text(data, "ref_id") not in ("", ref_id):',
        "if False:",
        f"{_TEST_ANSWERS}::test_an_iak_payment_under_another_reference_is_no_answer",
    ),
    fault(
        "a time-out of a payment is a failure",
        _READING,
        "_CODES",
        'FactState.UNCLEAR: "01 47 49 50 70",',
        'FactState.UNCLEAR: "47 49 50",\n    FactState.FAILED: "01 02 70",',
        f"{_TEST_ANSWERS}::test_what_digiflazz_calls_a_failure_by_time_out_is_unclear",
    ),
    fault(
        "the two prices of the other supplier are mixed up",
        "inventory/suppliers/iak/bills.py",
        "read_bill",
        'billed=_amount(data, "price"),\n        cost=_amount(data, "selling_price"),',
        'billed=_amount(data, "selling_price"),\n        cost=_amount(data, "price"),',
        f"{_TEST_ANSWERS}::test_iak_names_its_two_prices_the_other_way_round",
    ),
)
