"""Rules of the house that no linter knows."""

import ast
import re

from celery import current_app
from django.conf import settings

from tests.architecture.sources import (
    calls,
    constant,
    dotted,
    imports,
    product,
    proofs,
)

# Where work ends that nobody above could handle: what happened is logged with a
# reference or answered in the protocol's own words.
OUTERMOST_EDGES = {
    "bot/runtime/client.py": "a worker that ended is started again",
    "bot/runtime/fleet.py": "whatever ends a connection, the bot tries again",
    "bot/runtime/panel_sync.py": "one panel that cannot be drawn must not stop others",
    "bot/runtime/message_sender.py": "one message that cannot go must not stop others",
    "tenants/jobs.py": "one row that cannot be worked on must not stop a sweep",
    "bot/ui/clicks.py": "a click is always answered, whatever broke",
}

MODEL_SIGNALS = {
    "pre_init",
    "post_init",
    "pre_save",
    "post_save",
    "pre_delete",
    "post_delete",
    "m2m_changed",
}
HTTP_LIBRARIES = {"httpx", "requests", "urllib3", "urllib.request", "http.client"}
# The supervisor and the health checks only ask whether our own servers are up.
HTTP_CLIENTS = re.compile(r"ppob/kit/http\.py|ppob/local/\w+\.py|(\w+/)+simulator/.+")


LOCKSMITHS = {
    "ppob/kit/rows.py": "it is told whether to lock",
    "ppob/kit/transition_sql.py": "a late transition waits for the row it moves",
}


def test_rows_are_locked_in_locks_modules_only():
    elsewhere = [
        source.at(node)
        for source in product()
        if source.name != "locks.py" and source.path not in LOCKSMITHS
        for node in ast.walk(source.tree)
        if _locks_rows(node)
    ]

    assert elsewhere == []


def test_every_job_that_is_enqueued_is_a_registered_task():
    current_app.loader.import_default_modules()
    unknown = [
        f"{source.at(call)} {constant(call.args[0])}"
        for source in product()
        for call, name in calls(source)
        if name.endswith("jobs.enqueue") and constant(call.args[0]) is not None
        if constant(call.args[0]) not in current_app.tasks
    ]

    assert unknown == []


def test_every_job_is_named_by_a_literal():
    computed = [
        source.at(call)
        for source in product()
        for call, name in calls(source)
        if name.endswith("jobs.enqueue") and not isinstance(constant(call.args[0]), str)
    ]

    assert computed == []


def test_every_scheduled_job_is_a_registered_task():
    current_app.loader.import_default_modules()
    scheduled = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}

    assert scheduled - set(current_app.tasks) == set()


def test_every_task_has_a_name_that_starts_with_its_app():
    current_app.loader.import_default_modules()
    ours = {
        name: task.__module__
        for name, task in current_app.tasks.items()
        if not name.startswith("celery.")
    }

    assert {
        name for name in ours if not re.fullmatch(r"[a-z]+\.[a-z_]+", name)
    } == set()


def test_nobody_listens_to_model_signals():
    listeners = [
        f"{source.at(node)} {name.name}"
        for source in product()
        for node in ast.walk(source.tree)
        if isinstance(node, ast.ImportFrom)
        and node.module
        and node.module.startswith("django.db.models")
        for name in node.names
        if name.name in MODEL_SIGNALS | {"signals"}
    ]

    assert listeners == []


def test_only_cross_tenant_modules_and_the_admin_look_across_tenants():
    allowed = re.compile(
        r"(\w+/)+cross_tenant(\.py|/\w+\.py)|\w+/admin(_base)?\.py|\w+/admin/.+"
        r"|tenants/services/onboarding\.py|ppob/kit/tenant_rows\.py"
    )
    elsewhere = [
        source.at(node)
        for source in product()
        if not allowed.fullmatch(source.path)
        for node in ast.walk(source.tree)
        if _looks_across(node)
    ]

    assert elsewhere == []


def test_only_the_kits_client_speaks_http():
    elsewhere = [
        f"{source.at(statement)} {module}"
        for source in product()
        if not HTTP_CLIENTS.fullmatch(source.path)
        for statement, module in imports(source.tree)
        if module in HTTP_LIBRARIES or module.split(".")[0] in HTTP_LIBRARIES
    ]

    assert elsewhere == []


def test_only_commands_and_the_supervisor_print():
    allowed = re.compile(r"ppob/local/.+|\w+/management/.+|(\w+/)+simulator/.+")
    printed = [
        source.at(call)
        for source in product()
        if not allowed.fullmatch(source.path)
        for call, name in calls(source)
        if name in ("print", "pprint", "breakpoint")
    ]

    assert printed == []


def test_only_the_outermost_edges_catch_everything():
    catching = {
        source.path
        for source in product()
        for node in ast.walk(source.tree)
        if isinstance(node, ast.ExceptHandler)
        if _is_broad(node) and not _passes_it_on(node)
    }

    assert catching == set(OUTERMOST_EDGES)


def test_nothing_is_left_to_do_later():
    marks = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
    left = [
        f"{source.path}:{number}"
        for source in product()
        for number, line in enumerate(source.text.splitlines(), start=1)
        if marks.search(line)
    ]

    assert left == []


def test_no_file_knows_the_machine_it_was_written_on():
    machine = re.compile(r"/(work|home|root|tmp|Users)/\w")
    knowing = [
        f"{source.path}:{number}"
        for source in product() + proofs()
        for number, line in enumerate(source.text.splitlines(), start=1)
        if machine.search(line) and "re.compile" not in line
    ]

    assert knowing == []


def _locks_rows(node: ast.AST) -> bool:
    if isinstance(node, ast.Attribute) and node.attr == "select_for_update":
        return True
    if isinstance(node, ast.keyword) and node.arg == "lock":
        return constant(node.value) is not False
    text = constant(node)
    return isinstance(text, str) and bool(
        re.search(r"\bFOR (NO KEY )?(UPDATE|SHARE)\b", text)
    )


def _looks_across(node: ast.AST) -> bool:
    if isinstance(node, ast.Attribute) and node.attr == "across_tenants":
        return True
    return isinstance(node, ast.Call) and (
        (
            dotted(node.func).endswith(("using", "db_manager", "connections"))
            and any(constant(argument) == "platform" for argument in node.args)
        )
        or any(
            keyword.arg == "using" and constant(keyword.value) == "platform"
            for keyword in node.keywords
        )
    )


def _is_broad(handler: ast.ExceptHandler) -> bool:
    if handler.type is None:
        return True
    types = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(dotted(kind) in ("Exception", "BaseException") for kind in types)


def _passes_it_on(handler: ast.ExceptHandler) -> bool:
    last = handler.body[-1]
    return isinstance(last, ast.Raise) and last.exc is None
