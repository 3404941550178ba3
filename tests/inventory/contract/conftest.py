"""Each test of the contract runs once for every supplier that has a case."""

import pytest

from inventory.suppliers import registry
from tests.inventory.contract import wire as wires
from tests.inventory.contract.case import CASES


@pytest.fixture(params=CASES, ids=lambda case: case.spec.code)
def case(request):
    return request.param


@pytest.fixture
def shop(case):
    """The adapter with the documented keys."""
    return registry.supplier_for(case.spec.code, config=case.config)


@pytest.fixture
def wire(case, monkeypatch):
    made = wires.Wire(case)
    wires.put(monkeypatch, case, made)
    return made
