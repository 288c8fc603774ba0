"""Nothing untrue, foreign or harmful passes; nothing good is refused."""

import re
import string
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.insights.placeholders import KINDS, fill
from app.insights.schemas import Rejection, Template
from app.insights.validation import Validator
from model.currency import CODES, SIGNS, WORDS
from model.ranking.actions import Action, Catalogue
from model.segments import Segment
from tests.app.insights.customers import CATALOGUE, attacks, good_texts, situation, template

VALIDATOR = Validator(CATALOGUE)
ATTACKS = list(attacks())
GOOD_TEXTS = list(good_texts())
FRESH_TEXTS = list(good_texts("fresh_texts.toml"))
TEXTS_WITH_NUMBERS = list(good_texts("texts_with_numbers.toml"))
FUZZED_ANSWERS = 2_000


def review(judged, about=None):
    return VALIDATOR.review(judged, about or situation())


def refused(texts):
    """Which of these are refused, and why."""
    results = [(judged, VALIDATOR.review(judged, about)) for judged, about in texts]
    return [
        (result, judged.insight, judged.recommended_action)
        for judged, result in results
        if not isinstance(result, Template)
    ]


@pytest.mark.parametrize(("reason", "attack"), ATTACKS)
def test_an_attack_is_refused_for_its_reason(reason, attack):
    assert review(attack) == reason


def test_the_corpora_are_large_enough():
    assert len(ATTACKS) >= 200
    assert len(GOOD_TEXTS) >= 129
    assert len(TEXTS_WITH_NUMBERS) >= 60


@pytest.mark.parametrize("texts", [GOOD_TEXTS, FRESH_TEXTS], ids=["good_texts", "fresh_texts"])
def test_good_texts_pass(texts):
    """At most 2 % may be refused wrongly; fresh ones were written when the table of words was finished."""
    assert len(refused(texts)) <= 0.02 * len(texts), refused(texts)


@pytest.mark.parametrize(("judged", "about"), TEXTS_WITH_NUMBERS)
def test_a_good_text_that_writes_its_numbers_itself_is_refused_though_they_are_true(judged, about):
    assert VALIDATOR.review(judged, about) in {Rejection.NUMBER, Rejection.NUMBER_VAGUE, Rejection.TIME_CLAIM}


def test_a_segment_that_the_numbers_do_not_permit_is_refused():
    foreign = Template(Segment.HIGH_VALUE, "early_access", "irrelevant", "irrelevant")

    assert review(foreign) is Rejection.SEGMENT_NOT_PERMITTED


def test_an_action_that_nobody_knows_or_that_does_not_fit_is_refused():
    unknown = Template(Segment.HABITUAL_BUYER, "half_price", "irrelevant", "irrelevant")
    unsuitable = Template(Segment.HABITUAL_BUYER, "newsletter_only", "irrelevant", "irrelevant")

    assert review(unknown) is Rejection.ACTION_UNKNOWN
    assert review(unsuitable) is Rejection.ACTION_UNSUITABLE


def test_an_offer_passes_where_the_action_makes_it():
    winning_back = Template(
        Segment.AT_RISK,
        "free_delivery",
        "The customer has gone quiet and is worth winning back.",
        "Win the customer back with free delivery on the next order.",
    )
    about = situation(permitted=[Segment.AT_RISK], recency_days=80.0, purchase_probability_30d=0.1)

    assert review(winning_back, about) == winning_back


def catalogue_of(title):
    """A shop that has one action for everybody."""
    action = Action(id="only", title=title, segments=tuple(Segment), fits="always", effort="little", cost=0)
    return Catalogue([action])


@pytest.mark.parametrize(
    ("title", "passes"),
    [
        ("Offer personalised promotions or loyalty rewards", True),
        ("Offer promotions to regulars, with a gift for each order", True),
        ("Offer personalised promotions", False),
        ("Write a friendly e-mail", False),
    ],
)
def test_a_plain_insight_and_action_pass_where_the_catalogue_has_such_an_action(title, passes):
    plain = Template(
        Segment.HABITUAL_BUYER,
        "only",
        "Customer shows strong recent engagement and high spending potential.",
        "Offer personalized promotions or loyalty rewards.",
    )

    expected = plain if passes else Rejection.OFFER
    assert Validator(catalogue_of(title)).review(plain, situation()) == expected


def test_often_and_high_are_no_numbers():
    plain = template("The customer orders often, and the chance of another order is high.")

    assert review(plain) == plain


@pytest.mark.parametrize("name", KINDS)
def test_every_placeholder_has_a_sentence(name):
    sentences = {
        "total_spend": "The customer has spent {total_spend} so far.",
        "avg_spend": "The average order is {avg_spend}, which is fine.",
        "num_transactions": "There have been {num_transactions} so far.",
        "total_units": "The customer has bought {total_units} so far.",
        "unique_products": "The customer has tried {unique_products} so far.",
        "recency_days": "The last order was {recency_days} ago.",
        "predicted_future_spend_30d": "The forecast is {predicted_future_spend_30d} for now.",
        "purchase_probability_30d": "The chance of an order is {purchase_probability_30d}.",
        "horizon_days": "An order is likely in the next {horizon_days}.",
    }
    plain = template(sentences[name])

    assert review(plain) == plain


def test_a_shop_adds_words_of_its_own_to_the_table():
    """Whole words in any case: who forbids "reorder" has nothing against "reordering"."""
    shop = Validator(CATALOGUE, ["Reorder", "dear (customer)"])

    assert shop.review(template(), situation()) is Rejection.FORBIDDEN_WORD
    passing = template(action="Suggest reordering the products that were bought most often.")
    assert shop.review(passing, situation()) == passing
    assert (
        shop.review(template("This dear (customer) is likely to come back."), situation()) is Rejection.FORBIDDEN_WORD
    )


@pytest.mark.parametrize("word", [*CODES, *SIGNS, *WORDS])
def test_every_currency_that_we_know_is_refused_in_words(word):
    assert (
        review(template(f"The customer has spent some {word} so far and is likely to spend more."))
        is Rejection.CURRENCY
    )


def test_typography_of_careful_typists_becomes_plain():
    typed = template("The customer is a\u00a0reliable re\u2011orderer who is likely to come back.")

    assert review(typed).insight == "The customer is a reliable re-orderer who is likely to come back."


# Fuzz: whatever a model might answer, what passes is true, by an oracle that shares no code with the guard.

PIECES = """
the customer has placed orders worth in total and is likely to come back for more of it
spent £ $ € % days ago units products discount free http://x.example <b> ** @ { } GBP USD - k
{total_spend} {num_transactions} {recency_days} {purchase_probability_30d} {avg_spend} {horizon_days} {secret}
7 8 83% 83 £345.70 £512.40 345.70 12 5 4 30 £49 0.83 seven nine twenty one second 7th 9th 1,000 twice dozens
High Value At Risk VIP ٧ ７ ½ \u202e \u200b password SELECT click here
"""
PHRASES = ["next {horizon_days}", "{recency_days} ago", "a chance of {purchase_probability_30d}", "worth {total_spend}"]
WORDS_AND_PHRASES = st.sampled_from([*PIECES.split(), *PHRASES])
OWN_TEXTS = [
    text
    for good, about in GOOD_TEXTS
    if Segment.HABITUAL_BUYER in about.permitted
    for text in (good.insight, good.recommended_action)
]


def with_junk(text, position, junk):
    at = position % (len(text) + 1)
    return text[:at] + junk + text[at:]


JUNK = st.one_of(
    st.text(max_size=4),
    st.integers(0, 10**6).map(str),
    WORDS_AND_PHRASES,
    WORDS_AND_PHRASES.map(lambda word: f" {word} "),
)
ANSWERS = st.one_of(
    st.builds(with_junk, st.sampled_from(OWN_TEXTS), st.integers(0, 500), JUNK),
    st.lists(WORDS_AND_PHRASES, min_size=4, max_size=25).map(" ".join),
    st.text(max_size=200),
)
# How the customer's own numbers read; whatever else is a number was made up.
OWN_READINGS = sorted((fill(f"{{{name}}}", situation().numbers, "GBP") for name in KINDS), key=len, reverse=True)
OWN_DIGITS = {reading.partition(" ")[0] for reading in OWN_READINGS}
NUMBER_WORDS = {"seven", "nine", "twenty", "second", "twice", "dozens"}
PLAIN_PROSE = set(string.ascii_letters + string.digits + " .,;:!?'\"()-–—…’‘“”/&%+£€$¥₹₩₺₴₦₱₫₪") | {
    chr(code) for code in range(0xC0, 0x100) if code not in (0xD7, 0xF7)
}


def test_whatever_passes_is_true_and_plain():
    """Two thousand fuzzed answers; enough of them pass for this to mean something."""
    passed = []

    @settings(max_examples=FUZZED_ANSWERS, deadline=None, database=None, derandomize=True)
    @given(st.sampled_from([Segment.HABITUAL_BUYER] * 9 + list(Segment)), ANSWERS, st.booleans())
    def judge(segment, text, is_insight):
        fuzzed = template(insight=text) if is_insight else template(action=text)
        result = review(replace(fuzzed, segment=segment))
        if isinstance(result, Template):
            assert_true_and_plain(result)
            passed.append(result)

    judge()
    assert len(passed) > FUZZED_ANSWERS / 40


def assert_true_and_plain(judged):
    assert judged.segment is Segment.HABITUAL_BUYER
    for text in (judged.insight, judged.recommended_action):
        assert re.search(r"[0-9]", re.sub(r"\{[a-z0-9_]+\}", "", text)) is None
        read = fill(text, situation().numbers, "GBP")
        assert set(read) <= PLAIN_PROSE
        assert not re.search(r"https?:|www|[@<>{}*_`]", read)
        assert set(re.findall(r"[£-]?[0-9][0-9.,]*[0-9]%?|[£-]?[0-9]%?", read)) <= OWN_DIGITS, read
        assert NUMBER_WORDS.isdisjoint(re.findall(r"[a-z]+", read.lower())), read
        assert re.search(r"\b(?:High Value|At Risk|VIP)\b", read) is None


@settings(max_examples=500, deadline=None)
@given(insight=ANSWERS, spend=st.floats(0, 1e6), orders=st.integers(9, 999), days=st.integers(5, 999))
def test_a_template_is_true_of_every_customer_whom_it_is_filled_for(insight, spend, orders, days):
    """Whoever is served from the cache reads their own numbers, none of whom the text was written about."""
    result = review(template(insight=insight))
    if isinstance(result, Template):
        numbers = situation(total_spend=spend, num_transactions=float(orders), recency_days=float(days)).numbers
        filled = fill(result.insight, numbers, "GBP")
        assert (
            re.search(r"\b7 orders|\b4 days|345\.70", filled.replace(fill("{total_spend}", numbers, "GBP"), "")) is None
        )
