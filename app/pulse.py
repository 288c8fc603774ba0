"""Whether the process is up, and whether it can answer: what a host asks every few seconds."""

import orjson

from app.exchange import Answer, Exchange

HEALTHY = Answer(b'{"status":"ok"}')


async def health(_: Exchange) -> Answer:
    """Whether the process is up; depends on nothing."""
    return HEALTHY


async def ready(exchange: Exchange) -> Answer:
    """Whether the model is loaded."""
    version = exchange.service.predictor.card.model_version
    return Answer(orjson.dumps({"status": "ready", "model_version": version}))
