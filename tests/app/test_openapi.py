"""The description is complete: examples, units, and every error as what it is."""

import pytest

from app.schemas import EXAMPLES


@pytest.fixture
def document(client):
    return client.get("/openapi.json").json()


def test_the_five_customers_are_named_examples(document):
    body = document["paths"]["/predict_customer_value"]["post"]["requestBody"]["content"]["application/json"]

    assert {name: example["value"] for name, example in body["examples"].items()} == EXAMPLES


def test_every_field_has_a_description_and_an_example(document):
    """But for the model card, which is described where it is written."""
    ours = (
        "PredictionRequest",
        "FeaturesByName",
        "PredictionAnswer",
        "ProblemBody",
        "Violation",
        "Interval",
        "ReasonBody",
        "ReasonsBody",
        "OrderLineBody",
        "OrdersRequest",
        "OrdersAnswer",
        "Health",
        "Readiness",
    )
    for schema in ours:
        for name, field in document["components"]["schemas"][schema]["properties"].items():
            assert field.get("description"), f"{schema}.{name} has no description"
            assert field.get("examples") or "$ref" in str(field), f"{schema}.{name} has no example"


def test_features_name_their_units(document):
    fields = document["components"]["schemas"]["FeaturesByName"]["properties"]

    assert [field["description"].rpartition("(")[2] for field in fields.values()] == [
        "currency).",
        "currency).",
        "count).",
        "count).",
        "count).",
        "days).",
    ]


def test_every_error_is_problem_json(document):
    statuses = {}
    for path, operations in document["paths"].items():
        for operation in operations.values():
            errors = {status: answer for status, answer in operation["responses"].items() if status >= "400"}
            statuses[path] = list(errors)
            for status, answer in errors.items():
                assert list(answer["content"]) == ["application/problem+json"]
                assert answer["content"]["application/problem+json"]["example"]["status"] == int(status)

    assert statuses["/predict_customer_value"] == ["401", "413", "415", "422", "500", "503"]
    assert statuses["/predict_from_orders"] == statuses["/predict_customer_value"]
    assert "HTTPValidationError" not in document["components"]["schemas"]


def test_keys_are_described(document):
    assert set(document["components"]["securitySchemes"]) == {"APIKeyHeader", "HTTPBearer"}
    assert document["paths"]["/predict_customer_value"]["post"]["security"] == [
        {"APIKeyHeader": []},
        {"HTTPBearer": []},
    ]
