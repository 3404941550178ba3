"""Statuses change through their machines alone, whatever their column is called."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.db.models import TextChoices

from ppob.kit.machine import Machine
from tests.architecture.sources import APPS, Source, calls, constant, dotted, product

# Who writes a status without a machine, and why.
WITHOUT_A_MACHINE = {
    "security/services/inbox.py": "an inbox event has no table of transitions",
}
# Codes change with their movement in one statement of the sale; the database refuses
# what the table of codes does not allow.
IN_PLAIN_SQL = {"inventory/locks.py"}
IN_SQL = re.compile(r"\bSET\s+(?:\w+\s*=[^;]*?,\s*)?(\w+)\s*=")
# Attributes whose names are only known at run time; none of them is a status.
ANY_ATTRIBUTE = {
    "bot/dashboard/panels.py": "what was typed into a form, drawn and never saved",
    "bot/simulator/backend.py": "the memory of the local Discord",
    "inventory/services/purchases.py": "the columns of a claim, named above it",
    "ppob/kit/machine.py": "the machine itself",
    "ppob/kit/rows.py": "the key that the database gave",
    "security/fields.py": "the field's own descriptor",
    "tenants/services/customers.py": "a customer's name and picture",
}


def tables() -> dict[str, dict[TextChoices, frozenset[TextChoices]]]:
    """Every table of transitions of the product, by its module and name."""
    modules = [
        import_module(source.path.removesuffix(".py").replace("/", "."))
        for source in product()
        if source.name == "states.py"
    ]
    return {
        f"{module.__name__}.{name}": table
        for module in modules
        for name, table in vars(module).items()
        if name.endswith("_TRANSITIONS")
    }


def states() -> list[type[TextChoices]]:
    return [type(next(iter(table))) for table in tables().values()]


@cache
def columns() -> frozenset[str]:
    """Every column that holds a state, and `status` wherever it stands."""
    choices = [list(enum.choices) for enum in states()]
    found = {
        field.name
        for model in apps.get_models()
        if model._meta.app_label in APPS
        for field in model._meta.concrete_fields
        if list(field.flatchoices) in choices
    }
    return frozenset(found | {"status"})


@cache
def machines() -> tuple[Machine[Any, Any], ...]:
    modules = [
        import_module(source.path.removesuffix(".py").replace("/", "."))
        for source in product()
        if "/simulator/" not in source.path and "= Machine(" in source.text
    ]
    found = [each for module in modules for each in vars(module).values()]
    return tuple(each for each in found if isinstance(each, Machine))


def test_the_columns_of_states_are_known():
    assert columns() == {"status", "observed", "breaker"}


def test_every_table_of_transitions_belongs_to_a_machine():
    without = [
        name
        for name, table in tables().items()
        if not any(machine.table is table for machine in machines())
    ]

    assert without == []
    assert len(machines()) == len(tables())


def test_every_machine_knows_all_statuses_of_its_column():
    for machine in machines():
        words = type(next(iter(machine.table)))
        field = machine.model._meta.get_field(machine.column)

        assert list(field.flatchoices) == list(words.choices), machine.model
        assert set(machine.table) == set(words), machine.model
        assert set().union(*machine.table.values()) <= set(words), machine.model


def test_every_column_that_a_machine_sets_is_there():
    for machine in machines():
        for name in machine.times.values():
            assert machine.model._meta.get_field(name).null, machine.model


def test_no_status_is_assigned():
    assert [at for source in product() for at in assigned(source)] == []


def test_statuses_are_written_by_their_machines_only():
    elsewhere = [
        at
        for source in product()
        if source.path not in WITHOUT_A_MACHINE and "/simulator/" not in source.path
        for at in written(source)
    ]

    assert elsewhere == []


def test_whoever_needs_no_machine_still_writes_statuses():
    writing = {source.path for source in product() if list(written(source))}

    assert set(WITHOUT_A_MACHINE) <= writing


def test_plain_sql_sets_the_status_of_codes_only():
    found = {source.path for source in product() if list(set_in_sql(source))}

    assert found == IN_PLAIN_SQL


def test_attributes_of_unknown_names_are_set_where_none_is_a_status():
    found = {
        source.path
        for source in product()
        for call, name in calls(source)
        if name == "setattr" and constant(call.args[1]) is None
    }

    assert found == set(ANY_ATTRIBUTE)


@pytest.mark.parametrize(
    "line",
    [
        "order.status = OrderStatus.PAID",
        "bot.observed = Observed.ONLINE",
        "row.status, row.note = 'paid', ''",
        "setattr(message, 'status', 'sent')",
    ],
)
def test_the_rule_sees_an_assignment(line):
    assert list(assigned(of(line)))


@pytest.mark.parametrize(
    "line",
    [
        "Order.objects.filter(pk=1).update(status='paid')",
        "rows.update(observed=observed, heartbeat_at=now)",
        "Order.objects.filter(pk=1).update(**{'status': 'paid'})",
        "Order.objects.bulk_update(orders, ['status'])",
        "order.save(update_fields=['status'])",
    ],
)
def test_the_rule_sees_a_written_status(line):
    assert list(written(of(line)))


@pytest.mark.parametrize(
    "line",
    [
        "run('UPDATE payments_order SET status = %s')",
        "run('UPDATE x SET note = %s, observed = %s')",
    ],
)
def test_the_rule_sees_a_status_in_sql(line):
    assert list(set_in_sql(of(line)))


def test_the_rule_lets_other_columns_be():
    for line in (
        "self.status = 200",
        "order.note = 'x'",
        "Order.objects.filter(status='paid').update(note='x')",
        "run('SELECT status FROM payments_order')",
    ):
        source = of(line)

        assert not [*assigned(source), *written(source), *set_in_sql(source)], line


def of(line: str) -> Source:
    return Source(path="payments/services/x.py", text=line, tree=ast.parse(line))


def assigned(source: Source) -> Iterator[str]:
    """Where a status becomes another one in memory."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call) and dotted(node.func) == "setattr":
            if constant(node.args[1]) in columns():
                yield source.at(node)
        elif any(_is_status(target) for target in _targets(node)):
            yield source.at(node)


def written(source: Source) -> Iterator[str]:
    """Where a status is written into the database by name."""
    for call, name in calls(source):
        named = [keyword.arg for keyword in call.keywords]
        if not name.endswith((".update", ".bulk_update", ".save")):
            continue
        if name.endswith(".update"):
            spread = [each.value for each in call.keywords if each.arg is None]
            named += [constant(key) for each in spread for key in _keys(each)]
        else:
            named += [constant(node) for node in ast.walk(call)]
        if any(each in columns() for each in named if isinstance(each, str)):
            yield source.at(call)


def set_in_sql(source: Source) -> Iterator[str]:
    """Where plain SQL sets a status."""
    for node in ast.walk(source.tree):
        text = constant(node)
        if isinstance(text, str) and columns() & set(IN_SQL.findall(text)):
            yield source.at(node)


def _targets(node: ast.AST) -> list[ast.AST]:
    if isinstance(node, ast.Assign):
        found = list(node.targets)
    elif isinstance(node, ast.AugAssign | ast.AnnAssign):
        found = [node.target]
    else:
        return []
    return [
        part
        for target in found
        for part in (target.elts if isinstance(target, ast.Tuple) else [target])
    ]


def _is_status(target: ast.AST) -> bool:
    return (
        isinstance(target, ast.Attribute)
        and target.attr in columns()
        and dotted(target.value) != "self"
    )


def _keys(node: ast.AST) -> list[ast.AST]:
    return [key for key in node.keys if key] if isinstance(node, ast.Dict) else []
