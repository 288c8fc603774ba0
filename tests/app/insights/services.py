"""Real services with a log to look into, one after another without paying for the imports each time."""

import asyncio
import multiprocessing
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import uvicorn

from tests.support import free_port

CONNECTIONS = 16
START_SECONDS = 30
KEY = "gsk_this_is_the_secret_key"
# Imports the service once; every start is a fork of that.
STARTER = multiprocessing.get_context("forkserver")
STARTER.set_forkserver_preload(["app", "sklearn.linear_model", "sklearn.pipeline", "app.insights.llm", __name__])


@dataclass(frozen=True)
class Service:
    """A running service and everything that it has written to its log."""

    url: str
    log: Path

    def ask(self, features: Sequence[float], mode: str = "auto", customer_id: str = "1") -> dict[str, Any]:
        """One answer."""
        response = httpx.post(
            f"{self.url}/predict_customer_value?insight={mode}",
            json={"customer_id": customer_id, "features": list(features)},
            timeout=30,
        )
        answer: dict[str, Any] = response.raise_for_status().json()
        return answer

    def ask_for_all(self, customers: Sequence[Sequence[float]], mode: str = "auto") -> list[httpx.Response]:
        """One answer for each customer, at sixteen connections."""
        return asyncio.run(self._ask_for_all(customers, mode))

    def usage(self) -> dict[str, Any]:
        """What GET /usage says."""
        report: dict[str, Any] = httpx.get(f"{self.url}/usage").raise_for_status().json()
        return report

    async def _ask_for_all(self, customers: Sequence[Sequence[float]], mode: str) -> list[httpx.Response]:
        limits = httpx.Limits(max_connections=CONNECTIONS)
        async with httpx.AsyncClient(base_url=self.url, limits=limits, timeout=60) as client:
            return await asyncio.gather(
                *(
                    client.post(
                        f"/predict_customer_value?insight={mode}",
                        json={"customer_id": f"secret-customer-{number}", "features": list(features)},
                    )
                    for number, features in enumerate(customers)
                )
            )


@contextmanager
def service_against(groq_url: str, model_dir: Path, scratch: Path, **settings: str) -> Iterator[Service]:
    """``uvicorn app:app`` on a free port with Groq at this address; it sees the given variables only."""
    service = Service(f"http://127.0.0.1:{free_port()}", scratch / "service.log")
    variables = {
        "MODEL_DIR": str(model_dir),
        "GROQ_API_KEY": KEY,
        "GROQ_BASE_URL": groq_url,
        "GROQ_TIMEOUT_SECONDS": "1",
        "INSIGHT_BUDGET_MS": "500",
        # whoever turns the level down must not find more than events either
        "LOG_LEVEL": "DEBUG",
        **settings,
    }
    process = STARTER.Process(target=_serve, args=(service, variables, scratch))
    process.start()
    try:
        _wait_until_ready(service)
        yield service
    finally:
        process.terminate()
        process.join(timeout=20)
        assert process.exitcode is not None, "the service did not stop"


def _serve(service: Service, variables: dict[str, str], scratch: Path) -> None:
    os.environ.clear()
    os.environ.update(variables)
    os.chdir(scratch)
    log = os.open(service.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(log, 1)
    os.dup2(log, 2)
    uvicorn.run("app:app", port=int(service.url.rpartition(":")[2]))


def _wait_until_ready(service: Service) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        try:
            if httpx.get(f"{service.url}/ready").status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.02)
    raise TimeoutError(f"the service was not ready: {service.log.read_text()}")
