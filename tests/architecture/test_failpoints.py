"""Every commit and every outward call of the money's ways has a place to die at."""

import ast
import re
from collections import Counter

from tests.architecture.sources import Source, calls, constant, dotted, product
from tests.crash.points import (
    CLIENTS,
    MAKES_CLIENTS,
    OUT_OF_SCOPE,
    SCOPE,
    catalogue,
    units_of_work,
)

MONEY = re.compile(
    r"(payments|inventory|security|catalog|tenants)/(services/(\w+/)?\w+|tasks)\.py"
    r"|bot/services/\w+\.py|bot/(tasks|runtime/message_sender)\.py"
)
WRITES = {
    "update",
    "create",
    "bulk_create",
    "bulk_update",
    "save",
    "delete",
    "get_or_create",
    "update_or_create",
}
ROWS = re.compile(r"\b(objects|across_tenants)\b")

# One statement each, committed by itself; why nothing hangs on it.
WRITTEN_ALONE = {
    "bot/services/tickets.py close_after": "when a ticket closes, mostly with why",
    "bot/services/panels.py note_unchanged": "remembers what a picture looked like",
    "bot/services/servers.py note_category": "found again in Discord",
    "bot/services/servers.py note_commands": "found again in Discord",
    "bot/services/servers.py settings_of": "makes the defaults' row when it is missing",
    "bot/services/transcripts.py note_deleted": "says that a line was deleted",
    "bot/services/transcripts.py keep_message": "a line that was edited",
    "security/services/guessing.py _forget": "counts of tries that were right",
    "security/services/guessing.py forget_ended": "counts whose window is over",
    "payments/services/ledger/wallets.py balance_method": "made on first use, once",
}


def test_transactions_have_names():
    bare = [
        source.at(call)
        for source in _money()
        for call, name in calls(source)
        if name in ("transaction.atomic", "atomic")
    ]

    assert bare == []


def test_every_unit_of_work_is_named_by_a_literal():
    named = re.compile(r"[a-z]+\.[a-z_]+")
    computed = [unit.at for unit in units_of_work() if not named.fullmatch(unit.name)]

    assert computed == []


def test_no_two_units_of_work_share_a_name():
    names = Counter(unit.name for unit in units_of_work())

    assert [name for name, count in names.items() if count > 1] == []


def test_a_unit_of_work_is_named_after_its_app():
    strange = [
        unit.at
        for unit in units_of_work()
        if unit.name.partition(".")[0] != unit.path.partition("/")[0]
    ]

    assert strange == []


def test_crash_runs_and_these_rules_see_every_room_of_money():
    of_money = {
        source.path
        for source in product()
        if source.path.startswith(("payments/services/", "inventory/services/"))
    }

    assert "payments/services/orders/checkout.py" in of_money
    assert {path for path in of_money if not MONEY.fullmatch(path)} == set()
    assert {path for path in of_money if not SCOPE.fullmatch(path)} == set()


def test_no_service_writes_outside_a_unit_of_work():
    alone = {
        f"{source.path} {function}"
        for source in _money()
        for function in _writing_alone(source)
    }

    assert alone == set(WRITTEN_ALONE)


def test_every_http_client_has_a_name_of_its_own():
    unnamed = [
        source.at(call)
        for source in product()
        if source.path != MAKES_CLIENTS
        for call, name in calls(source)
        if name.endswith(CLIENTS) and not _name_of(call)
    ]

    assert unnamed == []


def test_whatever_is_left_out_of_crash_runs_is_there():
    known = {name.partition(":")[0] for name in catalogue()}

    assert set(OUT_OF_SCOPE) - known == set()


def _money() -> list[Source]:
    return [source for source in product() if MONEY.fullmatch(source.path)]


def _name_of(call: ast.Call) -> object:
    return next(
        (constant(word.value) for word in call.keywords if word.arg == "name"), None
    )


def _writing_alone(source: Source) -> set[str]:
    """Functions that write rows although nobody in sight has a transaction open.

    One that begins with `require_transaction()` leaves that to its callers. A private
    one is fine when all its callers in the file are.
    """
    functions = {
        node.name: node
        for node in ast.walk(source.tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    safe = {name for name, node in functions.items() if _requires(node)}
    while True:
        callers = _unsafe_uses(functions, safe)
        more = {
            name
            for name in functions
            if name.startswith("_") and name not in safe and not callers[name]
            if _is_used(functions, name)
        }
        if not more:
            break
        safe |= more
    return {
        name
        for name, node in functions.items()
        if name not in safe and any(_writes(call) for call in _outside_work(node))
    }


def _unsafe_uses(functions: dict[str, ast.AST], safe: set[str]) -> Counter[str]:
    return Counter(
        dotted(call.func)
        for name, node in functions.items()
        if name not in safe
        for call in _outside_work(node)
    )


def _is_used(functions: dict[str, ast.AST], name: str) -> bool:
    return any(
        isinstance(node, ast.Name) and node.id == name
        for function in functions.values()
        for node in ast.walk(function)
    )


def _requires(function: ast.AST) -> bool:
    return any(
        isinstance(node, ast.Call) and dotted(node.func) == "require_transaction"
        for node in ast.walk(function)
    )


def _outside_work(node: ast.AST) -> list[ast.Call]:
    """The calls in a function that are not inside `with unit_of_work(…)`."""
    found = []
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.With) and any(
            isinstance(item.context_expr, ast.Call)
            and dotted(item.context_expr.func).endswith("unit_of_work")
            for item in child.items
        ):
            continue
        if isinstance(child, ast.Call):
            found.append(child)
        found += _outside_work(child)
    return found


def _writes(call: ast.Call) -> bool:
    if not isinstance(call.func, ast.Attribute) or call.func.attr not in WRITES:
        return False
    written = ast.unparse(call.func)
    return bool(ROWS.search(written)) or (
        call.func.attr == "save" and "storage" not in written
    )
