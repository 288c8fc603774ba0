"""``python -m scripts.record_examples``: ask the included model every case, and write the examples of the document.

They are written as a part of the OpenAPI document, which ``app.openapi`` merges into the rest.
"""

import json
import logging
import os
from hashlib import sha256
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from pydantic import SecretStr
from starlette.testclient import TestClient

from app.error_handlers import PROBLEM_JSON, problem_body
from app.errors import (
    BodyTooLarge,
    BodyTooSlow,
    DiskFull,
    InternalError,
    NoAdministration,
    NoHistoryModel,
    NotReady,
    Overloaded,
    Problem,
    RateLimited,
    RefusedSet,
    Unauthorized,
    UnsupportedMediaType,
)
from app.main import create_app
from app.middleware import seconds_to_come
from app.openapi import EXAMPLES
from app.settings import Settings
from scripts.cases import CASES, PADDING, Case

ROOT = Path(__file__).parents[1]
KEY = "the-key"
REQUEST_ID = "5f2d0c9e"
DAY = "2026-11-22"
LINES_SHOWN, CUSTOMERS_SHOWN = 6, 2
REFUSED = (
    "model/history_model.json cannot be read (No such file or directory); train it here: python -m training ORDERS"
)
LIMITS = {
    "/predict_customer_values": "max_batch_body_bytes",
    "/predict_from_orders": "max_orders_body_bytes",
    "/rank_customers": "max_upload_bytes",
}
ORDER_LINES = """\
order_id,ordered_at,customer_id,sku,quantity,unit_price
20001,2023-12-11 09:11,C1177,LMP-009,12,5.15
"""

Json = dict[str, Any]  # Any: JSON


def record() -> Json:
    """The examples of every operation, from the answers of the committed model without Groq.

    Whatever the environment says, they are the same.
    """
    defaults = {name: field.get_default(call_default_factory=True) for name, field in Settings.model_fields.items()}
    key = SecretStr(f"shop:{sha256(KEY.encode()).hexdigest()}")
    asked_for = {"model_dir": ROOT / "model", "currency": "GBP", "api_keys": (key,), "rate_limit_per_minute": 600}
    asked_for["admin_key"] = SecretStr(KEY)
    app = create_app(Settings(_env_file=None, **{**defaults, **asked_for}))
    paths = FastAPI.openapi(app)["paths"]  # without the examples that are there
    with TestClient(app) as client:
        return {
            "paths": {
                path: {method: _examples(client, path, method, operation) for method, operation in operations.items()}
                for path, operations in paths.items()
            }
        }


def _examples(client: TestClient, path: str, method: str, operation: Json) -> Json:
    """What is asked and answered at one operation, as a part of the document."""
    cases = [case for case in CASES if (case.path, case.method.lower()) == (path, method)]
    examples: Json = {"responses": {}}
    if any(case.body is not None for case in cases):
        examples["requestBody"] = {"content": _requests(cases)}
    for case in cases:
        content_type, body = answer_to(client, case)
        _add(examples, case.status, content_type, case.name, {"summary": case.summary, "value": body})
    for status in operation["responses"]:
        if status not in examples["responses"]:
            for name, problem in _problems(path, int(status)).items():
                body = {**problem_body(problem), "request_id": REQUEST_ID}
                summary = name.replace("_", " ").capitalize()
                _add(examples, int(status), PROBLEM_JSON, name, {"summary": summary, "value": body})
    return examples


def _add(examples: Json, status: int, content_type: str, name: str, example: Json) -> None:
    content = examples["responses"].setdefault(str(status), {}).setdefault("content", {})
    content.setdefault(content_type, {}).setdefault("examples", {})[name] = example


def _requests(cases: list[Case]) -> Json:
    """Every body that is answered, once."""
    shown: Json = {}
    for case in cases:
        is_new = case.body not in [example["value"] for example in shown.values()]
        if case.status == 200 and case.body is not None and is_new:
            shown[case.name] = {"summary": case.summary, "value": case.body}
    of_type: Json = {"application/json": {"examples": shown}}
    if any(case.upload is not None for case in cases):
        of_type["multipart/form-data"] = {"examples": {"a_file": {"summary": "A file", "value": {"file": ORDER_LINES}}}}
    return of_type


def answer_to(client: TestClient, case: Case) -> tuple[str, Any]:  # Any: JSON, or text
    """Media type and body of the answer; ends the program where its status is another than the case says."""
    headers = {"X-API-Key": KEY, "X-Request-ID": REQUEST_ID, **case.all_headers}
    text = None if case.body is None else case.text.replace(PADDING, "x" * case.padding)
    files = None if case.upload is None else {"file": (Path(case.upload).name, (ROOT / case.upload).read_bytes())}
    answer = client.request(case.method, case.path, params=dict(case.query), headers=headers, content=text, files=files)
    if answer.status_code != case.status:
        raise SystemExit(f"{case.name} is answered {answer.status_code}, not {case.status}: {answer.text[:300]}")
    content_type = answer.headers["content-type"].partition(";")[0]
    body = answer.json() if content_type.endswith(("/json", "+json")) else answer.text
    return content_type, _shortened(body, case)


def _problems(path: str, status: int) -> dict[str, Problem]:
    """Problems that no request brings about, or none that an example should, by name."""
    limit = Settings.model_fields[LIMITS.get(path, "max_body_bytes")].default
    typical: dict[str, Problem] = {
        "unauthorized": Unauthorized(),
        "no_administration": NoAdministration(),
        "refused_set": RefusedSet(REFUSED),
        "body_too_large": BodyTooLarge(limit),
        "body_too_slow": BodyTooSlow(seconds_to_come(limit)),
        "unsupported_media_type": UnsupportedMediaType("text/plain"),
        "rate_limited": RateLimited(40),
        "internal_error": InternalError(),
        "not_ready": NotReady(),
        "overloaded": Overloaded(),
    }
    if path == "/predict_from_orders":
        typical["no_history_model"] = NoHistoryModel()
    if path == "/rank_customers":
        typical["disk_full"] = DiskFull()
    return {name: problem for name, problem in typical.items() if problem.status_code == status}


def _shortened(body: Any, case: Case) -> Any:  # Any: JSON, or text
    """What is long in its beginnings, and always of the same day."""
    match case.name:
        case "model":
            return _shortened_card(body)
        case "a_sample_shop":
            return {**body, "customers": body["customers"][:CUSTOMERS_SHOWN]}
        case "usage":
            return {**body, "day": DAY}
        case "metrics":
            return "\n".join(_counters(body)[:LINES_SHOWN]) + "\n"
        case "sample_orders":
            return "\n".join(body.splitlines()[:LINES_SHOWN]) + "\n"
        case _:
            return body


def _counters(exposition: str) -> list[str]:
    """Counts of requests; what the process itself counts differs from run to run."""
    return [line for line in exposition.splitlines() if "http_requests_total" in line]


def _shortened_card(card: Json) -> Json:
    """The card with one window and three candidates."""
    for evaluated in (card["evaluation"], card["history"]):
        evaluated["metrics"] = dict(list(evaluated["metrics"].items())[:3])
    return {
        **card,
        "refitted_on": card["refitted_on"][-1:],
        "evaluation": {**card["evaluation"], "fitted_on": card["evaluation"]["fitted_on"][-1:]},
    }


if __name__ == "__main__":
    logging.disable()
    EXAMPLES.write_text(json.dumps(record(), indent=1, ensure_ascii=False) + "\n")
    os._exit(0)  # DuckDB's binding reports its own reference counts while the interpreter shuts down
