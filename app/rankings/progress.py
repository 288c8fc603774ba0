"""What a ranking tells while it is worked on, and how it learns that nobody waits for it any more."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from threading import Event

from anyio import to_thread
from fastapi.sse import format_sse_event
from pydantic_core import to_json

from app.error_handlers import problem_body, problem_of
from app.errors import InternalError
from app.rankings.answers import Ranking
from app.responses import JSON

log = logging.getLogger(__name__)

# Hosts and proxies close a connection that is silent for longer.
SILENCE_SECONDS = 10
Step = dict[str, str | float | None]


class HungUp(Exception):
    """Nobody waits for the answer."""


class Progress:
    """Takes steps from the thread that works; raises HungUp there once nobody waits."""

    def __init__(self, tell: Callable[[Step], object] = lambda _: None) -> None:
        self._tell, self.hung_up = tell, Event()

    def __call__(self, step: str, share: float | None = None) -> None:
        """Say what is being done, and which part of it is done (0 to 1), where that can be told."""
        if self.hung_up.is_set():
            raise HungUp
        self._tell({"step": step, "share": share})


async def events(work: Callable[[Progress], Ranking]) -> AsyncIterator[bytes]:
    """Server-sent events: ``progress`` as it comes, and at the end one ``answer`` or one ``problem``."""
    loop, steps = asyncio.get_running_loop(), asyncio.Queue[Step | None]()
    progress = Progress(lambda step: loop.call_soon_threadsafe(steps.put_nowait, step))
    working = asyncio.create_task(to_thread.run_sync(work, progress, abandon_on_cancel=True))
    working.add_done_callback(lambda _: steps.put_nowait(None))
    try:
        while True:
            try:
                step = await asyncio.wait_for(steps.get(), SILENCE_SECONDS)
            except TimeoutError:
                yield format_sse_event(comment="still working")
                continue
            if step is None:
                break
            yield _event("progress", step)
        if (error := working.exception()) is None:
            yield b"event: answer\ndata: "
            for piece in working.result().pieces(JSON, ""):
                yield piece
            yield b"\n\n"
        else:
            problem = problem_of(error)
            if problem is None:
                log.error("request.failed", exc_info=error)
            yield _event("problem", problem_body(problem or InternalError()))
    finally:
        progress.hung_up.set()
        working.cancel()


def _event(name: str, content: object) -> bytes:
    return format_sse_event(event=name, data_str=to_json(content).decode())
