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
