"""What the service answered to the cases, as ``python -m scripts.record_examples`` wrote it down."""

import json
from pathlib import Path
from typing import Any, TypedDict

ANSWERS = Path(__file__).with_name("answers.json")


class Recorded(TypedDict):
    """An answer; its body is parsed where it is JSON."""

    status: int
    content_type: str
    body: Any  # Any: JSON, or text


def recorded_answers() -> dict[str, Recorded]:
    """The answer to every case that has one, by the case's name."""
    answers: dict[str, Recorded] = json.loads(ANSWERS.read_text())
    return answers
