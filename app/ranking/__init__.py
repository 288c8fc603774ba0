"""``POST /rank_customers``: the order lines of a whole shop in, all its customers as a list to act on out."""

import asyncio
from importlib import import_module

from app.exchange import Answer, Exchange


async def rank(exchange: Exchange) -> Answer:
    """See ``app.ranking.endpoint``, which is imported when first asked for: it brings pandas and DuckDB."""
    endpoint = await asyncio.to_thread(import_module, "app.ranking.endpoint")
    answer: Answer = await endpoint.rank(exchange)
    return answer
