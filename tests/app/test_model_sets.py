"""One set answers at a time; another takes its place whole, or not at all."""

import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from starlette.testclient import TestClient

from app.main import create_app
from app.settings import Settings
from model.artifact.store import CARD_FILE, HISTORY_FILE, MODEL_FILE, load_artifact
from model.prediction.model_set import fingerprint_of
from scripts.cases import ORDERS_EXAMPLES, SHOP
from tests.app.in_process import in_service
from tests.support import ROOT, free_port, small_model
from training.__main__ import main

ONE, RELOAD = "/predict_customer_value", "/admin/reload"
ADMIN = {"X-API-Key": "the-admin-key"}
# Without guardrails that hold, spend is the share of 1,000, see ``small_model``.
CUSTOMER = {"customer_id": "1", "features": [1000, 100, 10, 60, 12, 10]}
SHARES = {"first": 0.2, "second": 0.4, "third": 0.1}


def put(directory: Path, version: str) -> Path:
    """A set whose answers tell which it is."""
    return small_model(directory, model_version=version, share=SHARES[version])


def assert_answers_by(client, version: str) -> None:
    answer = client.post(ONE, json=CUSTOMER).json()
    assert answer["model_version"] == version
    assert answer["predicted_future_spend_30d"] == pytest.approx(1000 * SHARES[version], rel=0.02)


def committed(directory: Path) -> Path:
    directory.mkdir(exist_ok=True)
    for name in (MODEL_FILE, CARD_FILE, HISTORY_FILE):
        shutil.copy(ROOT / "model" / name, directory / name)
    return directory


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return put(tmp_path / "set", "first")


def test_what_is_trained_beside_it_changes_nothing_until_it_is_reloaded(start, directory):
    client = start(model_dir=directory, admin_key="the-admin-key")
    assert client.get("/ready").json()["another_on_disk"] is False

    put(directory, "second")

    assert_answers_by(client, "first")
    assert client.get("/model").json()["model_version"] == "first"
    ready = client.get("/ready").json()
    assert (ready["model_version"], ready["another_on_disk"]) == ("first", True)

    answer = client.post(RELOAD, headers=ADMIN)

    assert answer.status_code == 200
    assert answer.json() == {"model_version": "second", "previous_version": "first", "warnings": []}
    assert_answers_by(client, "second")
    ready = client.get("/ready").json()
    assert (ready["model_version"], ready["another_on_disk"]) == ("second", False)


def test_whole_histories_are_answered_by_the_set_in_memory(start, tmp_path):
    """Lists and order lines once failed from a training to the next start, while /ready stayed green."""
    client = start(model_dir=committed(tmp_path / "set"))
    put(tmp_path / "set", "second")
    (tmp_path / "set" / HISTORY_FILE).unlink()

    for path, body in (("/predict_from_orders", ORDERS_EXAMPLES["regular"]), ("/rank_customers?model=loaded", SHOP)):
        assert client.post(path, json=body).status_code == 200


def test_history_models_are_exchanged_too(start, tmp_path):
    client = start(model_dir=committed(tmp_path / "set"), admin_key="the-admin-key")
    before = client.post("/predict_from_orders", json=ORDERS_EXAMPLES["regular"]).json()
    put(tmp_path / "set", "second")
    assert client.post(RELOAD, headers=ADMIN).status_code == 200

    assert client.post("/predict_from_orders", json=ORDERS_EXAMPLES["regular"]).status_code == 503

    committed(tmp_path / "set")
    assert client.post(RELOAD, headers=ADMIN).json()["previous_version"] == "second"
    assert client.post("/predict_from_orders", json=ORDERS_EXAMPLES["regular"]).json() == before


def damaged(directory: Path, how: str) -> None:
    """Break the set that lies there."""
    card, pickled = directory / CARD_FILE, directory / MODEL_FILE
    match how:
        case "no_set":
            shutil.rmtree(directory)
        case "no_card":
            card.unlink()
        case "no_pickle":
            pickled.unlink()
        case "half_a_card":
            card.write_bytes(card.read_bytes()[:700])
        case "another_pickle":
            pickled.write_bytes(b"broken")
        case "a_directory":
            pickled.unlink()
            pickled.mkdir()
        case "another_horizon":
            card.write_text(card.read_text().replace('"horizon_days": 30', '"horizon_days": 60'))
        case "other_answers":
            told = json.loads(card.read_text())
            told["self_test"]["spend"][0] += 1
            card.write_text(json.dumps(told))
        case "a_column_less":
            told = json.loads(card.read_text())
            del told["self_test"]["features"]["recency_days"]
            card.write_text(json.dumps(told))


DAMAGES = {
    "no_set": "model.pkl cannot be read",
    "no_card": "has no model_card.json beside it",
    "no_pickle": "model.pkl cannot be read",
    "half_a_card": "is no model card",
    "another_pickle": "has SHA-256",
    "a_directory": "model.pkl cannot be read",
    "another_horizon": "forecasts 60 days",
    "other_answers": "fails its self-test",
    "a_column_less": "KeyError",
}


@pytest.mark.parametrize("how", DAMAGES)
def test_a_bad_set_changes_nothing_and_the_answer_says_why(start, directory, how):
    client = start(model_dir=directory, admin_key="the-admin-key")
    put(directory, "second")
    damaged(directory, how)

    answer = client.post(RELOAD, headers=ADMIN)

    assert answer.status_code == 409
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail"].startswith("Nothing has changed: ")
    assert DAMAGES[how] in answer.json()["detail"]
    assert_answers_by(client, "first")


def test_a_history_model_that_fails_is_refused_with_the_whole_set(start, tmp_path):
    client = start(model_dir=put(tmp_path / "set", "first"), admin_key="the-admin-key")
    path = committed(tmp_path / "set") / HISTORY_FILE
    path.write_bytes(path.read_bytes().replace(b'"active_days": 90', b'"active_days": 91'))

    assert "history_model.json has SHA-256" in client.post(RELOAD, headers=ADMIN).json()["detail"]
    assert_answers_by(client, "first")


@pytest.mark.parametrize(
    ("variables", "headers", "status"),
    [
        ({}, {}, 404),
        ({}, ADMIN, 404),
        ({"api_keys": "shop"}, {"X-API-Key": "shop"}, 404),
        ({"admin_key": "the-admin-key"}, {}, 401),
        ({"admin_key": "the-admin-key", "api_keys": "shop"}, {"X-API-Key": "shop"}, 401),
        ({"admin_key": "the-admin-key", "api_keys": "shop"}, {"Authorization": "Bearer the-admin-key"}, 200),
        ({"admin_key": "the-admin-key", "api_keys": "shop"}, ADMIN, 200),
    ],
)
def test_an_administrator_alone_reloads(start, variables, headers, status):
    answer = start(**variables).post(RELOAD, headers=headers)

    assert answer.status_code == status
    assert ("www-authenticate" in answer.headers) == (status == 401)


def test_no_answer_is_mixed_of_two_sets_while_they_change(directory, tmp_path):
    """Single answers and batches, asked while sets are exchanged: version and numbers are always of one set."""
    others = [put(tmp_path / version, version) for version in SHARES]

    async def scenario(_, client):
        stop, seen = asyncio.Event(), set()

        async def ask(path, body):
            while not stop.is_set():
                await asyncio.sleep(0)  # a single answer waits for nothing, and nobody else would have a turn
                answers = (await client.post(path, json=body)).json()
                for answer in answers if isinstance(answers, list) else [answers]:
                    version = answer["model_version"]
                    assert answer["predicted_future_spend_30d"] == pytest.approx(1000 * SHARES[version], rel=0.02)
                    seen.add(version)

        askers = [asyncio.create_task(ask(ONE, CUSTOMER)) for _ in range(3)]
        askers.append(asyncio.create_task(ask("/predict_customer_values", [CUSTOMER] * 700)))
        for turn in range(30):
            shutil.copytree(others[turn % len(others)], directory, dirs_exist_ok=True)
            assert (await client.post(RELOAD, headers=ADMIN)).status_code == 200
        stop.set()
        await asyncio.gather(*askers)
        assert seen == set(SHARES)

    in_service(scenario, directory, admin_key="the-admin-key")


class Reloading(RuleBasedStateMachine):
    """Whatever lies in the folder and whoever asks for it, the service answers by the last good set that it took."""

    @initialize()
    def start_service(self) -> None:
        self.stack = ExitStack()
        folder = Path(self.stack.enter_context(TemporaryDirectory()))
        self.directory = put(folder / "set", "first")
        self.served, self.lies_there = "first", "first"
        self.fingerprint = fingerprint_of(self.directory)
        chosen = Settings(_env_file=None, model_dir=self.directory, groq_api_key=None, admin_key="the-admin-key")
        self.client = self.stack.enter_context(TestClient(create_app(chosen), raise_server_exceptions=False))

    @rule(version=st.sampled_from(list(SHARES)))
    def train(self, version: str) -> None:
        put(self.directory, version)
        self.lies_there = version

    @rule(how=st.sampled_from([each for each in DAMAGES if each != "a_directory"]))  # nobody trains onto one
    def damage(self, how: str) -> None:
        if self.directory.exists() and self.lies_there is not None:
            damaged(self.directory, how)
            self.lies_there = None

    @rule()
    def restore(self) -> None:
        before = fingerprint_of(self.directory)
        if main(["--restore", "--model-dir", str(self.directory)]) == 0:
            self.lies_there = load_artifact(self.directory).card.model_version
        else:
            assert fingerprint_of(self.directory) == before

    @rule()
    def reload(self) -> None:
        answer = self.client.post(RELOAD, headers=ADMIN)
        assert answer.status_code == (200 if self.lies_there else 409), answer.text
        if self.lies_there:
            assert answer.json()["previous_version"] == self.served
            self.served, self.fingerprint = self.lies_there, fingerprint_of(self.directory)

    @invariant()
    def answers_are_of_the_set_that_was_taken(self) -> None:
        assert_answers_by(self.client, self.served)
        ready = self.client.get("/ready").json()
        assert ready["model_version"] == self.served
        assert ready["another_on_disk"] == (fingerprint_of(self.directory) != self.fingerprint)

    def teardown(self) -> None:
        self.stack.close()


Reloading.TestCase.settings = settings(max_examples=25, stateful_step_count=12, deadline=None)
TestReloading = Reloading.TestCase


@contextmanager
def real_service(directory: Path, *, workers: int = 1) -> Iterator[tuple["subprocess.Popen[bytes]", str]]:
    """``uvicorn app:app`` in a process of its own, and its address; its log lies beside the set."""
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", "app:app", "--app-dir", ROOT, "--port", str(port)]
    environment = {"PATH": os.environ["PATH"], "MODEL_DIR": str(directory), "ADMIN_KEY": ADMIN["X-API-Key"]}
    with (
        (directory.parent / "log").open("w") as log,
        subprocess.Popen(
            [*command, "--workers", str(workers), "--timeout-worker-healthcheck", "60"],
            env=environment,
            cwd=directory.parent,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        ) as process,
    ):
        try:
            wait_until(lambda: ready(f"http://127.0.0.1:{port}") is not None)
            yield process, f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(timeout=30)


def ready(base_url: str) -> dict | None:
    try:
        return httpx.get(f"{base_url}/ready").json()
    except httpx.TransportError:
        return None


def wait_until(is_true: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not is_true():
        assert time.monotonic() < deadline, "it never became true"
        time.sleep(0.05)


def test_sighup_reloads_and_a_bad_set_is_refused(directory):
    with real_service(directory) as (process, base_url):
        put(directory, "second")
        process.send_signal(signal.SIGHUP)
        wait_until(lambda: ready(base_url)["model_version"] == "second")
        assert ready(base_url)["another_on_disk"] is False

        put(directory, "third")
        damaged(directory, "another_pickle")
        process.send_signal(signal.SIGHUP)
        assert httpx.post(base_url + RELOAD, headers=ADMIN).status_code == 409  # after the signal's own, in turn
        told = ready(base_url)
        assert (told["model_version"], told["another_on_disk"]) == ("second", True)
        assert process.poll() is None


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="needs a terminal")
def test_the_end_of_its_terminal_ends_the_service(directory):
    """A service that somebody started by hand does not outlive the window that it was started in."""
    ours, its = os.openpty()
    command = [sys.executable, "-m", "uvicorn", "app:app", "--app-dir", ROOT, "--port", str(port := free_port())]
    environment = {"PATH": os.environ["PATH"], "MODEL_DIR": str(directory)}
    with subprocess.Popen(
        command, env=environment, cwd=directory.parent, stdin=its, stdout=its, stderr=its, start_new_session=True
    ) as process:
        os.close(its)
        wait_until(lambda: ready(f"http://127.0.0.1:{port}") is not None)
        put(directory, "second")
        process.send_signal(signal.SIGHUP)
        wait_until(lambda: ready(f"http://127.0.0.1:{port}")["model_version"] == "second")

        os.close(ours)
        process.send_signal(signal.SIGHUP)

        assert process.wait(timeout=30) in (0, -signal.SIGTERM)


def test_sighup_to_the_parent_of_several_workers_replaces_them_one_by_one(directory):
    with real_service(directory, workers=2) as (process, base_url):
        put(directory, "second")
        process.send_signal(signal.SIGHUP)

        def all_answer_by_the_new() -> bool:
            told = [ready(base_url) for _ in range(20)]
            return all(each is not None and each["model_version"] == "second" for each in told)

        wait_until(all_answer_by_the_new)

        put(directory, "third")
        damaged(directory, "another_pickle")
        process.send_signal(signal.SIGHUP)
        wait_until(lambda: "aborting the restart" in (directory.parent / "log").read_text())
        assert process.poll() is None
        assert ready(base_url)["model_version"] == "second"
