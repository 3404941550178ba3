"""Each test of the contract runs once for every supplier that has a case."""

import pytest
from django.test import override_settings

from inventory.simulator.server import make_app
from inventory.suppliers import registry
from ppob.kit import clock
from ppob.local.simulators.serving import serving
from tests.inventory.contract import wire as wires
from tests.inventory.contract.cases import CASES
from tests.inventory.contract.stage import FLIP_SECS, Clock, Stage, controlling


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


@pytest.fixture
def moved_clock(monkeypatch):
    moved = Clock()
    monkeypatch.setattr(clock, "now", lambda: moved.now)
    return moved


@pytest.fixture
def address(tmp_path, moved_clock):
    """Where all suppliers run."""

    def app():
        return make_app(
            folder=tmp_path, clock=moved_clock.timestamp, flip_secs=FLIP_SECS
        )

    with (
        serving(app) as found,
        override_settings(SUPPLIER_SIMULATOR_URL=found),
    ):
        yield found


@pytest.fixture
def control(address, case):
    with controlling(address, case.spec.code) as found:
        yield found


@pytest.fixture
def stage(case, control, moved_clock, jobs, in_arcadia):
    return Stage(case, control, moved_clock, jobs)
