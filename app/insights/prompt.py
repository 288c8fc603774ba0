"""Everything that Groq is told, and the form its answer must have.

Only numbers and names from closed lists go out: never a customer's id, never a
caller's text. The system message is the same for every customer, so that Groq's
prompt cache, whose tokens count towards no limit, can keep it.
"""

import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass

from app.insights.facts import Facts
from model.actions import Action, Catalogue
from model.segments import Segment

INSTRUCTIONS = """\
You write for the marketing team of a shop about one of its customers, from the numbers alone.
From the permitted segments choose the one that fits the numbers best; from the suitable actions likewise.
insight: two short sentences in plain English: what the numbers say about this customer, and why that matters now.
recommended_action: one sentence that puts the chosen action into practice.
Write no digits and no number words. Where a number belongs, write its name in braces; its unit comes with it:
{total_spend}, {avg_spend} (per order) and {predicted_future_spend_30d} become amounts of money,
{purchase_probability_30d} a percentage, {num_transactions} a number with the word orders, {total_units} with units,
{unique_products} with products, {recency_days} (of silence) with days.
The predictions are for the next 30 days; name no other period.
No links, markup, lists, names, dates, comparisons with other customers.
Promise no discount, gift or free service that the action does not name.
"""
VERSION = "2026-11.1+" + hashlib.sha256(INSTRUCTIONS.encode()).hexdigest()[:8]
# Room for low reasoning effort and both texts; Groq counts it towards the tokens of the minute.
MAX_COMPLETION_TOKENS = 700
ECHO_WORDS = 6
# Talk about the conversation instead of the customer.
META = re.compile(
    r"\b(?:system\s+(?:prompt|message)|(?:previous|prior|above|my|these|your|all)\s+instructions?|instructed\s+to"
    r"|ignore\s+(?:all|the|any|previous)"
    r"|as\s+an?\s+(?:AI|assistant|language)|language\s+model|chatbot|AI\s+model|LLMs?|GPT\w*|OpenAI|Groq|placeholders?"
    r"|prompts?\s*(?:injection|:)|jailbreak\w*|pwned|developer\s+mode|DAN|override\w*|in\s+braces"
    r"|I\s+(?:am|cannot|can't|was|will|have)|I'm|(?:assistant|system|user|developer)\s*:)(?!\w)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Prompt:
    """One question to a model."""

    system: str
    user: str
    schema: dict[str, object]


class PromptWriter:
    """Puts the question about one customer after another."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        actions = "\n".join(
            f"- {action.id}: {action.title}. Fits when {action.fits}. Costs {action.cost}." for action in catalogue
        )
        self._system = f"{INSTRUCTIONS}Actions:\n{actions}\n"

    def write(self, facts: Facts, permitted: Iterable[Segment]) -> Prompt:
        """The question about one customer, with the lists that the answer may choose from."""
        segments = sorted(permitted)
        actions = self._catalogue.suiting(segments, facts.numbers["purchase_probability_30d"])
        numbers = {
            "currency": facts.currency,
            **facts.numbers,
            "horizon_days": facts.horizon_days,
            "permitted_segments": segments,
            "suitable_actions": {action.id: _for_segments(action, segments) for action in actions},
        }
        return Prompt(
            system=self._system,
            user=json.dumps(numbers, separators=(",", ":")),
            schema=answer_schema(segments, [action.id for action in actions]),
        )


def _for_segments(action: Action, segments: list[Segment]) -> list[Segment]:
    return [segment for segment in action.segments if segment in segments]


def answer_schema(segments: list[Segment], action_ids: list[str]) -> dict[str, object]:
    """The strict JSON schema of the answer: two closed lists and two texts."""
    return {
        "type": "object",
        "properties": {
            "segment": {"type": "string", "enum": segments},
            "action_id": {"type": "string", "enum": action_ids},
            "insight": {"type": "string"},
            "recommended_action": {"type": "string"},
        },
        "required": ["segment", "action_id", "insight", "recommended_action"],
        "additionalProperties": False,
    }


def _shingles(text: str) -> frozenset[tuple[str, ...]]:
    words = re.findall(r"[a-z]+", text.lower())
    return frozenset(zip(*(words[start:] for start in range(ECHO_WORDS)), strict=False))


INSTRUCTION_SHINGLES = _shingles(INSTRUCTIONS)


def repeats_instructions(text: str) -> bool:
    """Whether a text repeats six words of the instructions in a row."""
    return not INSTRUCTION_SHINGLES.isdisjoint(_shingles(text))
