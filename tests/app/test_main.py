"""Start, readiness, and what an operator sees when the service refuses to start."""

import json
import os
import subprocess
import sys

import httpx
import pytest
from starlette.testclient import TestClient

from app.main import create_app
from scripts.cases import EXAMPLES
from tests.support import ROOT, free_port, running_service, small_model


def refused(tmp_path, **variables):
    """The events that ``uvicorn app:app`` writes, and its exit code."""
    finished = subprocess.run(
        [
            sys.executable,
            "-m",
            "uvicorn",
            "app:app",
            "--app-dir",
            ROOT,
            "--port",
            str(free_port()),
            "--log-level",
            "warning",
        ],
        env={"PATH": os.environ["PATH"], **variables},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return [json.loads(line) for line in finished.stderr.splitlines()], finished.returncode


def test_a_refused_start_is_one_line_and_an_exit_code(tmp_path):
    (event,), exit_code = refused(tmp_path, MODEL_DIR=str(small_model(tmp_path)), GROQ_TIMEOUT_SECONDS="soon")

    assert exit_code == 3
    assert event["event"] == "start.refused"
    assert event["reason"].startswith("GROQ_TIMEOUT_SECONDS='soon' is refused: Input should be a valid number")


def test_a_missing_model_stops_the_start_and_says_how_to_mend_it(tmp_path):
    (event,), exit_code = refused(tmp_path)

    assert exit_code == 3
    assert "model.pkl cannot be read" in event["reason"]
    assert "python -m training" in event["reason"]


def test_an_unverified_model_needs_a_word(tmp_path):
    (small_model(tmp_path) / "model_card.json").unlink()

    (event,), _ = refused(tmp_path, MODEL_DIR=str(tmp_path))

    assert "ALLOW_UNVERIFIED_MODEL=1" in event["reason"]


def test_an_unverified_model_is_served_with_a_warning(start, tmp_path):
    (small_model(tmp_path) / "model_card.json").unlink()

    client = start(model_dir=tmp_path, allow_unverified_model=True)

    card = client.get("/model").json()
    assert card["verified"] is False
    assert card["warnings"][0].startswith("model.pkl is unverified")
    assert client.post("/predict_customer_value", json=EXAMPLES["at_risk"]).status_code == 200


def test_a_real_process_answers(model_dir):
    with running_service(model_dir=model_dir) as base_url:
        answer = httpx.post(f"{base_url}/predict_customer_value", json=EXAMPLES["new_customer"])

    assert answer.json()["customer_segment"] == "New Customer"


def test_model_card_is_shown_with_what_to_know_about_it(client):
    card = client.get("/model").json()

    assert card["model_version"] == "small-1"
    assert card["horizon_days"] == 30
    assert len(card["features"]) == 6
    assert (card["verified"], card["warnings"], card["currency"]) == (True, [], "GBP")


def test_health_depends_on_nothing_and_ready_on_the_model():
    """A host restarts what is not healthy, and only waits for what is not ready."""
    client = TestClient(create_app())  # not entered: the lifespan has not run

    assert client.get("/health").json() == {"status": "ok"}
    for answer in (client.get("/ready"), client.post("/predict_customer_value", json=EXAMPLES["at_risk"])):
        assert answer.status_code == 503
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["retry-after"] == "5"


def test_ready_names_the_model(client):
    ready = client.get("/ready").json()

    assert (ready["status"], ready["model_version"], ready["example"]) == ("ready", "small-1", False)
    assert ready["another_on_disk"] is False


@pytest.mark.parametrize("level", ["DEBUG", "ERROR"])
def test_libraries_stay_quiet_at_any_level(start, capsys, level):
    """An HTTP client at debug level would write whole prompts."""
    import logging

    start(log_level=level)
    logging.getLogger("groq").info("a prompt")

    assert "a prompt" not in capsys.readouterr().err
