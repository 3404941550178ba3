"""Whatever a service does for staff is written down, in words that people know."""

import ast
import re
from collections.abc import Iterator

import pytest
from django.core.exceptions import ImproperlyConfigured

from bot import audit_words as bot_words
from ppob.kit.audit_words import AuditWords, audit_words
from tests.architecture.sources import (
    Source,
    calls,
    constant,
    dotted,
    functions,
    product,
)

# Services that take an actor and change nothing.
READING: dict[str, str] = {
    "inventory/services/drafts.py:prepare": "nothing is in stock until it is kept",
    "inventory/services/drafts.py:choose": "nothing is in stock until it is kept",
    "inventory/services/drafts.py:discard": "nothing was in stock",
    "inventory/services/drafts.py:find_draft": "one's own upload",
    "inventory/services/imports.py:require_codes": "asks for the right",
    "tenants/services/staff.py:hold_store": "locks, and looks who acts",
    "tenants/services/staff.py:hold_to_change": "the same, and asks for the right",
    # `stock.void_items` writes it down, for programs as well.
    "inventory/services/withdrawals.py:withdraw_items": "a service below does",
}

RECORDERS = re.compile(r"(?:audit\.)?record|_record_audit|_note|_record|staff\.tell")
ACTION = re.compile(r"[a-z]+\.[a-z_]+")
# Actions whose names are put together, in full.
COMPOSED = {
    "tenants/services/suspension.py": {"store.active", "store.suspended"},
    "payments/services/incoming/decisions.py": {
        "discrepancy.booked",
        "discrepancy.dismissed",
    },
    "payments/services/incoming/unapplied.py": {
        "unmatched.applied",
        "unmatched.credited",
        "unmatched.returned",
    },
}
# Entries of the platform itself; no store reads of them.
NOBODYS = {"keys.rotated"}


def services() -> list[Source]:
    return [source for source in product() if "/services/" in source.path]


def test_every_service_for_staff_writes_an_audit_entry():
    silent = [
        f"{source.at(function)} {function.name}"
        for source in services()
        for function in functions(source.tree)
        if not function.name.startswith("_")
        and _serves_staff(function)
        and f"{source.path}:{function.name}" not in READING
        and not _is_written_down(function, source)
    ]

    assert silent == []


def test_the_lint_would_see_a_service_that_forgets():
    forgetting = ast.parse(
        "def rename(*, actor: Actor, name: str) -> None:\n    _write(name)\n"
        "def _write(name):\n    Product.objects.update(name=name)\n"
    )
    source = Source("catalog/services/names.py", "", forgetting)
    [rename, _write] = functions(forgetting)

    assert _serves_staff(rename)
    assert not _is_written_down(rename, source)


def test_pages_and_the_admin_leave_writing_to_services():
    writes = re.compile(
        r"\.(?:objects|across_tenants)(?:\.\w+)*\.(?:create|bulk_create|update|delete"
        r"|get_or_create|update_or_create)$"
    )
    writing = [
        source.at(call)
        for source in product()
        if re.search(r"/dashboard/|/api/|/admin\.py$", source.path)
        for call, name in calls(source)
        if writes.search(f".{name}")
    ]

    assert writing == []


def test_every_deed_has_a_name_that_people_understand():
    used = {name: source.path for source in product() for name in _actions(source)} | {
        name: path for path, composed in COMPOSED.items() for name in composed
    }
    unknown = {
        name: path
        for name, path in used.items()
        if name not in audit_words().actions and name not in NOBODYS
    }

    assert unknown == {}
    assert len(used) > 20


def test_every_action_is_in_one_group():
    words = audit_words()

    assert set(words.prefixes.values()) == set(words.groups)
    for action in words.actions:
        found = [prefix for prefix in words.prefixes if action.startswith(prefix)]
        assert len(found) == 1, action


def test_every_field_of_a_form_has_a_name_that_people_understand():
    drafts = {
        statement.target.id: source.path
        for source in services()
        for node in ast.walk(source.tree)
        if isinstance(node, ast.ClassDef) and node.name in AUDITED_DRAFTS
        for statement in node.body
        if isinstance(statement, ast.AnnAssign)
        and isinstance(statement.target, ast.Name)
    }

    assert {field for field in drafts if field not in audit_words().fields} == NOT_KEPT


AUDITED_DRAFTS = {
    "StoreDraft",
    "ServerDraft",
    "PanelDraft",
    "CategoryDraft",
    "ProductDraft",
    "PolicyDraft",
}
NOT_KEPT = {"removes_image"}


def _serves_staff(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    arguments = [*function.args.args, *function.args.kwonlyargs]
    return any(
        argument.arg == "actor" and _name_of(argument.annotation) == "Actor"
        for argument in arguments
    )


def _name_of(annotation: ast.expr | None) -> str:
    return ast.unparse(annotation) if annotation is not None else ""


def _is_written_down(
    function: ast.FunctionDef | ast.AsyncFunctionDef, source: Source
) -> bool:
    """It records an entry, or passes the actor on to a service that does."""
    own = {each.name: each for each in functions(source.tree)}
    to_read, read = [function.name], set()
    while to_read:
        name = to_read.pop()
        read.add(name)
        for call in _calls_in(own[name]):
            called = dotted(call.func)
            if called == "audit.record" or _passes_actor_on(call):
                return True
            if called in own and called not in read:
                to_read.append(called)
    return False


def _calls_in(node: ast.AST) -> Iterator[ast.Call]:
    return (found for found in ast.walk(node) if isinstance(found, ast.Call))


def _passes_actor_on(call: ast.Call) -> bool:
    module, dot, _name = dotted(call.func).rpartition(".")
    return (
        bool(dot)
        and not module.endswith("objects")
        and any(
            keyword.arg == "actor" and not ast.unparse(keyword.value).endswith(".name")
            for keyword in call.keywords
        )
    )


def _actions(source: Source) -> Iterator[str]:
    for call, name in calls(source):
        if not RECORDERS.fullmatch(name):
            continue
        for node in ast.walk(call):
            text = constant(node) if isinstance(node, ast.expr) else None
            if isinstance(text, str) and ACTION.fullmatch(text):
                yield text


def test_two_apps_that_name_one_thing_are_refused(monkeypatch):
    monkeypatch.setattr(bot_words, "WORDS", AuditWords(actions={"stock.voided": "?"}))

    with pytest.raises(ImproperlyConfigured, match=r"stock\.voided"):
        audit_words.__wrapped__()
