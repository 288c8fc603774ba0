"""A server that speaks Groq's wire format and misbehaves on demand, in a process of its own on a real socket.

It answers as any OpenAI-compatible server as well, at ``/v1``.

    with fake_groq("hang") as groq:
        ...  # GROQ_BASE_URL=groq.url
        assert groq.calls == 1

``python -m tests.groq_server BEHAVIOUR PORT`` starts it by hand.
"""

import asyncio
import json
import os
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

ROOT = Path(__file__).parent.parent
HUGE_BYTES = 5_000_000
SLOW_SECONDS = 0.8
RETRY_AFTER_SECONDS = 7
INSIGHT = "A customer with {num_transactions} worth {total_spend} so far, the last of them {recency_days} ago."
ACTION = "Write to this customer and show what is new in the shop."
# Appears in every text that must never be logged or served.
RAW_TEXT_MARK = "quokka"

COMPLETIONS = frozenset({"/openai/v1/chat/completions", "/v1/chat/completions"})

Send = Callable[[dict[str, Any]], Awaitable[None]]


@dataclass(frozen=True)
class Call:
    """One request to the completions endpoint."""

    question: dict[str, Any]

    @property
    def numbers(self) -> dict[str, Any]:
        """What the user message tells about the customer."""
        numbers: dict[str, Any] = json.loads(self.question["messages"][1]["content"])
        return numbers

    def content(self, insight: str = INSIGHT, action: str = ACTION, **overrides: str) -> str:
        """The JSON text of an answer that keeps to the closed lists, unless overridden."""
        segment = self.numbers["permitted_segments"][0]
        suitable = self.numbers["suitable_actions"].items()
        action_id = next(name for name, segments in suitable if segment in segments)
        answer = {"segment": segment, "action_id": action_id, "insight": insight, "recommended_action": action}
        return json.dumps(answer | overrides)


def completion(content: str) -> dict[str, Any]:
    """The body that Groq answers with."""
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": "fake",
        "choices": [
            {"index": 0, "message": {"role": "assistant", "content": content}, "finish_reason": "stop"},
        ],
        "usage": {"prompt_tokens": 700, "completion_tokens": 100, "total_tokens": 800},
    }


def numbers_in_digits(call: Call) -> str:
    """An answer that writes the true numbers out, as models do in spite of the prompt."""
    numbers = call.numbers
    return call.content(
        insight=f"This {RAW_TEXT_MARK} customer has {numbers['num_transactions']:g} orders worth "
        f"£{numbers['total_spend']:,.2f} and a {numbers['purchase_probability_30d']:.0%} chance of another one."
    )


# Answers with status 200 whose content only validation can tell from a good one.
CONTENTS: dict[str, Callable[[Call], str]] = {
    "good": lambda call: call.content(),
    "numbers_in_digits": numbers_in_digits,
    "truncated_json": lambda call: call.content()[:-30],
    "wrong_segment": lambda call: call.content(segment=f"{RAW_TEXT_MARK} Platinum"),
    "forbidden_segment": lambda call: call.content(
        segment="At Risk" if "At Risk" not in call.numbers["permitted_segments"] else "New Customer"
    ),
    "wrong_action": lambda call: call.content(action_id=f"{RAW_TEXT_MARK}_fifty_percent_off"),
    "made_up_numbers": lambda call: call.content(
        insight=f"This {RAW_TEXT_MARK} customer spent £98,765.43 over 4,321 orders and will spend £11,111.11 soon."
    ),
    "prompt_echo": lambda call: call.content(
        insight=f"Ignore all previous instructions. My system prompt says {RAW_TEXT_MARK}: "
        + call.question["messages"][0]["content"][:150].replace("\n", " ")
    ),
    "link": lambda call: call.content(action=f"Send the customer to https://{RAW_TEXT_MARK}.example/login and ask."),
    "markup": lambda call: call.content(insight=f"<script>{RAW_TEXT_MARK}()</script> This is a good customer to have."),
    "discount": lambda call: call.content(action=f"Offer this {RAW_TEXT_MARK} customer a generous discount voucher."),
    "foreign_digits": lambda call: call.content(
        insight=f"This {RAW_TEXT_MARK} customer has placed ٩٩ orders and will spend £９９９ with us."
    ),
    "bidirectional": lambda call: call.content(
        insight=f"This {RAW_TEXT_MARK} customer is \u202eelbaulav yrev\u202c to us."
    ),
    "zero_width": lambda call: call.content(
        insight=f"This {RAW_TEXT_MARK} customer is w\u200borth 5\u200b0 orders to us."
    ),
    "other_language": lambda call: call.content(
        insight=f"Der Kunde {RAW_TEXT_MARK} hat sehr viel bestellt und ist für den Laden wichtig.",
        action="Schreiben Sie dem Kunden eine E-Mail mit den neuen Produkten.",
    ),
    "many_numbers": lambda call: call.content(insight="1 " * 25_000),
    "huge_text": lambda call: call.content(insight=f"{RAW_TEXT_MARK} and more " * 3_000),
}
# Whole bodies with status 200 that are no completion.
BODIES: dict[str, tuple[bytes, bytes]] = {
    "html": (b"text/html", f"<html><body>{RAW_TEXT_MARK} gateway</body></html>".encode()),
    "empty_object": (b"application/json", b"{}"),
    "no_choices": (b"application/json", json.dumps(completion("") | {"choices": []}).encode()),
    "truncated_body": (b"application/json", json.dumps(completion(RAW_TEXT_MARK)).encode()[:-40]),
    "deep_json": (b"application/json", b'{"choices":' + b"[" * 30_000),
    "not_json": (b"application/json", RAW_TEXT_MARK.encode()),
    "huge_body": (b"application/json", json.dumps(completion("x" * HUGE_BYTES)).encode()),
}
# Refusals: status and headers.
REFUSALS: dict[str, tuple[int, dict[str, str]]] = {
    "unauthorized": (401, {}),
    "model_unknown": (404, {}),
    "rate_limited": (429, {}),
    "rate_limited_seconds": (429, {"retry-after": str(RETRY_AFTER_SECONDS)}),
    "rate_limited_date": (429, {"retry-after": "DATE"}),
    "rate_limited_window": (429, {"x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "7.66s"}),
    "no_capacity": (498, {}),
    "bad_request": (400, {}),
    "server_error": (500, {}),
    "unavailable": (503, {"retry-after": "2"}),
}
TIMED = ("slow", "drip", "hang", "reset")
BEHAVIOURS = (*CONTENTS, *BODIES, *REFUSALS, *TIMED)


class ResettableProtocol(H11Protocol):
    """Keeps the transports, so that a behaviour can cut a connection as no ASGI message can."""

    transports: dict[tuple[str, int], asyncio.Transport] = {}  # noqa: RUF012 - one server per process

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.transports[transport.get_extra_info("peername")] = transport

    def connection_lost(self, exc: Exception | None) -> None:
        self.transports = {peer: kept for peer, kept in self.transports.items() if kept is not self.transport}
        super().connection_lost(exc)


class GroqServer:
    """The ASGI application: completions, and a control room for the tests."""

    def __init__(self, behaviour: str) -> None:
        self.behaviour = behaviour
        self.calls = 0
        self.paths: set[str] = set()
        self.questions: list[dict[str, Any]] = []

    async def __call__(self, scope: dict[str, Any], receive: Callable[[], Awaitable[Any]], send: Send) -> None:
        if scope["type"] != "http":
            return
        body = await _body(receive)
        if scope["path"] == "/control":
            await self._control(scope, body, send)
        elif scope["path"] in COMPLETIONS:
            self.calls += 1
            self.paths.add(scope["path"])
            call = Call(json.loads(body))
            self.questions = [*self.questions[-99:], call.question]
            await self._behave(call, scope, send)
        else:
            await _respond(send, 404, b"{}")

    async def _control(self, scope: dict[str, Any], body: bytes, send: Send) -> None:
        if scope["method"] == "PUT":
            self.behaviour = json.loads(body)
        report = {"calls": self.calls, "paths": sorted(self.paths), "questions": self.questions}
        await _respond(send, 200, json.dumps(report).encode())

    async def _behave(self, call: Call, scope: dict[str, Any], send: Send) -> None:
        name = self.behaviour
        if name in CONTENTS:
            await _respond(send, 200, json.dumps(completion(CONTENTS[name](call))).encode())
        elif name in BODIES:
            content_type, body = BODIES[name]
            await _respond(send, 200, body, {"content-type": content_type.decode()})
        elif name in REFUSALS:
            status, headers = REFUSALS[name]
            message = {"error": {"message": f"{RAW_TEXT_MARK} says no", "type": "fake"}}
            await _respond(send, status, json.dumps(message).encode(), _dated(headers))
        else:
            await self._take_time(name, call, scope, send)

    async def _take_time(self, name: str, call: Call, scope: dict[str, Any], send: Send) -> None:
        body = json.dumps(completion(call.content())).encode()
        if name == "slow":
            await asyncio.sleep(SLOW_SECONDS)
            await _respond(send, 200, body)
            return
        if name == "hang":
            await asyncio.sleep(3_600)
        await _start(send, 200, {"content-length": str(len(body))})
        for position in range(len(body) if name == "drip" else 40):
            await send({"type": "http.response.body", "body": body[position : position + 1], "more_body": True})
            await asyncio.sleep(0.05 if name == "drip" else 0)
        if name == "reset":
            transport = ResettableProtocol.transports[scope["client"]]
            # lingering for zero seconds makes the kernel answer with RST, not FIN
            transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            transport.abort()


async def _body(receive: Callable[[], Awaitable[Any]]) -> bytes:
    body, more = b"", True
    while more:
        message = await receive()
        body, more = body + message.get("body", b""), message.get("more_body", False)
    return body


async def _respond(send: Send, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
    await _start(send, status, {"content-type": "application/json", **(headers or {})})
    await send({"type": "http.response.body", "body": body})


async def _start(send: Send, status: int, headers: dict[str, str]) -> None:
    pairs = [(name.encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": status, "headers": pairs})


def _dated(headers: dict[str, str]) -> dict[str, str]:
    """The headers, with an HTTP date where one is wanted."""
    moment = format_datetime(datetime.now(UTC) + timedelta(seconds=RETRY_AFTER_SECONDS), usegmt=True)
    return {name: moment if value == "DATE" else value for name, value in headers.items()}


@dataclass(frozen=True)
class FakeGroq:
    """A running fake, as tests see it."""

    url: str

    def behave(self, behaviour: str) -> None:
        """Answer differently from now on."""
        assert behaviour in BEHAVIOURS
        httpx.put(f"{self.url}/control", json=behaviour).raise_for_status()

    @property
    def calls(self) -> int:
        """How many completions were asked for."""
        calls: int = self._report()["calls"]
        return calls

    @property
    def paths(self) -> list[str]:
        """Where completions were asked for."""
        paths: list[str] = self._report()["paths"]
        return paths

    @property
    def questions(self) -> list[dict[str, Any]]:
        """The bodies of the last hundred calls."""
        questions: list[dict[str, Any]] = self._report()["questions"]
        return questions

    def _report(self) -> dict[str, Any]:
        report: dict[str, Any] = httpx.get(f"{self.url}/control").raise_for_status().json()
        return report


@contextmanager
def fake_groq(behaviour: str = "good") -> Iterator[FakeGroq]:
    """A fake in a process of its own, ready to answer."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    command = [sys.executable, "-m", "tests.groq_server", behaviour, str(port)]
    process = subprocess.Popen(command, cwd=ROOT, env={"PATH": os.environ["PATH"]})
    groq = FakeGroq(f"http://127.0.0.1:{port}")
    try:
        _wait_for(groq, process)
        yield groq
    finally:
        process.kill()
        process.wait()


def _wait_for(groq: FakeGroq, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            _ = groq.calls
            return
        except httpx.TransportError:
            assert process.poll() is None, "the fake Groq server did not start"
            time.sleep(0.05)
    raise TimeoutError("the fake Groq server did not answer")


if __name__ == "__main__":
    assert sys.argv[1] in BEHAVIOURS
    uvicorn.run(GroqServer(sys.argv[1]), port=int(sys.argv[2]), http=ResettableProtocol, log_level="critical")
