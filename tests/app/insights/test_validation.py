"""Nothing untrue, foreign or harmful passes; nothing good is refused."""

import re
import string
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.insights.base import Draft, Rejection
from app.insights.facts import Facts
from app.insights.guard import Guard
from app.insights.templates import generalise
from model.segments import Segment
from tests.app.insights.situations import CATALOGUE, attacks, draft, facts, good_texts

GUARD = Guard(CATALOGUE)
PERMITTED = frozenset({Segment.HABITUAL_BUYER})
ATTACKS = list(attacks())
GOOD_TEXTS = list(good_texts())
FUZZED_ANSWERS = 2_000


def title_of(judged):
    action = CATALOGUE.get(judged.action_id)
    return "" if action is None else action.title


def review(judged, about=None):
    return GUARD.review(judged, about or facts(), PERMITTED)


@pytest.mark.parametrize(("reason", "attack"), ATTACKS)
def test_an_attack_is_refused_for_its_reason(reason, attack):
    assert review(attack) == (None, reason)


@pytest.mark.parametrize(("reason", "attack"), ATTACKS)
def test_turning_numbers_into_placeholders_launders_no_attack(reason, attack):
    assert review(generalise(attack, facts(), title_of(attack))) == (None, reason)


def test_the_corpora_are_large_enough():
    assert len(ATTACKS) >= 100
    assert len(GOOD_TEXTS) >= 100


def test_good_texts_pass():
    """At most 2 % may be refused wrongly."""
    refused = []
    for good, prediction in GOOD_TEXTS:
        about = Facts.of(prediction, "GBP")
        for judged in (good, generalise(good, about, title_of(good))):
            filled, rejection = GUARD.review(judged, about, frozenset({good.segment}))
            if filled is None:
                refused.append((rejection, good.insight, good.recommended_action))

    assert len(refused) <= 0.02 * len(GOOD_TEXTS), refused


def test_a_segment_that_the_numbers_do_not_permit_is_refused():
    foreign = Draft(Segment.HIGH_VALUE, "early_access", "irrelevant", "irrelevant")

    assert review(foreign) == (None, Rejection.SEGMENT_NOT_PERMITTED)


def test_an_action_that_nobody_knows_or_that_does_not_fit_is_refused():
    unknown = Draft(Segment.HABITUAL_BUYER, "half_price", "irrelevant", "irrelevant")
    unsuitable = Draft(Segment.HABITUAL_BUYER, "newsletter_only", "irrelevant", "irrelevant")

    assert review(unknown) == (None, Rejection.ACTION_UNKNOWN)
    assert review(unsuitable) == (None, Rejection.ACTION_UNSUITABLE)


def test_an_offer_passes_where_the_action_makes_it():
    winning_back = Draft(
        Segment.AT_RISK,
        "free_delivery",
        "The customer has gone quiet and is worth winning back.",
        "Win the customer back with free delivery on the next order.",
    )
    about = facts(recency_days=80.0, purchase_probability_30d=0.1)

    assert GUARD.review(winning_back, about, frozenset({Segment.AT_RISK}))[1] is None


# Fuzz: whatever a model might answer, what passes is true, by an oracle that shares no code with the guard.

PIECES = """
the customer has placed orders worth in total and is likely to come back for more of it
spent £ $ € % days ago units products discount free http://x.example <b> ** @ { } GBP USD
{total_spend} {num_transactions} {recency_days} {purchase_probability_30d} {secret}
7 8 83% 83 £345.70 £512.40 345.70 12 5 4 30 £49 0.83 seven nine twenty one second 7th 9th 1,000
High Value At Risk VIP ٧ ７ ½ \u202e \u200b password SELECT click here
"""
PHRASES = ["next 30 days", "4 days ago", "7 orders", "12 units", "an 83% chance", "worth £345.70"]
WORDS = st.sampled_from([*PIECES.split(), *PHRASES])
OWN_TEXTS = [
    text for good, _ in GOOD_TEXTS if good.segment in PERMITTED for text in (good.insight, good.recommended_action)
]


def with_junk(text, position, junk):
    at = position % (len(text) + 1)
    return text[:at] + junk + text[at:]


JUNK = st.one_of(st.text(max_size=4), st.integers(0, 10**6).map(str), WORDS, WORDS.map(lambda word: f" {word} "))
ANSWERS = st.one_of(
    st.builds(with_junk, st.sampled_from(OWN_TEXTS), st.integers(0, 500), JUNK),
    st.lists(WORDS, min_size=4, max_size=25).map(" ".join),
    st.text(max_size=200),
)
# Every number that is true of this customer, in every rounding; 8 is the next order, 1 is "one product" in an action.
OWN_NUMBERS = {345.7, 346, 49.386, 49.39, 49.4, 49, 7, 8, 12, 5, 4, 512.4, 512, 83, 0.83, 0.8, 30, 1}
PLAIN_PROSE = set(string.ascii_letters + string.digits + " .,;:!?'\"()-–—…’‘“”/&%+£€$¥₹₩₺₴₦₱₫₪") | {
    chr(code) for code in range(0xC0, 0x100) if code not in (0xD7, 0xF7)
}


def test_whatever_passes_is_true_and_plain():
    """Two thousand fuzzed answers; enough of them pass for this to mean something."""
    passed = []

    @settings(max_examples=FUZZED_ANSWERS, deadline=None, database=None, derandomize=True)
    @given(st.sampled_from([Segment.HABITUAL_BUYER] * 9 + list(Segment)), ANSWERS, st.booleans())
    def judge(segment, text, is_insight):
        fuzzed = draft(insight=text) if is_insight else draft(action=text)
        answer = replace(fuzzed, segment=segment)
        for judged in (answer, generalise(answer, facts(), title_of(answer))):
            filled, _ = review(judged)
            if filled is not None:
                assert_true_and_plain(filled)
                passed.append(filled)

    judge()
    assert len(passed) > FUZZED_ANSWERS / 20


def assert_true_and_plain(filled):
    assert filled.segment is Segment.HABITUAL_BUYER
    for text in (filled.insight, filled.recommended_action):
        assert set(text) <= PLAIN_PROSE
        assert not re.search(r"https?:|www|[@<>{}*_`]", text)
        for digits in re.findall(r"\d[\d,]*(?:\.\d+)?", text):
            assert float(digits.replace(",", "")) in OWN_NUMBERS, text
        for name in ("High Value", "At Risk", "VIP"):
            assert name not in text


@settings(max_examples=500, deadline=None)
@given(insight=ANSWERS, spend=st.floats(0, 1e6), orders=st.integers(9, 999), days=st.integers(5, 999))
def test_a_cached_text_is_judged_anew_for_every_customer(insight, spend, orders, days):
    """A text that was true for one customer is filled with the numbers of the next, or not served."""
    template = generalise(draft(insight=insight), facts(), title_of(draft()))
    about = facts(total_spend=round(spend, 2), num_transactions=float(orders), recency_days=float(days))
    filled, _ = review(template, about)
    if filled is not None:
        assert re.search(r"\b7 orders", filled.insight) is None
        assert re.search(r"\b4 days", filled.insight) is None
