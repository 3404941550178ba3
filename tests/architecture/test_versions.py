"""Whoever changes something says which version they had read."""

import ast

from tests.architecture.sources import Source, calls, product

DOORS = ("/dashboard/", "/api/")


def services() -> list[tuple[Source, ast.FunctionDef]]:
    return [
        (source, node)
        for source in product()
        if "/services/" in source.path
        for node in source.tree.body
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")
    ]


def takes_seen(node: ast.FunctionDef) -> bool:
    return "seen" in {argument.arg for argument in node.args.kwonlyargs}


def test_every_service_that_changes_what_a_form_shows_takes_the_version():
    changing = [
        (source, node)
        for source, node in services()
        if node.name.startswith(("change_", "edit_"))
    ]

    assert len(changing) >= 6
    without = [
        source.at(node)
        for source, node in changing
        if not any(arg.arg.startswith("seen") for arg in node.args.kwonlyargs)
    ]
    assert without == []


def test_every_such_service_compares_and_does_so_inside_its_transaction():
    for source, node in services():
        if not takes_seen(node):
            continue
        works = [part for part in ast.walk(node) if isinstance(part, ast.With)]
        compared = [
            call
            for work in works
            for call in ast.walk(work)
            if isinstance(call, ast.Call)
            and getattr(call.func, "id", "") == "require_unchanged"
        ]
        assert compared, source.at(node)


def test_every_page_and_every_program_passes_it_on():
    names = {node.name for _source, node in services() if takes_seen(node)}
    forgotten = [
        source.at(call)
        for source in product()
        if any(door in source.path for door in DOORS)
        for call, name in calls(source)
        if name.rpartition(".")[2] in names
        and "seen" not in {keyword.arg for keyword in call.keywords}
    ]

    assert forgotten == []


def test_no_address_of_the_api_overwrites_without_a_version():
    """PUT and PATCH would need `If-Match`; none is there, as nothing needs one."""
    writers = [
        source.at(node)
        for source in product()
        if "/api/" in source.path
        for node in ast.walk(source.tree)
        if isinstance(node, ast.FunctionDef)
        and node.name in ("put", "patch", "update")
        and "seen" not in ast.dump(node)
    ]

    assert writers == []
