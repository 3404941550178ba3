"""The planted faults still fit the product, and the tests they name are there."""

import ast
from functools import cache

from tests.architecture.sources import ROOT, functions
from tests.mutants.faults import MUTANTS
from tests.mutants.mutant import DoesNotApply, Mutant

ENOUGH = 100


def test_every_fault_can_be_planted_exactly_once():
    problems = [problem for mutant in MUTANTS if (problem := _problem(mutant))]

    assert problems == []


def test_every_fault_names_tests_that_exist():
    missing = [
        f"{mutant.key}: {test}"
        for mutant in MUTANTS
        for test in mutant.tests or ("none",)
        if not _exists(test)
    ]

    assert missing == []


def test_there_are_enough_faults_and_each_has_a_name_of_its_own():
    keys = [mutant.key for mutant in MUTANTS]

    assert len(keys) >= ENOUGH
    assert len(set(keys)) == len(keys)


def _problem(mutant: Mutant) -> str:
    path = ROOT / mutant.file
    if not path.exists():
        return f"{mutant.key}: {mutant.file} is gone"
    try:
        planted = mutant.planted_in(path.read_text(encoding="utf-8"))
        ast.parse(planted)
    except (DoesNotApply, SyntaxError) as reason:
        return f"{mutant.key}: {reason}"
    return ""


def _exists(test: str) -> bool:
    file, _colons, name = test.partition("::")
    return (ROOT / file).is_file() and (not name or name.split("[")[0] in _names(file))


@cache
def _names(file: str) -> frozenset[str]:
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    return frozenset(function.name for function in functions(tree))
