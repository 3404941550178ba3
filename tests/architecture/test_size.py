"""Functions and files stay short enough to be read at once."""

import ast

from tests.architecture.sources import APPS, functions, imports, product, proofs

LONGEST_FUNCTION = 60
LONGEST_FILE = 400
LONGEST_TEST_FILE = 500


def test_no_function_is_longer_than_sixty_lines():
    long = [
        f"{source.at(function)} {function.name}: {length}"
        for source in product() + proofs()
        for function in functions(source.tree)
        if (length := _length(function)) > LONGEST_FUNCTION
    ]

    assert long == []


def test_no_file_is_longer_than_four_hundred_lines():
    long = [
        f"{source.path}: {source.lines}"
        for source in product()
        if source.lines > LONGEST_FILE
    ]

    assert long == []


def test_no_test_file_is_longer_than_five_hundred_lines():
    long = [
        f"{source.path}: {source.lines}"
        for source in proofs()
        if source.lines > LONGEST_TEST_FILE
    ]

    assert long == []


def test_no_function_hides_an_import_of_our_own():
    hidden = [
        f"{source.at(statement)} {module}"
        for source in product()
        for function in functions(source.tree)
        for statement, module in imports(function)
        if module.split(".")[0] in APPS
    ]

    assert hidden == []


def test_every_function_of_the_product_says_what_it_returns():
    untyped = [
        f"{source.at(function)} {function.name}"
        for source in product()
        for function in functions(source.tree)
        if function.returns is None and function.name != "__init__"
    ]

    assert untyped == []


def _length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return (function.end_lineno or function.lineno) - function.lineno + 1
