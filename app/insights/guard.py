"""The last look at a text that a language model wrote, before a client may read it.

The guard sees the text as the client would: filled with this customer's numbers. It
refuses what it cannot prove harmless, and never repairs a claim.
"""

from dataclasses import dataclass, replace

from app.insights.base import Draft, Rejection
from app.insights.characters import plain_typography
from app.insights.claims import rejection_of_claims
from app.insights.facts import Facts
from app.insights.form import rejection_of_form
from app.insights.language import is_english
from app.insights.numbers import StatedNumber, stated_numbers
from app.insights.offers import offers_in
from app.insights.segment_names import names_another_segment
from model.actions import Action, Catalogue
from model.segments import Segment

INSIGHT_CHARACTERS = range(20, 421)
ACTION_CHARACTERS = range(10, 281)
# Placeholders are longer than what they stand for.
LONGEST_TEMPLATE_CHARACTERS = 700
# "Suggest one product" states nothing about the customer.
ONE_THING = tuple(stated_numbers("one product, one unit, one item"))


@dataclass(frozen=True)
class Guard:
    """Judges drafts about one customer after another by the same catalogue."""

    catalogue: Catalogue

    def accepts_length(self, draft: Draft) -> bool:
        """Whether a draft is short enough to be looked at closely, which takes time that grows with its square."""
        return max(len(draft.insight), len(draft.recommended_action)) <= LONGEST_TEMPLATE_CHARACTERS

    def review(
        self, draft: Draft, facts: Facts, permitted: frozenset[Segment]
    ) -> tuple[Draft, None] | tuple[None, Rejection]:
        """The draft filled for this customer, or why it may not be served."""
        if draft.segment not in permitted:
            return None, Rejection.SEGMENT_NOT_PERMITTED
        action = self.catalogue.get(draft.action_id)
        if action is None:
            return None, Rejection.ACTION_UNKNOWN
        if not action.suits(draft.segment, facts.numbers["purchase_probability_30d"]):
            return None, Rejection.ACTION_UNSUITABLE
        filled = replace(
            draft,
            insight=facts.fill(plain_typography(draft.insight)),
            recommended_action=facts.fill(plain_typography(draft.recommended_action)),
        )
        rejection = _rejection_of_texts(filled, action, facts)
        return (filled, None) if rejection is None else (None, rejection)


def _rejection_of_texts(draft: Draft, action: Action, facts: Facts) -> Rejection | None:
    if len(draft.insight) not in INSIGHT_CHARACTERS or len(draft.recommended_action) not in ACTION_CHARACTERS:
        return Rejection.LENGTH
    title = facts.fill(action.title)
    # The insight tells what is; only the action may repeat the numbers of what the action gives.
    return _rejection_of_text(draft.insight, draft.segment, facts, title, ()) or _rejection_of_text(
        draft.recommended_action, draft.segment, facts, title, (*stated_numbers(title), *ONE_THING)
    )


def _rejection_of_text(
    text: str, segment: Segment, facts: Facts, title: str, promised: tuple[StatedNumber, ...]
) -> Rejection | None:
    if (rejection := rejection_of_form(text)) is not None:
        return rejection
    if names_another_segment(text, segment):
        return Rejection.SEGMENT_MISNAMED
    if (rejection := rejection_of_claims(text, facts, promised)) is not None:
        return rejection
    if offers_in(text) - offers_in(title):
        return Rejection.OFFER
    return None if is_english(text) else Rejection.LANGUAGE
