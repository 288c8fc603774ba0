"""What tests of several folders share: a small model, a real server, and the tools that not every machine has."""

import hashlib
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn
from urllib.parse import urlsplit

import httpx
import numpy as np
import pytest
from sklearn.linear_model import Lasso
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from model import Artifact, ModelCard, Predictor, save_artifact
from model.artifact.card import feature_entries
from model.artifact.inputs import LoadedPipeline
from model.artifact.linear import LinearParts
from model.artifact.self_test import SelfTest
from model.artifact.store import dump_pipeline, library_versions
from model.features.definitions import FEATURE_NAMES
from model.segments import SegmentThresholds

ROOT = Path(__file__).parent.parent
START_SECONDS = 60


def skip_or_fail(reason: str) -> NoReturn:
    """Skip by name where a tool is missing; in CI, where everything must be there, fail."""
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


def require_node_tool(tool: Path, *, oldest_node: int = 20) -> None:
    """Skip, or fail, where npm has not installed a tool or node is too old for it."""
    if shutil.which("node") is None:
        skip_or_fail(f"{tool.name} needs node {oldest_node} or newer, none found")
    if not tool.exists():
        skip_or_fail(f"{tool.name} is missing: npm --prefix {tool.parents[2].relative_to(ROOT)} ci")
    version = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout.strip()
    if int(version[1:].partition(".")[0]) < oldest_node:
        skip_or_fail(f"{tool.name} needs node {oldest_node} or newer, {version} found")


NUMBER = re.compile(r"-?\d[\d,]*\.?\d*")


def told_alike(text: str, other: str) -> bool:
    """Whether two texts have the same words, and numbers that differ by less than a hundredth, as processors may."""
    words, other_words = (re.sub(r"\s+", " ", NUMBER.sub("#", each)).strip() for each in (text, other))
    numbers, other_numbers = ([float(each.replace(",", "")) for each in NUMBER.findall(part)] for part in (text, other))
    return words == other_words and numbers == pytest.approx(other_numbers, rel=0.01, abs=0.01)


SMALL_THRESHOLDS = SegmentThresholds(
    lapsed_after_days=160, high_expected_spend=1000, median_expected_spend=100, high_order_value=415
)


def small_model(directory: Path, *, share: float = 0.2, **card_fields: object) -> Path:
    """A fitted pipeline with its card: spend is a share of what was spent before; what is not given is the default."""
    features = np.random.default_rng(0).gamma(2, [1000, 100, 3, 300, 20, 30], (200, 6))
    pipeline = make_pipeline(StandardScaler(), Lasso(alpha=0.1)).fit(features, features[:, 0] * share)
    pickled = dump_pipeline(pipeline)
    card = ModelCard(
        model_version="small-1",
        model_sha256=hashlib.sha256(pickled).hexdigest(),
        trained_at=datetime(2026, 1, 1, tzinfo=UTC),
        estimator="Lasso",
        features=feature_entries(),
        segments=SMALL_THRESHOLDS,
        libraries=library_versions(),
        linear=LinearParts.of(pipeline),
    ).model_copy(update=card_fields)
    predictor = Predictor(Artifact(card.linear or LoadedPipeline.of(pipeline), card))
    forecast = predictor.forecast(features[:3])
    columns = dict(zip(FEATURE_NAMES, features[:3].T, strict=True))
    asked = SelfTest.of(columns, forecast.spend, forecast.probability)
    save_artifact(directory, pickled, card.model_copy(update={"self_test": asked, **card_fields}))
    return directory


@contextmanager
def running_service(env: dict[str, str] | None = None, *, model_dir: Path | None = None) -> Iterator[str]:
    """A real ``uvicorn app:app`` on a free port, ready to answer; gives its base URL.

    It sees the given variables only, and no ``.env``. The committed model is served where no other is named.
    """
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", "app:app", "--app-dir", str(ROOT), "--port", str(port)]
    variables = {"MODEL_DIR": str(model_dir or ROOT / "model"), **(env or {})}
    with running(command, variables, f"http://127.0.0.1:{port}") as base_url:
        yield base_url


@contextmanager
def running(command: list[str], env: dict[str, str], base_url: str, *, cwd: Path | None = None) -> Iterator[str]:
    """A server process in a clean environment, from its first answer to /ready until the block ends."""
    with tempfile.TemporaryDirectory() as scratch, (Path(scratch) / "log").open("w+") as log:
        process = subprocess.Popen(
            command, env={"PATH": os.environ["PATH"], **env}, cwd=cwd or scratch, stdout=log, stderr=log
        )
        try:
            _wait_until_ready(process, base_url, Path(scratch) / "log")
            yield base_url
        finally:
            process.terminate()
            process.wait(timeout=20)


@contextmanager
def begun_post(base_url: str, path: str, length: int, *headers: str) -> Iterator[socket.socket]:
    """A connection that has sent the head of a POST of JSON; the caller sends as much of the body as it likes."""
    address = urlsplit(base_url)
    head = [f"POST {path} HTTP/1.1", "Host: shop", "Content-Type: application/json", f"Content-Length: {length}"]
    with socket.create_connection((str(address.hostname), address.port or 80), timeout=20) as connection:
        connection.sendall("\r\n".join([*head, *headers, "", ""]).encode())
        yield connection


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def _wait_until_ready(process: subprocess.Popen[bytes], base_url: str, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            pytest.fail(f"the service ended with exit code {process.returncode}:\n{log.read_text()}")
        try:
            if httpx.get(f"{base_url}/ready").status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    pytest.fail(f"the service was not ready within {START_SECONDS} s:\n{log.read_text()}")
