"""Whose turn it is to keep the processor busy for some milliseconds."""

import asyncio

# A small request is read, worked on and answered within so many turns of the event loop.
TURNS_FOR_OTHERS = 5


class Turns:
    """Lets one slice of a batch be worked on at a time, and others be answered between two slices.

    ``async with turns:`` stands around a slice. Whoever comes while it is worked on waits for that one alone,
    however many batches are under way.
    """

    def __init__(self) -> None:
        self._lock = asyncio.Lock()

    async def __aenter__(self) -> None:
        await self._lock.acquire()

    async def __aexit__(self, *_: object) -> None:
        try:
            for _turn in range(TURNS_FOR_OTHERS):
                await asyncio.sleep(0)
        finally:
            self._lock.release()
