"""``python -m benchmarks.faults``: what callers see while workers die, the disk fills, and all that it leans on fails.

Two workers, a Redis and a language model that is imitated are asked at half of their peak rate, each request on a
connection of its own, and every number of an answer is compared with that of the same set in peace. Then come reloads
and SIGTERMs to workers. As root the disk is a tmpfs that is filled to its last page; redis-server must be installed.
"""

import argparse
import http.client
import json
import os
import random
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from starlette.testclient import TestClient

from app.main import create_app
from app.settings import Settings
from model.artifact.card import ModelCard
from model.artifact.self_test import SelfTest
from model.artifact.store import CARD_FILE, HISTORY_FILE, MODEL_FILE, Artifact, save_artifact
from model.prediction.model_set import load_model_set
from model.prediction.predictor import Predictor
from scripts.cases import EXAMPLES, ORDERS_EXAMPLES
from tests.app.insights.redis_server import PASSWORD, address
from tests.groq_server import FakeGroq, fake_groq
from tests.support import ROOT, free_port

ADMIN = "the-admin-key"
WORKERS, CALLERS, TMPFS_MB = 2, 8, 64
ASKED: Mapping[str, Any] = {  # Any: JSON
    "/predict_customer_value": next(iter(EXAMPLES.values())),
    "/predict_customer_values": [*EXAMPLES.values()] * 10,
    "/predict_from_orders": ORDERS_EXAMPLES["regular"],
}
# Of ten requests; whole histories take ten times as long as the others.
TURNS = ("/predict_customer_value",) * 7 + ("/predict_customer_values",) * 2 + ("/predict_from_orders",)
NUMBERS = ("customer_id", "predicted_future_spend_30d", "purchase_probability_30d", "model_version")
RIGHT, WRONG, REFUSED, ERROR, LOST = "right", "wrong", "refused", "error", "lost"
PATIENCE_SECONDS, LATE_SECONDS = 60, 5


class Seen(NamedTuple):
    """One request: when it was over and how long it took (seconds), what became of it, and by which set or why."""

    moment: float
    seconds: float
    outcome: str
    detail: str


@dataclass
class Load:
    """Callers that ask without pause, or at a rate, and what became of each request: see ``Seen``."""

    port: int
    expected: Mapping[str, Mapping[str, Any]]
    rate: float | None = None
    seen: list[Seen] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def going(self) -> Iterator[None]:
        """While the block lasts."""
        callers = [threading.Thread(target=self._call, args=(place,)) for place in range(CALLERS)]
        for caller in callers:
            caller.start()
        try:
            yield
        finally:
            self.stop.set()
            for caller in callers:
                caller.join()

    def _call(self, seed: int) -> None:
        turns = random.Random(seed)
        while not self.stop.is_set():
            started = time.monotonic()
            outcome, detail = self.ask(turns.choice(TURNS))
            ended = time.monotonic()
            self.seen.append(Seen(ended, ended - started, outcome, detail))
            if self.rate is not None:
                self.stop.wait(max(0.0, CALLERS / self.rate - (time.monotonic() - started)))

    def ask(self, path: str) -> tuple[str, str]:
        """One request, and what became of it."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_SECONDS)
        try:
            headers = {"Content-Type": "application/json", "Connection": "close"}
            connection.request("POST", path, json.dumps(ASKED[path]), headers)
            answer = connection.getresponse()
            body = answer.read()
        except (OSError, http.client.HTTPException) as error:
            return LOST, f"{path}: {type(error).__name__}"
        finally:
            connection.close()
        if answer.status in (429, 503) and answer.headers["Retry-After"]:
            return REFUSED, f"{path}: {answer.status}"
        if answer.status != 200:
            return ERROR, f"{path}: {answer.status} {body[:120]!r}"
        told = numbers(json.loads(body))
        version = (told[0] if isinstance(told, list) else told)["model_version"]
        return (RIGHT, version) if told == self.expected[version][path] else (WRONG, f"{path}: {body[:120]!r}")


def numbers(answer: Any) -> Any:  # Any: JSON
    """What every answer of a set has alike, whoever words it."""
    if isinstance(answer, list):
        return [numbers(each) for each in answer]
    return {name: answer[name] for name in NUMBERS}


def two_sets(folder: Path) -> dict[str, Path]:
    """The included set, and one that lets nobody spend more than 20."""
    committed = load_model_set(ROOT / "model")
    history = (ROOT / "model" / HISTORY_FILE).read_bytes()
    sets = {}
    for version, most in (("first", None), ("second", 20.0)):
        card: ModelCard = committed.artifact.card.model_copy(update={"model_version": version})
        if most is not None and (self_test := card.self_test) is not None:
            guardrails = card.guardrails.model_copy(update={"max_spend": most})
            card = card.model_copy(update={"guardrails": guardrails})
            features = np.column_stack(list(self_test.columns.values()))
            forecast = Predictor(Artifact(committed.artifact.regressor, card)).forecast(features)
            told = SelfTest.of(self_test.columns, forecast.spend, forecast.probability)
            card = card.model_copy(update={"self_test": told})
        sets[version] = folder / version
        save_artifact(sets[version], (ROOT / "model" / MODEL_FILE).read_bytes(), card, {HISTORY_FILE: history})
    return sets


def in_peace(directory: Path) -> dict[str, Any]:  # Any: JSON
    """What a set answers when nothing fails, by path."""
    settings = Settings(_env_file=None, model_dir=directory, groq_api_key=None, log_level="ERROR")
    with TestClient(create_app(settings)) as client:
        return {path: numbers(client.post(path, json=body).raise_for_status().json()) for path, body in ASKED.items()}


@dataclass
class Stage:
    """What runs, and what can be done to it."""

    parent: subprocess.Popen[bytes]
    port: int
    sets: Mapping[str, Path]
    directory: Path
    redis_port: int
    groq: FakeGroq
    redis: subprocess.Popen[bytes]
    log: Path

    def answered(self) -> int:
        """How many of our requests the log says to be answered."""
        lines = (line for line in self.log.read_text().splitlines() if '"request.finished"' in line)
        finished = (json.loads(line) for line in lines)
        return sum(each["route"] in ASKED and each["status"] == 200 for each in finished)

    def workers(self) -> list[int]:
        """The processes that answer; uvicorn has another child, which watches over shared memory."""
        children = Path(f"/proc/{self.parent.pid}/task/{self.parent.pid}/children").read_text().split()
        return [int(pid) for pid in children if b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()]

    def starts(self) -> int:
        """How many workers have begun to answer, ever."""
        return self.log.read_text().count('"service.started"')

    def put(self, version: str) -> None:
        """Replace the set on disk, as a training does."""
        files = {name: (self.sets[version] / name).read_bytes() for name in (MODEL_FILE, HISTORY_FILE, CARD_FILE)}
        card = ModelCard.model_validate_json(files[CARD_FILE])
        save_artifact(self.directory, files[MODEL_FILE], card, {HISTORY_FILE: files[HISTORY_FILE]})

    def reload(self) -> int:
        """The status of one reload, which reaches one worker."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_SECONDS)
        connection.request("POST", "/admin/reload", headers={"X-API-Key": ADMIN, "Connection": "close"})
        return connection.getresponse().status

    def kill_a_worker(self) -> None:
        """One dies at once."""
        os.kill(self.workers()[0], signal.SIGKILL)

    def kill_all_workers(self) -> None:
        """All die at once."""
        for pid in self.workers():
            os.kill(pid, signal.SIGKILL)

    def kill_redis(self) -> None:
        """Redis is gone for three seconds."""
        self.redis.kill()
        self.redis.wait()
        time.sleep(3)
        self.redis = start_redis(self.redis_port)

    def stop_redis(self) -> None:
        """Redis takes connections and says nothing, for three seconds."""
        self.redis.send_signal(signal.SIGSTOP)
        time.sleep(3)
        self.redis.send_signal(signal.SIGCONT)

    def fill_the_disk(self) -> None:
        """Sets and uploads find no room."""
        filler = self.directory.parent / "filler"
        with suppress(OSError), filler.open("wb", buffering=0) as file:
            while os.path.ismount(self.directory.parent):
                file.write(bytes(4096))
        with suppress(OSError):
            self.put("second")  # a training that finds no room
        print("  a list on a full disk:", *rank(self.port))
        time.sleep(3)
        filler.unlink()

    def corrupt_the_set(self) -> None:
        """Each file in turn is half of itself, while reloads are asked for."""
        for name in (MODEL_FILE, CARD_FILE, HISTORY_FILE):
            path = self.directory / name
            good = path.read_bytes()
            path.write_bytes(good[: len(good) // 2])
            told = [self.reload() for _ in range(10)]
            for pid in self.workers():
                os.kill(pid, signal.SIGHUP)
            print(f"  half of {name}: reloads answered", dict(Counter(told)))
            time.sleep(1)
            path.write_bytes(good)
        if {self.reload() for _ in range(10)} != {200}:
            raise SystemExit("the mended set is refused")

    def hang_groq(self) -> None:
        """The language model takes calls and says nothing."""
        self.groq.behave("hang")
        time.sleep(6)
        self.groq.behave("good")

    def send_half_requests(self) -> None:
        """Heads and bodies that never end, a hundred at a time."""
        head = b"POST /predict_customer_value HTTP/1.1\r\nHost: shop\r\nContent-Length: 400"
        head += b"\r\nContent-Type: application/json"
        connections = []
        for place in range(100):
            connection = socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE_SECONDS)
            connection.sendall(head[: 10 + place] if place % 2 else head + b'\r\n\r\n{"customer_id": "1", "fea')
            connections.append(connection)
        time.sleep(4)
        for connection in connections:
            connection.close()

    def replace_workers(self) -> None:
        """A rolling restart by the parent, as SIGHUP asks for it."""
        before = set(self.workers())
        self.parent.send_signal(signal.SIGHUP)
        time.sleep(20)
        print(f"  replaced: {len(before - set(self.workers()))} of {WORKERS}")  # a new one has five seconds to start


def rank(port: int) -> tuple[int, bytes]:
    """Status and detail of a list of the sample shop."""
    content = (ROOT / "app" / "web" / "static" / "sample_orders.csv").read_bytes()
    body = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n' + content + b"\r\n--x--\r\n"
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)
    headers = {"Content-Type": "multipart/form-data; boundary=x", "Connection": "close"}
    with suppress(BrokenPipeError):
        connection.request("POST", "/rank_customers", body, headers)
    try:
        answer = connection.getresponse()
    except OSError as error:
        return 0, type(error).__name__.encode()
    retry_after = answer.headers["Retry-After"]
    return answer.status, f"Retry-After: {retry_after} ".encode() * (retry_after is not None) + answer.read()[:200]


def start_redis(port: int) -> subprocess.Popen[bytes]:
    """A Redis with a password and nothing on disk, that answers."""
    options = ["--port", str(port), "--save", "", "--appendonly", "no", "--requirepass", PASSWORD]
    process = subprocess.Popen(["redis-server", *options], stdout=subprocess.DEVNULL)
    wait_until(lambda: answers(port))
    return process


def answers(port: int) -> bool:
    """Whether somebody listens there."""
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


def wait_until(is_true: Callable[[], bool], seconds: float = 90) -> None:
    """Ask again and again; ends the program where it never becomes true."""
    deadline = time.monotonic() + seconds
    while not is_true():
        if time.monotonic() > deadline:
            raise SystemExit("it never became true")
        time.sleep(0.05)


@contextmanager
def small_disk(scratch: Path) -> Iterator[Path]:
    """A folder on a disk of a few megabytes, where we may mount one; else a folder."""
    folder = scratch / "disk"
    folder.mkdir()
    options = ["-t", "tmpfs", "-o", f"size={TMPFS_MB}m", "none"]
    mounted = subprocess.run(["mount", *options, str(folder)], capture_output=True, check=False).returncode == 0
    if not mounted:
        print("no right to mount: the disk stays empty")
    try:
        yield folder
    finally:
        if mounted:
            subprocess.run(["umount", "--lazy", str(folder)], check=False)


@contextmanager
def running(scratch: Path) -> Iterator[Stage]:
    """Redis, the imitated model and two workers, up and warm."""
    sets, port, redis_port = two_sets(scratch), free_port(), free_port()
    with small_disk(scratch) as disk, fake_groq() as groq, (scratch / "log").open("w") as log:
        directory = Path(shutil.copytree(sets["first"], disk / "set"))
        (disk / "tmp").mkdir()
        env = {
            "PATH": os.environ["PATH"], "MODEL_DIR": str(directory), "TMPDIR": str(disk / "tmp"), "ADMIN_KEY": ADMIN,
            "GROQ_API_KEY": "a-key", "GROQ_BASE_URL": groq.url, "REDIS_URL": address(redis_port),
            "GROQ_TIMEOUT_SECONDS": "2", "INSIGHT_BUDGET_MS": "500",
        }  # fmt: skip
        command = [sys.executable, "-m", "uvicorn", "app:app", "--app-dir", str(ROOT), "--port", str(port)]
        command += ["--workers", str(WORKERS), "--log-level", "warning"]
        redis = start_redis(redis_port)
        parent = subprocess.Popen(command, env=env, cwd=scratch, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        stage = Stage(parent, port, sets, directory, redis_port, groq, redis, scratch / "log")
        try:
            wait_until(lambda: answers(port) and len(stage.workers()) == WORKERS)
            yield stage
        finally:
            parent.terminate()
            parent.wait(timeout=60)
            stage.redis.kill()
            stage.redis.wait()


def faults(stage: Stage, load: Load, seconds: float) -> None:
    """One fault after another, each with the time to see what follows."""
    acts = (
        stage.kill_a_worker, stage.kill_all_workers, stage.kill_redis, stage.stop_redis, stage.fill_the_disk,
        stage.corrupt_the_set, stage.hang_groq, stage.send_half_requests, stage.replace_workers,
    )  # fmt: skip
    titles = ("asked", "right", "wrong", "refused", "errors", "lost", "slowest s", "recovery s")
    print(f"{'fault':<22}", *(f"{title:>10}" for title in titles))
    for act in acts:
        began, first = time.monotonic(), len(load.seen)
        act()
        ended = time.monotonic()
        time.sleep(max(5.0, seconds / len(acts) - (ended - began)))
        print_row(act.__name__, load.seen[first:], ended)


def signals(stage: Stage, load: Load, times: int) -> None:
    """Reloads in turn, then SIGTERM to one worker after another."""
    first, statuses = len(load.seen), Counter[int]()
    for turn in range(times):
        stage.put(("second", "first")[turn % 2])
        statuses[stage.reload()] += 1
        time.sleep(0.2)
    print_row(f"{times} reloads", load.seen[first:], time.monotonic())
    versions = Counter(each.detail for each in load.seen[first:] if each.outcome == RIGHT)
    print("  reloads answered", dict(statuses), "and answers by", dict(versions))
    first = len(load.seen)
    for _ in range(times):
        starts = stage.starts()
        os.kill(stage.workers()[0], signal.SIGTERM)
        wait_until(lambda: stage.starts() > starts)  # noqa: B023 - asked within its turn
    print_row(f"{times} SIGTERM", load.seen[first:], time.monotonic())


def print_row(name: str, seen: list[Seen], ended: float) -> None:
    """What became of the requests, and until how long after the fault any was not answered, or answered late."""
    counted = Counter(each.outcome for each in seen)
    bad = [each.moment for each in seen if each.outcome != RIGHT or each.seconds > LATE_SECONDS]
    recovery = max(0.0, bad[-1] - ended) if bad else 0.0
    slowest = max((each.seconds for each in seen), default=0.0)
    counts = (len(seen), *(counted[outcome] for outcome in (RIGHT, WRONG, REFUSED, ERROR, LOST)))
    print(f"{name:<22}", *(f"{count:>10,}" for count in counts), f"{slowest:>10.1f} {recovery:>10.1f}", flush=True)
    reasons = Counter(each.detail for each in seen if each.outcome not in (RIGHT, REFUSED))
    for detail, count in reasons.most_common(8):
        print(f"  {count} x {detail}")


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.faults", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10, help="of faults (%(default)s)")
    parser.add_argument("--signals", type=int, default=50, help="reloads, and SIGTERMs (%(default)s)")
    parser.add_argument("--rate", type=float, help="requests per second (default: half of the peak)")
    chosen = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder, running(Path(folder)) as stage:
        expected = {version: in_peace(directory) for version, directory in stage.sets.items()}
        rate = chosen.rate or peak(stage, expected) / 2
        print(f"{rate:.0f} requests/s")
        load, before = Load(stage.port, expected, rate), stage.answered()
        with load.going():
            time.sleep(2)
            if chosen.minutes:
                faults(stage, load, chosen.minutes * 60)
            if chosen.signals:
                signals(stage, load, chosen.signals)
        logged = stage.answered() - before
    outcomes = Counter(each.outcome for each in load.seen)
    print("altogether", dict(outcomes))
    # Who was killed with a request in hand has logged nothing; whoever has read one and ends by SIGTERM, answers it.
    print(f"{logged} answers are in the log, and {outcomes[RIGHT] + outcomes[WRONG]} came")
    return 1 if outcomes[WRONG] or outcomes[ERROR] else 0


def peak(stage: Stage, expected: Mapping[str, Mapping[str, Any]]) -> float:
    """Requests per second of callers that ask without pause: the median of a few seconds, after a warm-up."""
    load = Load(stage.port, expected)
    with load.going():
        time.sleep(5)
        first = len(load.seen)
        time.sleep(5)
    seconds = Counter(int(each.moment) for each in load.seen[first:])
    return statistics.median(seconds.values())


if __name__ == "__main__":
    sys.exit(main())
