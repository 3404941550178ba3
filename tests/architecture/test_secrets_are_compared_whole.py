"""What proves who somebody is, is compared in constant time and to its end."""

import ast

from tests.architecture.sources import dotted, product

WORDS = ("signature", "digest", "hmac", "secret", "token", "checksum")
COMPARING = (ast.Eq, ast.NotEq, ast.In, ast.NotIn)

# Where something of that name proves nothing.
HARMLESS = {
    "bot/cross_tenant/accounts.py": "whether our own bot's configured token changed",
    "payments/gateways/qris.py": "a checksum that everybody can compute",
}


def names_a_proof(node: ast.AST) -> bool:
    name = dotted(node.func if isinstance(node, ast.Call) else node).lower()
    return any(word in name for word in WORDS)


def test_no_signature_is_compared_with_an_operator():
    found = [
        (source.path, source.at(node))
        for source in product()
        if "/simulator/" not in source.path
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Compare)
        and any(isinstance(how, COMPARING) for how in node.ops)
        and any(names_a_proof(side) for side in (node.left, *node.comparators))
        and not any(_is_constant(side) for side in (node.left, *node.comparators))
    ]

    assert [place for path, place in found if path not in HARMLESS] == []
    assert {path for path, _place in found} == set(HARMLESS)


def test_no_signature_is_compared_by_its_beginning():
    found = [
        source.at(node)
        for source in product()
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in ("startswith", "endswith")
        and any(names_a_proof(part) for part in (node.func.value, *node.args))
    ]

    assert found == []


def test_whole_texts_are_compared_in_constant_time():
    """Neither side is cut to the length of the other before."""
    compared = [
        (source.path, argument)
        for source in product()
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Call) and dotted(node.func).endswith("compare_digest")
        for argument in node.args
    ]

    cut = [
        path
        for path, argument in compared
        if any(isinstance(part, ast.Slice) for part in ast.walk(argument))
    ]
    assert cut == []
    assert len(compared) >= 4


def _is_constant(node: ast.AST) -> bool:
    """`token == ""` asks whether there is one."""
    return isinstance(node, ast.Constant)
