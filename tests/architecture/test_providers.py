"""A provider is one folder: nothing else in the product knows that it exists."""

from pathlib import Path

import pytest

from inventory.suppliers import registry as suppliers
from payments.gateways import registry as gateways
from tests.architecture import sources

FOLDERS = {
    **{spec.code: f"payments/gateways/{spec.code}/" for spec in gateways.specs()},
    **{spec.code: f"inventory/suppliers/{spec.code}/" for spec in suppliers.specs()},
}
TEMPLATES = sources.ROOT / "templates"
MAY_RUN_SIMULATORS = "bot/management/commands/runsimulator.py"


def strangers_who_say(code: str, texts: dict[str, str]) -> list[str]:
    """Files outside the provider's folder and the registries that name it."""
    return [
        path
        for path, text in texts.items()
        if code in text.lower()
        and not path.startswith(FOLDERS[code])
        and not path.endswith("/registry.py")
    ]


def everything() -> dict[str, str]:
    found = {source.path: source.text for source in sources.product()}
    for path in sorted(TEMPLATES.rglob("*.html")):
        found[str(path.relative_to(sources.ROOT))] = path.read_text()
    return found


@pytest.mark.parametrize("code", FOLDERS)
def test_only_its_folder_and_the_registry_name_a_provider(code):
    assert strangers_who_say(code, everything()) == []


@pytest.mark.parametrize("code", FOLDERS)
def test_the_rule_sees_a_name_in_a_form_or_a_page(code):
    planted = {
        f"{FOLDERS[code]}adapter.py": code,
        "payments/gateways/registry.py": code,
        "payments/dashboard/forms.py": f'LABEL = "{code.title()}"',
        "templates/payments/methods.html": code.upper(),
    }

    assert strangers_who_say(code, planted) == [
        "payments/dashboard/forms.py",
        "templates/payments/methods.html",
    ]


def runs_a_simulator(path: str, module: str) -> bool:
    """Whether a file of the product itself leans on a simulator."""
    is_simulated = "simulator" in module.split(".")
    is_of_one = "simulator" in Path(path).with_suffix("").parts
    return is_simulated and not is_of_one and path != MAY_RUN_SIMULATORS


def test_the_product_imports_no_simulator():
    found = [
        f"{source.at(statement)} imports {module}"
        for source in sources.product()
        for statement, module in sources.imports(source.tree)
        if runs_a_simulator(source.path, module)
    ]

    assert found == []


def test_the_rule_sees_a_simulator_in_a_service():
    assert runs_a_simulator(
        "payments/services/incoming/charges.py", "payments.simulator.world"
    )
    assert not runs_a_simulator("bot/simulator/api.py", "bot.simulator.core")
