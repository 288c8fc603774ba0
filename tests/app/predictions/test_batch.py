"""POST /predict_customer_values: the single answer, many times over; all customers or none."""

import csv
import io
import json

import pytest

from app.predictions.schemas import ANSWER_FIELDS, USUAL_FIELDS, BatchResponse
from model import FEATURE_NAMES
from scripts.cases import EXAMPLES
from tests.support import ROOT

ONE, MANY = "/predict_customer_value", "/predict_customer_values"
CUSTOMERS = list(EXAMPLES.values())
ODD = [
    {"customer_id": "no order", "features": [0, 0, 0, 0, 0, 0]},
    {"customer_id": "one of each", "features": [1, 1, 1, 1, 1, 1]},
    {"customer_id": "averages that disagree", "features": [1000, 17.69, 10, 100, 20, 5]},
    {"customer_id": "half an order", "features": [1000 / 3, 666.7, 0.5, 7.5, 2.5, 0.25]},
    {"customer_id": "beyond any shop", "features": [1e18, 1e17, 10, 1e18, 1e6, 5000]},
    {"customer_id": " Zoë O'Brien 🛍 ", "features": dict(zip(FEATURE_NAMES, [180, 90, 2, 95, 14, 0], strict=True))},
]


def post(client, body, **options):
    content = body if isinstance(body, bytes | str) else json.dumps(body)
    return client.post(MANY, content=content, **{"headers": {"Content-Type": "application/json"}, **options})


def asked_as(client, accept, body, **options):
    return post(client, body, headers={"Content-Type": "application/json", "Accept": accept}, **options)


def test_every_customer_is_answered_as_alone_and_in_order(client):
    alone = [client.post(f"{ONE}?insight=rules", json=customer).json() for customer in CUSTOMERS + ODD]

    everything = {"fields": ",".join(ANSWER_FIELDS)}
    in_batch = [{name: answer[name] for name in ANSWER_FIELDS} for answer in alone]
    assert post(client, CUSTOMERS + ODD, params=everything).json() == in_batch
    assert post(client, CUSTOMERS, params=everything).json() == in_batch[: len(CUSTOMERS)]
    usual = [{name: answer[name] for name in USUAL_FIELDS} for answer in alone]
    assert post(client, CUSTOMERS + ODD).json() == usual


def test_purchases_and_reasons_are_those_of_each_customer_alone(start):
    """The committed model has both; the small one of the other tests has neither."""
    client = start(model_dir=ROOT / "model")
    alone = [client.post(f"{ONE}?insight=rules", json=customer).json() for customer in CUSTOMERS + ODD]

    answers = post(client, CUSTOMERS + ODD, params={"fields": "spend_if_purchase,reasons"}).json()

    for answer, expected in zip(answers, alone, strict=True):
        assert answer["spend_if_purchase"] == expected["spend_if_purchase"]
        assert answer["reasons"] == expected["reasons"]
        assert answer["reasons"]["amounts"]


def test_more_customers_than_one_slice_are_all_answered(client):
    customers = [{**CUSTOMERS[number % 5], "customer_id": str(number)} for number in range(2345)]

    answers = post(client, customers).json()

    assert [answer["customer_id"] for answer in answers] == [str(number) for number in range(2345)]
    assert answers[2340:] == [{**answer, "customer_id": str(2340 + n)} for n, answer in enumerate(answers[:5])]


def test_insight_none_leaves_the_words_empty(client):
    (answer,) = post(client, CUSTOMERS[:1], params={"insight": "none"}).json()

    assert (answer["insight"], answer["recommended_action"], answer["action_id"]) == ("", "", "")
    assert answer["customer_segment"] == "High Value"


def test_a_batch_is_never_worded_by_groq(start):
    client = start(groq_api_key="key", groq_base_url="http://127.0.0.1:9")

    assert {answer["insight_source"] for answer in post(client, CUSTOMERS, params={"insight": "auto"}).json()} == {
        "rules"
    }
    assert "'rules'" in post(client, CUSTOMERS, params={"insight": "groq"}).json()["detail"]


def test_fields_choose_what_is_answered_in_the_order_of_the_contract(client):
    asked = "purchase_probability_30d, customer_id,features"

    answers = post(client, CUSTOMERS, params={"fields": asked}).json()

    assert {tuple(answer) for answer in answers} == {("customer_id", "purchase_probability_30d", "features")}


def test_an_unknown_field_is_named(client):
    problem = post(client, CUSTOMERS, params={"fields": "customer_id,shoe_size"})

    assert problem.status_code == 422
    assert "'customer_id,shoe_size'" in problem.json()["detail"]


def test_the_fields_are_those_of_the_documented_answer_in_its_order(client):
    answer = post(client, CUSTOMERS[:1], params={"fields": ",".join(reversed(ANSWER_FIELDS))})

    assert tuple(answer.json()[0]) == tuple(BatchResponse.model_fields)


@pytest.mark.parametrize(
    "accept", ["", "*/*", "application/json", "application/*", "text/html, application/json;q=0.9", "*/*;q=0.1"]
)
def test_json_is_answered_where_nothing_else_is_wanted(client, accept):
    answer = asked_as(client, accept, CUSTOMERS) if accept else post(client, CUSTOMERS)

    assert answer.headers["content-type"] == "application/json"
    assert len(answer.json()) == 5


def test_ndjson_has_one_object_per_line(client):
    answer = asked_as(client, "application/x-ndjson", CUSTOMERS)

    assert answer.headers["content-type"] == "application/x-ndjson"
    assert answer.text.endswith("}\n")
    assert [json.loads(line) for line in answer.text.splitlines()] == post(client, CUSTOMERS).json()


def test_csv_is_a_table_with_a_column_per_number(client):
    answer = asked_as(client, "application/json;q=0.5, text/csv", CUSTOMERS + ODD)

    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(answer.content.decode(), newline="")))
    expected = post(client, CUSTOMERS + ODD).json()
    names = list(ANSWER_FIELDS[: ANSWER_FIELDS.index("features")])
    assert list(rows[0]) == [
        *names,
        *FEATURE_NAMES,
        *(f"spend_if_purchase_{name}" for name in ("mean", "median", "low", "high", "coverage")),
    ]
    assert [row["customer_id"] for row in rows] == [row["customer_id"] for row in expected]
    assert [float(row["total_spend"]) for row in rows] == [row["features"]["total_spend"] for row in expected]
    assert [row["warnings"] for row in rows] == [" | ".join(row["warnings"]) for row in expected]


@pytest.mark.parametrize("customer_id", ["=1+1", "+1", "-1", "@SUM(A1)", " =1+1", '=HYPERLINK("http://x")'])
def test_an_id_never_becomes_a_formula_of_a_spreadsheet(client, customer_id):
    answer = asked_as(client, "text/csv", [{**CUSTOMERS[0], "customer_id": customer_id}])

    (row,) = csv.DictReader(io.StringIO(answer.text))
    assert row["customer_id"] == "'" + customer_id


def test_an_unknown_form_is_406(client):
    answer = asked_as(client, "text/html, application/json;q=0", CUSTOMERS)

    assert answer.status_code == 406
    assert answer.headers["content-type"] == "application/problem+json"


def test_one_bad_row_and_nobody_is_answered(client):
    """Whoever gets half an answer must find out which half."""
    customers = [
        *CUSTOMERS,
        {"customer_id": "", "features": [1, 1, 1, 1, 1, 1]},
        CUSTOMERS[0],
        {"customer_id": "1", "features": [1, -1, 1, 1, 1, "1"]},
    ]

    answer = post(client, customers)

    assert answer.status_code == 422
    problem = answer.json()
    assert problem["bad_rows"] == [5, 7]
    assert [error["loc"] for error in problem["errors"]] == [
        ["body", 5, "customer_id"],
        ["body", 7, "features", 1],
        ["body", 7, "features", 5],
    ]
    assert problem["detail"] == "[5].customer_id is '', but a text cannot be empty"


def test_every_bad_row_is_named_though_few_are_explained(client):
    customers = [{"customer_id": str(number), "features": [-1] * 6} for number in range(3000)]

    problem = post(client, customers).json()

    assert problem["bad_rows"] == list(range(3000))
    assert len(problem["errors"]) == 20


@pytest.mark.parametrize(
    "broken",
    [
        '{"customer_id": "1", "features": [1, 1, 1, 1, 1, NaN]}',
        '{"customer_id": "1", "features": [1, 1, 1, 1, 1, Infinity]}',
        '{"customer_id": "1", "features": [1, 1, 1, 1, 1, 1e999]}',
        f'{{"customer_id": "1", "features": [1, 1, 1, 1, 1, 1{"0" * 400}]}}',
        '{"customer_id": "1", "features": [1, 1, 1, 1, 1, true]}',
        '{"customer_id": "1", "features": [1, 1, 1, 1, 1, "1"]}',
        '{"customer_id": "1", "features": [1, 1, 1, 1, 1, null]}',
        '{"customer_id": "1", "features": [1, 1, 1, 1, 1, [1]]}',
        '{"customer_id": "1", "features": [1, 1, 1, 1, 1, -1]}',
        '{"customer_id": "1", "features": [1, 1, 1, 1, 1]}',
        '{"customer_id": "1", "features": [1, 1, 1, 1, 1, 1, 1]}',
        '{"customer_id": "1", "features": {"total_spend": 1}}',
        '{"customer_id": "1", "features": "111111"}',
        '{"customer_id": 1, "features": [1, 1, 1, 1, 1, 1]}',
        '{"customer_id": "  ", "features": [1, 1, 1, 1, 1, 1]}',
        '{"customer_id": "a\\u0000b", "features": [1, 1, 1, 1, 1, 1]}',
        f'{{"customer_id": "{"x" * 129}", "features": [1, 1, 1, 1, 1, 1]}}',
        '{"customer_id": "1", "features": [1, 1, 1, 1, 1, 1], "segment": 1}',
        '{"customer_id": "1", "segment": 1}',
        '{"features": [1, 1, 1, 1, 1, 1]}',
        "[]",
        "null",
        "1",
    ],
    ids=lambda value: value[:60],
)
def test_a_customer_that_would_be_refused_alone_is_refused_among_others(client, broken):
    good = json.dumps(CUSTOMERS[0])

    answer = post(client, f"[{good}, {broken}, {good}]")

    assert answer.status_code == 422
    assert answer.json()["bad_rows"] == [1]
    alone = client.post(ONE, content=broken, headers={"Content-Type": "application/json"}).json()
    assert [error["rule"] for error in answer.json()["errors"]] == [error["rule"] for error in alone["errors"]]


@pytest.mark.parametrize(
    "doubled",
    [
        '{"customer_id": "2", "features": [2, 2, 2, 2, 2, 2], "customer_id": "1"}',
        '{"customer_id": "1", "features": [1, 1, 1, 1, 1, 1], "\\u0066eatures": [2, 2, 2, 2, 2, 2]}',
        '{"customer_id": "1", "features": {"total_spend": 1, "total_spend": 2, "avg_spend": 2, "num_transactions": 2, '
        '"total_units": 2, "unique_products": 2, "recency_days": 2}}',
    ],
)
def test_of_a_name_that_is_given_twice_the_last_counts(client, doubled):
    once = {"customer_id": "1", "features": [2, 2, 2, 2, 2, 2]}

    assert post(client, f"[{doubled}]").json() == post(client, [once]).json()
    alone = client.post(ONE, content=doubled, headers={"Content-Type": "application/json"})
    assert alone.json() == client.post(ONE, json=once).json()


def test_names_of_fields_may_be_ids(client):
    answer = post(client, [{**CUSTOMERS[0], "customer_id": name} for name in ("customer_id", "features")])

    assert [row["customer_id"] for row in answer.json()] == ["customer_id", "features"]


@pytest.mark.parametrize(
    ("body", "msg"),
    [
        ("", "the body is missing, but it is required"),
        ("{}", "customer_id is missing, but it is required"),
        ("[]", "the body is a list of 0 values, but there must be at least 1"),
        (
            "[" + ",".join(["{}"] * 10_001) + "]",
            "the body is a list of 10001 values, but there can be at most 10,000",
        ),
        ("1", "the body is 1, but a list is needed"),
        ("[1", "the body is no JSON"),
        (b"[\xff]", "the body is no JSON"),
        (json.dumps([{"customer_id": "\ud800", "features": [1] * 6}]), "the body is no JSON"),
        ("[" * 100_000, "the body is no JSON: recursion limit exceeded"),
    ],
    ids=["missing", "object", "empty", "too many", "number", "no JSON", "no UTF-8", "no Unicode", "nested"],
)
def test_a_body_that_is_no_list_of_customers_is_told_so(client, body, msg):
    answer = post(client, body)

    assert answer.status_code == 422
    assert answer.json()["detail"].startswith(msg)


def test_the_limit_of_a_body_is_its_own(start):
    client = start(max_body_bytes=100, max_batch_body_bytes=1000)
    body = json.dumps(CUSTOMERS)

    assert post(client, body + " " * (1000 - len(body))).status_code == 200
    answer = post(client, body + " " * (1001 - len(body)))
    assert answer.status_code == 413
    assert answer.json()["detail"] == "A body may have at most 1000 bytes."


def test_a_batch_asks_for_key_and_content_type(start):
    client = start(api_keys="key")

    assert post(client, CUSTOMERS).status_code == 401
    assert post(client, CUSTOMERS, headers={"X-API-Key": "key"}).status_code == 415
    assert post(client, CUSTOMERS, headers={"X-API-Key": "key", "Content-Type": "application/json"}).status_code == 200
    assert client.get(MANY).status_code == 405


def test_insights_of_a_batch_are_counted(client):
    post(client, CUSTOMERS)

    assert client.get("/usage").json()["insights_by_source"] == {"rules": 5}
    assert 'insights_total{source="rules"} 5.0' in client.get("/metrics").text


LARGE = [{**CUSTOMERS[number % 5], "customer_id": f"{number} }}, {{ ]"} for number in range(3000)]


def test_a_large_body_is_read_in_parts_wherever_its_texts_may_be_cut(client):
    """Parts end after a customer; an id that looks like such an end leads to the same answers."""
    plain = [{**customer, "customer_id": str(number)} for number, customer in enumerate(LARGE)]

    odd = post(client, LARGE).json()

    assert [answer["customer_id"] for answer in odd] == [customer["customer_id"] for customer in LARGE]
    assert [{**answer, "customer_id": str(number)} for number, answer in enumerate(odd)] == post(client, plain).json()


@pytest.mark.parametrize("separator", [",,", ",\x0b", "", ";", ",]", ",[", ', "", '])
def test_a_large_body_that_is_no_list_of_customers_is_refused_wherever_it_is_broken(client, separator):
    """Each part could be right by itself."""
    plain = [json.dumps({**customer, "customer_id": str(number)}) for number, customer in enumerate(LARGE)]

    for place in range(1, len(plain), 331):
        body = f"[{','.join(plain[:place])}{separator}{','.join(plain[place:])}]"
        assert post(client, body).status_code == 422
    assert post(client, f"[{','.join(plain)},]").status_code == 422
