"""The contract of POST /predict_customer_value, where everything is right."""

import pytest

from model import FEATURE_NAMES
from scripts.cases import EXAMPLE_SEGMENTS, EXAMPLES

URL = "/predict_customer_value"
CONTRACT_KEYS = [
    "customer_id",
    "predicted_future_spend_30d",
    "purchase_probability_30d",
    "customer_segment",
    "insight",
    "recommended_action",
]


def test_answer_has_the_six_keys_of_the_contract_first_and_in_order(client):
    answer = client.post(URL, json={"customer_id": "13085", "features": [345.7, 49.3, 7, 12, 5, 4]})

    assert answer.status_code == 200
    assert list(answer.json())[:6] == CONTRACT_KEYS
    assert list(answer.json())[6:] == [
        "insight_source",
        "model_version",
        "warnings",
        "segment_reason",
        "action_id",
        "features",
        "spend_if_purchase",
        "reasons",
        "segment_changes",
        "prompt_version",
    ]
    assert answer.json()["customer_id"] == "13085"
    assert answer.json()["model_version"] == "small-1"


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_example_lands_in_its_own_segment_with_words(client, name):
    answer = client.post(URL, json=EXAMPLES[name]).json()

    assert answer["customer_segment"] == EXAMPLE_SEGMENTS[name]
    assert answer["insight"]
    assert answer["recommended_action"]
    assert answer["insight_source"] == "rules"
    assert answer["warnings"] == []


def test_examples_show_all_five_segments():
    assert len(set(EXAMPLE_SEGMENTS.values())) == 5
    assert list(EXAMPLE_SEGMENTS) == list(EXAMPLES)


def test_features_by_name_and_in_order_are_the_same_customer(client):
    values = [1400.0, 140.0, 10, 800, 60, 12]
    by_name = dict(reversed(list(zip(FEATURE_NAMES, values, strict=True))))

    in_order = client.post(URL, json={"customer_id": "1", "features": values}).json()

    assert client.post(URL, json={"customer_id": "1", "features": by_name}).json() == in_order


def test_money_has_two_decimals_and_probability_four(client):
    answer = client.post(URL, json={"customer_id": "1", "features": [1000 / 3, 1000 / 9, 3, 7, 5, 11]}).json()

    spend, probability = answer["predicted_future_spend_30d"], answer["purchase_probability_30d"]
    assert spend == round(spend, 2) >= 0
    assert 0 < probability == round(probability, 4) < 1


def test_avg_spend_that_disagrees_is_recomputed_and_said(client):
    answer = client.post(URL, json={"customer_id": "1", "features": [1000, 17.69, 10, 100, 20, 5]}).json()

    assert answer["features"]["avg_spend"] == 100
    assert answer["warnings"][0].startswith("avg_spend 17.69 does not agree")


def test_insight_none_leaves_the_words_out(client):
    answer = client.post(URL, params={"insight": "none"}, json=EXAMPLES["at_risk"]).json()

    assert (answer["insight"], answer["recommended_action"], answer["action_id"]) == ("", "", "")
    assert answer["insight_source"] == "rules"
    assert answer["customer_segment"] == "At Risk"


def test_id_is_sent_back_as_it_came(client):
    body = {"customer_id": " Zoë O'Brien 🛍 ", "features": [0, 0, 0, 0, 0, 0]}

    assert client.post(URL, json=body).json()["customer_id"] == body["customer_id"]


def test_usage_tells_what_groq_was_asked(client):
    client.post(URL, json=EXAMPLES["at_risk"])

    assert client.get("/usage").json()["calls"] == 0
