"""Suppliers that keep no reference of ours: what is found is ours only if it must be."""

from tests.mutants.mutant import fault

_ADAPTER = "inventory/suppliers/vipreseller/adapter.py"
_ANSWERS = "inventory/suppliers/vipreseller/answers.py"
_TEST_ORDERS = "tests/inventory/test_vipreseller.py"
_TEST_QUESTIONS = "tests/inventory/test_vipreseller_questions.py"
_TEST_ADAPTERS = "tests/inventory/contract/test_adapters.py"
_TEST_PURCHASES = "tests/inventory/contract/test_purchases.py"

SUPPLIERS = (
    fault(
        "another purchase's order is taken for ours",
        _ADAPTER,
        "VipReseller",
        "order.is_for(request) and order.trxid not in request.taken",
        "order.is_for(request)",
        _TEST_QUESTIONS,
    ),
    fault(
        "one of several orders is taken for ours",
        _ADAPTER,
        "VipReseller",
        "if len(found) != 1 or not found[0].is_for(request):",
        "if not found or not found[0].is_for(request):",
        _TEST_QUESTIONS,
    ),
    fault(
        "an order is found in spite of rivals",
        _ADAPTER,
        "VipReseller",
        "if request.has_rivals and not trxid:",
        "if False:",
        _TEST_PURCHASES,
    ),
    fault(
        "a purchase without a name is no rival",
        "inventory/services/supplier_calls.py",
        "_others_of",
        "nameless.exists()",
        "False",
        _TEST_PURCHASES,
    ),
    fault(
        "an order of another service is taken for ours",
        _ADAPTER,
        "VipReseller",
        "[order for order in similar if answers.is_called(order, names)]",
        "similar",
        _TEST_QUESTIONS,
    ),
    fault(
        "an answer may be about another order",
        _ADAPTER,
        "_ordered",
        "if not order.is_for(request) or order.trxid in request.taken:",
        "if False:",
        _TEST_ADAPTERS,
    ),
    fault(
        "an order is made whatever it costs by now",
        _ADAPTER,
        "VipReseller",
        'return "price" if cost > request.ceiling else ""',
        'return ""',
        _TEST_ORDERS,
    ),
    fault(
        "a refusal nobody understands is a failure",
        _ADAPTER,
        "_refused",
        "if reason else FactState.UNCLEAR",
        "if True else FactState.UNCLEAR",
        _TEST_ADAPTERS,
    ),
    fault(
        "a refusal beside an order is believed",
        _ANSWERS,
        "Answer",
        "return not self.is_ok and not self.data",
        "return not self.is_ok",
        _TEST_ADAPTERS,
    ),
    fault(
        "a status nobody knows is a failure",
        _ANSWERS,
        "Order",
        "_STATES.get(self.status, FactState.UNCLEAR)",
        "_STATES.get(self.status, FactState.FAILED)",
        _TEST_ADAPTERS,
    ),
    fault(
        "the lowest of three prices counts",
        _ANSWERS,
        "cost_of",
        "max((each",
        "min((each",
        _TEST_QUESTIONS,
    ),
    fault(
        "silence about the price is taken for silence about an order",
        _ADAPTER,
        "VipReseller",
        "raise ProviderUnreachable(str(error)) from error\n        if item is None:",
        "raise OutcomeUnknown(str(error)) from error\n        if item is None:",
        _TEST_ORDERS,
    ),
    fault(
        "a slow price is followed by an order",
        _ADAPTER,
        "VipReseller",
        "if time.monotonic() - started > PRICE_WITHIN_SECS:",
        "if False:",
        _TEST_ORDERS,
    ),
    fault(
        "a constant signature is compared as far as it was sent",
        _ADAPTER,
        "VipReseller",
        "require_match(self._sign(), signature)",
        "require_match(self._sign()[: len(signature)], signature)",
        _TEST_ADAPTERS,
    ),
)
