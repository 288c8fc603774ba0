"""The description is complete and true: units, examples, every error as what it is, and what a live service answers."""

import json
import os
import re
import subprocess
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from scripts.cases import CASES, EXAMPLES, PADDING, Case
from tests.support import ROOT, require_node_tool, running_service

LINTER = ROOT / "tests" / "node" / "node_modules" / ".bin" / "redocly"
KEY = "the-key"
DOCUMENT = json.loads((ROOT / "docs" / "openapi.json").read_text())
OPERATIONS = [
    (path, method, operation)
    for path, operations in DOCUMENT["paths"].items()
    for method, operation in operations.items()
]
UNIT = re.compile(
    r"\((currency|count|days|seconds|bytes|ratio|0 to 1|orders|exponent|position|HTTP status|US dollars"
    r"|log currency|no unit)"
    r"|in (its|the) unit"
)
PROTECTED = {"401", "413", "415", "422", "500", "503"}


def judge(schema: dict[str, Any], value: Any) -> list[str]:
    """What in a value is not as the schema says."""
    document = Resource.from_contents({"$schema": "https://json-schema.org/draft/2020-12/schema", **DOCUMENT})
    registry = Registry().with_resource("urn:document", document)
    pointers = json.loads(json.dumps(schema).replace('"#/', '"urn:document#/'))
    return [error.message for error in Draft202012Validator(pointers, registry=registry).iter_errors(value)]


def has_example(schema: dict[str, Any]) -> bool:
    """An example of its own, or one of everything that it is made of."""
    if schema.get("examples") or "const" in schema or "enum" in schema:
        return True
    if "$ref" in schema:
        referred = DOCUMENT["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        return has_example(referred)
    if "properties" in schema:
        return all(has_example(field) for field in schema["properties"].values())
    parts = schema.get("anyOf", []) + schema.get("oneOf", []) + ([schema["items"]] if "items" in schema else [])
    return any(has_example(part) for part in parts)


def fields() -> Iterator[tuple[str, dict[str, Any]]]:
    for name, schema in DOCUMENT["components"]["schemas"].items():
        for field, described in schema.get("properties", {}).items():
            yield f"{name}.{field}", described


def examples() -> Iterator[tuple[str, dict[str, Any], Any]]:
    """Place, schema and value of every example of a request or an answer."""
    for path, method, operation in OPERATIONS:
        bodies = {"request": operation.get("requestBody", {}), **operation["responses"]}
        for kind, body in bodies.items():
            for media_type, content in body.get("content", {}).items():
                for name, example in content["examples"].items():
                    yield f"{method} {path} {kind} {media_type} {name}", content["schema"], example["value"]


def test_every_service_has_the_committed_document(start):
    """Whatever its model, its currency and its keys."""
    assert start(currency="EUR", api_keys="a-key").get("/openapi.json").json() == DOCUMENT


def test_every_field_says_what_it_is():
    assert [name for name, field in fields() if not field.get("description")] == []


def test_every_field_has_an_example():
    assert [name for name, field in fields() if not has_example(field)] == []


def test_every_number_says_its_unit():
    numbers = {name: field for name, field in fields() if re.search(r'"type": "(number|integer)"', json.dumps(field))}

    assert [name for name, field in numbers.items() if not UNIT.search(field["description"])] == []


def test_every_parameter_says_what_it_is_and_has_an_example():
    parameters = [(path, each) for path, _, operation in OPERATIONS for each in operation.get("parameters", [])]

    assert parameters
    assert [
        each["name"] for _, each in parameters if not (each.get("description") and has_example(each["schema"]))
    ] == []


def test_every_request_and_every_answer_has_a_named_example():
    missing = [
        f"{method} {path} {kind} {media_type}"
        for path, method, operation in OPERATIONS
        for kind, body in {"request": operation.get("requestBody", {}), **operation["responses"]}.items()
        for media_type, content in body.get("content", {"nothing": {}} if kind != "request" else {}).items()
        if not content.get("examples")
    ]

    assert missing == []


def test_every_example_is_what_its_schema_says():
    judged = {place: judge(schema, value) for place, schema, value in examples()}

    assert len(judged) > len(CASES)
    assert {place: complaints for place, complaints in judged.items() if complaints} == {}


def test_examples_of_fields_are_what_the_field_says():
    judged = {
        name: [complaint for example in field.get("examples", []) for complaint in judge(field, example)]
        for name, field in fields()
    }

    assert {name: complaints for name, complaints in judged.items() if complaints} == {}


def test_the_five_customers_are_named_examples():
    body = DOCUMENT["paths"]["/predict_customer_value"]["post"]["requestBody"]["content"]["application/json"]

    shown = {name: example["value"] for name, example in body["examples"].items()}

    assert {name: shown[name] for name in EXAMPLES} == EXAMPLES


def test_every_error_is_problem_json():
    for path, _, operation in OPERATIONS:
        errors = {status: answer for status, answer in operation["responses"].items() if status >= "400"}
        for status, answer in errors.items():
            assert list(answer["content"]) == ["application/problem+json"]
            shown = answer["content"]["application/problem+json"]["examples"].values()
            assert {example["value"]["status"] for example in shown} == {int(status)}
        if "requestBody" in operation:
            assert set(errors) >= PROTECTED, path
    assert "HTTPValidationError" not in DOCUMENT["components"]["schemas"]


def test_keys_are_described_where_they_are_asked_for():
    assert set(DOCUMENT["components"]["securitySchemes"]) == {"APIKeyHeader", "HTTPBearer"}
    either = [{"APIKeyHeader": []}, {"HTTPBearer": []}]
    for path, _, operation in OPERATIONS:
        assert operation["security"] == (either if "401" in operation["responses"] else []), path


@pytest.fixture(scope="module")
def live() -> Iterator[httpx.Client]:
    with running_service({"API_KEYS": KEY, "ADMIN_KEY": KEY}) as base_url, httpx.Client(base_url=base_url) as client:
        yield client


DESCRIBED = [case for case in CASES if case.method.lower() in DOCUMENT["paths"].get(case.path, {})]


@pytest.mark.parametrize("case", DESCRIBED, ids=lambda case: case.name)
def test_a_live_answer_is_what_the_document_says(live: httpx.Client, case: Case):
    headers = {"X-API-Key": KEY, **case.all_headers}
    text = None if case.body is None else case.text.replace(PADDING, "x" * case.padding)
    files = None if case.upload is None else {"file": (ROOT / case.upload).open("rb")}

    answer = live.request(
        case.method, case.path, params=dict(case.query), headers=headers, content=text, files=files, timeout=60
    )

    described = DOCUMENT["paths"][case.path][case.method.lower()]["responses"][str(answer.status_code)]
    media_type = answer.headers["content-type"].partition(";")[0]
    assert answer.status_code == case.status
    body = answer.json() if media_type.endswith(("/json", "+json")) else answer.text
    assert judge(described["content"][media_type]["schema"], body) == []


def test_the_linter_has_nothing_to_say():
    require_node_tool(LINTER)
    env = {**os.environ, "REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true"}

    run = subprocess.run(
        [LINTER, "lint", ROOT / "docs" / "openapi.json", "--format", "json"],
        cwd=LINTER.parents[2],
        env=env,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert json.loads(run.stdout)["totals"] == {"errors": 0, "warnings": 0, "ignored": 0}, run.stdout
