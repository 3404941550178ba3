"""What a supplier whose reports prove too little could be believed too early."""

from tests.mutants.mutant import fault

_ADAPTER = "inventory/suppliers/iak/adapter.py"
_ANSWERS = "inventory/suppliers/iak/answers.py"
_PROTOCOL = "tests/inventory/test_iak.py"
_QUESTIONS = "tests/inventory/test_iak_questions.py"
_WIRE = "tests/inventory/test_iak_wire.py"
_PURCHASES = "tests/inventory/test_iak_purchases.py"

IAK = (
    fault(
        "IAK buys by asking",
        _ADAPTER,
        "Iak",
        'self._ask("/api/check-status", question, is_question=True)',
        "self.buy(request)",
        _PURCHASES,
    ),
    fault(
        "any report names a purchase of IAK's",
        _ADAPTER,
        "Iak",
        "return callback_proof.require_reference(ref_id, signature, sign=self._sign)",
        "return LookUp(reference=ref_id)",
        _PROTOCOL,
    ),
    fault(
        "IAK's broken server has answered",
        _ADAPTER,
        "_data_of",
        "if answer.status not in (200, 400):",
        "if False:",
        _PROTOCOL,
    ),
    fault(
        "a real key of IAK's goes anywhere",
        _ADAPTER,
        "_check",
        "if config.mode is Mode.LIVE and not is_at(config.base_url, HOST):",
        "if False:",
        _WIRE,
    ),
    fault(
        "a test account reaches the real IAK",
        _ADAPTER,
        "_check",
        "if config.mode is Mode.TEST and HOST in config.base_url.lower():",
        "if False:",
        _WIRE,
    ),
    fault(
        "IAK may answer about another purchase",
        _ANSWERS,
        "read_fact",
        "if told != ref_id and not is_bare:",
        "if False:",
        _PROTOCOL,
    ),
    fault(
        "a code that IAK does not document is a failure",
        _ANSWERS,
        "_state",
        "_STATES.get(rc, FactState.UNCLEAR)",
        "_STATES.get(rc, FactState.FAILED)",
        _PROTOCOL,
    ),
    fault(
        "IAK's code counts without its status",
        _ANSWERS,
        "_state",
        'if wire.number(data, "status") != _STATUSES.get(state, _FAILED):',
        "if False:",
        _PROTOCOL,
    ),
    fault(
        "a transaction that IAK shows was never formed",
        _ANSWERS,
        "_state",
        "if has_transaction:",
        "if False:",
        _PROTOCOL,
    ),
    fault(
        "a refused question is a failed purchase at IAK",
        _ANSWERS,
        "_state",
        "return FactState.UNCLEAR if is_question else state",
        "return FactState.FAILED if is_question else state",
        _PROTOCOL,
    ),
    fault(
        "the pin of IAK's vouchers is thrown away",
        _ANSWERS,
        "_GOODS",
        '"pin": "PIN {}", ',
        "",
        _PROTOCOL,
    ),
    fault(
        "a code of IAK's that cannot be read is left out",
        "inventory/suppliers/wire.py",
        "code",
        "if value is None:",
        "if not isinstance(value, str | int):",
        _PROTOCOL,
    ),
    fault(
        "a player whom IAK cannot ask about does not exist",
        _ANSWERS,
        "",
        '_NO_SUCH_ACCOUNT = ("14", "141", "142")',
        '_NO_SUCH_ACCOUNT = ("14", "20", "141", "142")',
        _QUESTIONS,
    ),
)
