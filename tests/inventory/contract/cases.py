"""The cases of all suppliers, found by their codes."""

import importlib
import importlib.util

from inventory.suppliers import registry
from tests.inventory.contract.case import Case


def case_of(code: str) -> Case:
    """The case of a supplier; raises LookupError where it has no module here."""
    name = f"{__package__}.{code}"
    if importlib.util.find_spec(name) is None:
        raise LookupError(f"The supplier {code} has no module in {__package__}.")
    case: Case = importlib.import_module(name).CASE
    return case


def has_case(code: str) -> bool:
    """Whether the contract knows this supplier."""
    return importlib.util.find_spec(f"{__package__}.{code}") is not None


CASES = [case_of(spec.code) for spec in registry.specs() if has_case(spec.code)]
