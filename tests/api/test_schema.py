from io import StringIO

import pytest
import yaml
from django.core.management import call_command
from django.test import Client


@pytest.fixture(scope="module")
def schema() -> dict:
    out = StringIO()
    call_command("spectacular", "--validate", "--fail-on-warn", stdout=out)
    return yaml.safe_load(out.getvalue())


def test_the_schema_is_valid_and_names_every_address(schema):
    assert set(schema["paths"]) >= {
        "/api/v1/game/categories",
        "/api/v1/game/products/{code}",
        "/api/v1/game/price/{code}",
        "/api/v1/game/validate",
        "/api/v1/products",
        "/api/v1/products/{public_id}",
        "/api/v1/products/visibility",
        "/api/v1/orders",
        "/api/v1/orders/{public_id}",
        "/api/v1/refunds",
        "/api/v1/refunds/{public_id}",
        "/api/v1/balances",
    }


def test_every_operation_documents_its_store_and_its_refusals(schema):
    for path in schema["paths"].values():
        for operation in path.values():
            names = {parameter["name"] for parameter in operation["parameters"]}
            assert {"X-Store", "store"} <= names
            assert {"200", "400", "403", "404", "429"} <= set(operation["responses"])


def test_lists_of_growing_tables_are_paged(schema):
    answer = schema["paths"]["/api/v1/orders"]["get"]["responses"]["200"]
    reference = answer["content"]["application/json"]["schema"]["$ref"]

    assert reference == "#/components/schemas/PaginatedOrderList"


def test_the_documentation_opens(db):
    answer = Client().get("/api/docs/")

    assert answer.status_code == 200
    assert b"swagger" in answer.content


def test_every_refusal_says_when_it_comes_and_what_it_looks_like(schema):
    for path in schema["paths"].values():
        for method, operation in path.items():
            answers = operation["responses"]
            refusals = {status for status in answers if status >= "400"}
            wanted = {"400", "403", "404", "429"}
            assert refusals == wanted | ({"413", "415"} if method == "post" else set())
            for status in refusals:
                shown = answers[status]["content"]["application/json"]["examples"]
                assert answers[status]["description"]
                assert {each["value"]["status"] for each in shown.values()} == {
                    int(status)
                }
            assert answers["429"]["headers"]["Retry-After"]["schema"] == {
                "type": "integer"
            }


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("get", "/api/v1/game/categories"),
        ("get", "/api/v1/game/products/{code}"),
        ("get", "/api/v1/game/price/{code}"),
        ("post", "/api/v1/game/validate"),
    ],
)
def test_examples_of_games_have_exactly_the_documented_fields(schema, method, path):
    content = schema["paths"][path][method]["responses"]["200"]["content"]
    documented = content["application/json"]
    shown = [each["value"] for each in documented["examples"].values()]

    assert shown
    for value in shown:
        assert has_its_fields(schema, documented["schema"], value), value


def has_its_fields(schema, node, value):
    """Whether the value has the fields of the description, all the way down."""
    if "$ref" in node:
        node = schema["components"]["schemas"][node["$ref"].rpartition("/")[2]]
    if "allOf" in node:
        return has_its_fields(schema, node["allOf"][0], value)
    if node.get("type") == "array":
        return all(has_its_fields(schema, node["items"], each) for each in value)
    if "properties" not in node:
        return True
    if not set(node["required"]) <= set(value) <= set(node["properties"]):
        return False
    return all(
        has_its_fields(schema, node["properties"][name], inner)
        for name, inner in value.items()
    )


def test_statuses_and_obstacles_have_names_of_their_own(schema):
    components = schema["components"]["schemas"]

    assert components["CheckState"]["enum"] == ["verified", "unchecked", "not_found"]
    assert components["Obstacle"]["enum"] == [
        "closed",
        "no_deposit",
        "down",
        "unavailable",
        "too_dear",
        "no_supplier",
    ]
    assert "choice" in components["FieldKind"]["enum"]
