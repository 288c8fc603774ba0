"""``python -m scripts.record_examples``: ask the included model every case, and write the answers down."""

import json
import logging
import os
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from starlette.testclient import TestClient

from app.examples.cases import CASES, PADDING, Case
from app.examples.recorded import ANSWERS, Recorded
from app.main import create_app
from app.settings import Settings

ROOT = Path(__file__).parents[1]
KEY = "the-key"
REQUEST_ID = "5f2d0c9e"
DAY = "2026-11-22"
LINES_SHOWN, CUSTOMERS_SHOWN = 6, 2


def record() -> dict[str, Recorded]:
    """The answers of the committed model, without Groq, whatever the environment says."""
    defaults = {name: field.get_default(call_default_factory=True) for name, field in Settings.model_fields.items()}
    asked_for = {"model_dir": ROOT / "model", "currency": "GBP", "api_keys": (SecretStr(KEY),)}
    settings = Settings(_env_file=None, **{**defaults, **asked_for})
    with TestClient(create_app(settings)) as client:
        return {case.name: _answer(client, case) for case in CASES if case.name != "description"}


def _answer(client: TestClient, case: Case) -> Recorded:
    headers = {"X-API-Key": KEY, "X-Request-ID": REQUEST_ID, **case.all_headers}
    text = None if case.body is None else case.text.replace(PADDING, "x" * case.padding)
    files = None if case.upload is None else {"file": (Path(case.upload).name, (ROOT / case.upload).read_bytes())}
    answer = client.request(case.method, case.path, params=dict(case.query), headers=headers, content=text, files=files)
    if answer.status_code != case.status:
        raise SystemExit(f"{case.name} is answered {answer.status_code}, not {case.status}: {answer.text[:300]}")
    content_type = answer.headers["content-type"]
    body = answer.json() if "json" in content_type and "ndjson" not in content_type else answer.text
    return Recorded(status=answer.status_code, content_type=content_type.partition(";")[0], body=_shortened(body, case))


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
    return [line for line in exposition.splitlines() if "http_requests" in line]


def _shortened_card(card: dict[str, Any]) -> dict[str, Any]:  # Any: JSON
    """The card with one window and three candidates."""
    for evaluated in (card["evaluation"], card["history"]):
        evaluated["metrics"] = dict(list(evaluated["metrics"].items())[:3])
    return {
        **card,
        "refitted_on": card["refitted_on"][-1:],
        "intervals": {**card["intervals"], "ratios": card["intervals"]["ratios"][::20]},
        "evaluation": {**card["evaluation"], "fitted_on": card["evaluation"]["fitted_on"][-1:]},
    }


if __name__ == "__main__":
    logging.disable()
    ANSWERS.write_text(json.dumps(record(), indent=1, ensure_ascii=False) + "\n")
    os._exit(0)  # DuckDB's binding reports its own reference counts while the interpreter shuts down
