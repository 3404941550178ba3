"""A test that compares nothing, or waits for what is always so, proves nothing."""

import ast
from collections import defaultdict
from collections.abc import Iterator

from tests.architecture.sources import calls, dotted, proofs

Function = ast.FunctionDef | ast.AsyncFunctionDef

# Calls that raise by themselves when what is expected is not so.
JUDGES = {"expect", "fail"}


def functions() -> Iterator[tuple[str, Function]]:
    for source in proofs():
        for node in ast.walk(source.tree):
            if isinstance(node, Function):
                yield source.path, node


def last_word(call: ast.Call) -> str:
    return dotted(call.func).rpartition(".")[2]


def called(function: Function) -> set[str]:
    return {last_word(n) for n in ast.walk(function) if isinstance(n, ast.Call)}


def judges(function: Function) -> bool:
    """Whether something in it can fail for another reason than an accident."""
    for node in ast.walk(function):
        if isinstance(node, ast.Assert) and not isinstance(node.test, ast.Constant):
            return True
        if isinstance(node, ast.Raise):
            return True
        if isinstance(node, ast.Call) and last_word(node) in JUDGES:
            return True
        if isinstance(node, ast.With | ast.AsyncWith) and any(
            "raises" in ast.unparse(item.context_expr) for item in node.items
        ):
            return True
    return False


def without_judgement(found: list[tuple[str, Function]]) -> list[str]:
    """Tests that neither judge nor call anything of ours that does."""
    helpers: dict[str, list[Function]] = defaultdict(list)
    for _path, function in found:
        helpers[function.name].append(function)
    judging = {name for name, each in helpers.items() if any(map(judges, each))}
    while True:
        further = {
            name
            for name, each in helpers.items()
            if name not in judging and any(called(one) & judging for one in each)
        }
        if not further:
            break
        judging |= further
    return [
        f"{path}::{function.name}"
        for path, function in found
        if function.name.startswith("test_")
        and not judges(function)
        and not called(function) & judging
    ]


def test_every_test_judges_something():
    assert without_judgement(list(functions())) == []


def test_a_test_without_a_judgement_is_found():
    tree = ast.parse(
        "def test_empty():\n    run()\n"
        "def test_true():\n    assert True\n"
        "def test_by_helper():\n    check()\n"
        "def check():\n    assert run()\n"
        "def test_raises():\n    with pytest.raises(ValueError):\n        run()\n"
    )
    found = [("a.py", node) for node in tree.body if isinstance(node, Function)]

    assert without_judgement(found) == ["a.py::test_empty", "a.py::test_true"]


def test_nobody_waits_for_what_is_always_so():
    waits = {"until", "wait_until", "poll_until"}
    idle = [
        source.at(call)
        for source in proofs()
        for call, name in calls(source)
        if name.rpartition(".")[2] in waits
        for condition in call.args[:1]
        if isinstance(condition, ast.Lambda)
        and isinstance(condition.body, ast.Constant)
    ]

    assert idle == []
