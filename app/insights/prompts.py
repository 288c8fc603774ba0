"""Everything that the language model is told: numbers and names from closed lists, never an id or text of a caller.

The system message is the same for every customer, so that Groq's prompt cache keeps it; cached tokens are not limited.
"""

import hashlib
import json
from pathlib import Path

from app.insights.placeholders import KINDS
from app.insights.schemas import Situation
from model.currency import minor_decimals
from model.ranking.actions import Catalogue
from model.ranking.placeholders import Kind

INSTRUCTIONS = Path(__file__).with_name("instructions.txt").read_text("utf-8")
VERSION = "2026-12.1+" + hashlib.sha256(INSTRUCTIONS.encode()).hexdigest()[:8]
# Room for low reasoning effort and both texts; Groq counts it towards the tokens of the minute.
MAX_COMPLETION_TOKENS = 700


def prompt_about(situation: Situation, catalogue: Catalogue) -> dict[str, object]:
    """The question about one customer, as chat completions have it, with the lists that the answer may choose from.

    The answer has a strict JSON schema: two closed lists and two texts.
    """
    every_action = [
        f"- {action.id}: {action.title}. Fits when {action.fits}. Costs {action.effort}." for action in catalogue
    ]
    segments = sorted(situation.permitted)
    actions = catalogue.suiting(segments, situation.numbers["purchase_probability_30d"])
    decimals = minor_decimals(situation.currency)
    numbers = {
        name: round(value, decimals) if KINDS[name] is Kind.MONEY else value
        for name, value in situation.numbers.items()
    }
    question = {
        "currency": situation.currency,
        **numbers,
        "permitted_segments": segments,
        "suitable_actions": {action.id: [one for one in action.segments if one in segments] for action in actions},
    }
    properties = {
        "segment": {"type": "string", "enum": segments},
        "action_id": {"type": "string", "enum": [action.id for action in actions]},
        "insight": {"type": "string"},
        "recommended_action": {"type": "string"},
    }
    schema = {"type": "object", "properties": properties, "required": [*properties], "additionalProperties": False}
    answer = {"name": "insight", "strict": True, "schema": schema}
    return {
        "messages": [
            {"role": "system", "content": "\n".join([f"{INSTRUCTIONS}Actions:", *every_action, ""])},
            {"role": "user", "content": json.dumps(question, separators=(",", ":"))},
        ],
        "response_format": {"type": "json_schema", "json_schema": answer},
        "temperature": 0,
        "max_completion_tokens": MAX_COMPLETION_TOKENS,
    }
