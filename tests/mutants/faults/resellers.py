"""What two suppliers with words instead of codes could be believed too early."""

from tests.mutants.mutant import fault

_GAMES = "inventory/suppliers/apigames/answers.py"
_GAMES_ADAPTER = "inventory/suppliers/apigames/adapter.py"
_GAMES_TEST = "tests/inventory/test_apigames.py"
_WORDED = "inventory/suppliers/worded.py"
_TOKO = "inventory/suppliers/tokovoucher/answers.py"
_TOKO_ADAPTER = "inventory/suppliers/tokovoucher/adapter.py"
_TOKO_TEST = "tests/inventory/test_tokovoucher.py"

RESELLERS = (
    fault(
        "Apigames' first answer is the end",
        _GAMES,
        "first_word",
        "if fact.state not in (FactState.SUCCEEDED, FactState.FAILED):",
        "if True:",
        _GAMES_TEST,
    ),
    fault(
        "one part of a bundle at Apigames is all of it",
        _GAMES,
        "_STATES",
        '"sukses": FactState.SUCCEEDED,',
        '"sukses": FactState.SUCCEEDED, "sukses sebagian": FactState.SUCCEEDED,',
        _GAMES_TEST,
    ),
    fault(
        "Apigames' reason of a failure is a serial number",
        _GAMES,
        "read_fact",
        "if state is FactState.SUCCEEDED else",
        "if state is not FactState.PENDING else",
        _GAMES_TEST,
    ),
    fault(
        "Apigames may answer about another purchase",
        _GAMES,
        "read_fact",
        'if wire.text(data, "ref_id") != ref_id:',
        "if False:",
        "tests/inventory/contract/test_adapters.py",
    ),
    fault(
        "any refusal of Apigames' bought nothing",
        _WORDED,
        "refused",
        "FactState.NOT_FORMED if reason else FactState.UNCLEAR",
        "FactState.NOT_FORMED",
        _GAMES_TEST,
    ),
    fault(
        "an HTTP error of Apigames' is an answer",
        _GAMES_ADAPTER,
        "Apigames",
        "if response.status != 200:",
        "if False:",
        _GAMES_TEST,
    ),
    fault(
        "Apigames is asked by buying",
        _GAMES_ADAPTER,
        "Apigames",
        'answer = self._transact("/v2/transaksi/status", request.ref_id)',
        'answer = self._transact("/v2/transaksi", request.ref_id)',
        _GAMES_TEST,
    ),
    fault(
        "a zone that Apigames cannot read is no player",
        _GAMES_ADAPTER,
        "Apigames",
        "if name is None and zone:",
        "if False:",
        _GAMES_TEST,
    ),
    fault(
        "TokoVoucher sells at any price",
        _TOKO,
        "why_not",
        'return "price" if price > ceiling else ""',
        'return ""',
        _TOKO_TEST,
    ),
    fault(
        "TokoVoucher's search takes another product for ours",
        _TOKO,
        "why_not",
        'if item.get("code") == sku]',
        "]",
        _TOKO_TEST,
    ),
    fault(
        "a refused question at TokoVoucher is a failed purchase",
        _WORDED,
        "not_shown",
        "FactState.UNCLEAR",
        "FactState.FAILED",
        _TOKO_TEST,
    ),
    fault(
        "TokoVoucher's no counts with a transaction beside it",
        _TOKO,
        "read_answer",
        "if number == 0 and refusal and not has_more:",
        "if number == 0 and refusal:",
        _TOKO_TEST,
    ),
    fault(
        "TokoVoucher's reason of a failure is a serial number",
        _TOKO,
        "read_fact",
        "if state is FactState.SUCCEEDED else",
        "if state is not FactState.PENDING else",
        _TOKO_TEST,
    ),
    fault(
        "a search that went wrong has ordered at TokoVoucher",
        _TOKO_ADAPTER,
        "TokoVoucher",
        "except (OutcomeUnknown, wire.Malformed) as error:",
        "except wire.Malformed as error:",
        _TOKO_TEST,
    ),
    fault(
        "a report without a reference is proven",
        "inventory/suppliers/callback_proof.py",
        "require_reference",
        'sign(ref_id) if ref_id else ""',
        "sign(ref_id)",
        _GAMES_TEST,
        _TOKO_TEST,
    ),
    fault(
        "a reseller's real key goes anywhere",
        "inventory/suppliers/calling.py",
        "require_own_address",
        "if is_at(config.base_url, host) is not (config.mode is Mode.LIVE):",
        "if config.mode is not Mode.LIVE and is_at(config.base_url, host):",
        "tests/inventory/contract/test_adapters.py",
    ),
    fault(
        "play money reaches a real reseller",
        "inventory/suppliers/calling.py",
        "require_own_address",
        "if is_at(config.base_url, host) is not (config.mode is Mode.LIVE):",
        "if config.mode is Mode.LIVE and not is_at(config.base_url, host):",
        _GAMES_TEST,
        _TOKO_TEST,
    ),
    fault(
        "a refusal that goes on is taken by its beginning",
        "inventory/suppliers/wire.py",
        "meaning",
        "re.fullmatch(",
        "re.match(",
        _TOKO_TEST,
    ),
)
