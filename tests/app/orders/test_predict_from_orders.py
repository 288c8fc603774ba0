"""POST /predict_from_orders: coherent numbers from order lines that are cleaned as in training, or a clear refusal."""

import json
import shutil
import subprocess
import sys
from datetime import datetime

import hypothesis
import hypothesis.strategies as st
import pytest
from starlette.testclient import TestClient

from app.main import create_app
from app.orders.schemas import MOST_LINES, OrdersResponse
from app.settings import Settings
from scripts.cases import ORDERS_EXAMPLES
from tests.app.predictions.test_predict import CONTRACT_KEYS
from tests.support import ROOT

URL = "/predict_from_orders"
REGULAR = ORDERS_EXAMPLES["regular"]
LINE = {"invoice": "1", "product": "MUG", "quantity": 2, "unit_price": 12.5, "ordered_at": "2011-11-21T09:30:00"}


@pytest.fixture(scope="module")
def client():
    settings = Settings(_env_file=None, model_dir=ROOT / "model", groq_api_key=None)
    with TestClient(create_app(settings), raise_server_exceptions=False) as client:
        yield client


def orders(*lines, **fields):
    """A body; each line changes ``LINE``, and a field that is None is left out."""
    changed = [{name: value for name, value in {**LINE, **line}.items() if value is not None} for line in lines]
    return {"customer_id": "13085", "order_lines": changed, **fields}


def warnings_of(answer):
    """All but how far the lines are from what the model has learned from."""
    return [warning for warning in answer["warnings"] if not warning.startswith("the model was trained on orders")]


def refusal(client, body):
    """The first broken rule, of an answer that is a problem."""
    answer = client.post(URL, json=body)
    assert answer.status_code == 422, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    return answer.json()["errors"][0]


def test_answer_has_the_six_keys_of_the_contract_first_and_then_the_documented_ones(client):
    answer = client.post(URL, json=REGULAR)

    assert answer.status_code == 200
    assert list(answer.json())[:6] == CONTRACT_KEYS
    assert list(answer.json()) == list(OrdersResponse.model_fields)
    OrdersResponse.model_validate(answer.json())


def test_features_are_those_of_the_lines(client):
    """Two orders, worked out by hand: 2 x 12.50, then 3 x 10.00 and 1 x 5.00 three days and a half later."""
    body = orders(
        {},
        {"invoice": "2", "product": "CUP", "quantity": 3, "unit_price": 10, "ordered_at": "2011-11-24T21:30:00"},
        {"invoice": "2", "product": "MUG", "quantity": 1, "unit_price": 5, "ordered_at": "2011-11-24T21:30:00"},
        as_of="2011-12-01",
    )

    answer = client.post(URL, json=body).json()

    assert answer["features"] == {
        "total_spend": 60,
        "avg_spend": 30,
        "num_transactions": 2,
        "total_units": 6,
        "unique_products": 2,
        "recency_days": 6,
    }
    assert (answer["evidence"], answer["as_of"], warnings_of(answer)) == ("some", "2011-12-01T00:00:00", [])


@pytest.mark.parametrize(("count", "evidence"), [(1, "one_order"), (2, "some"), (4, "some"), (5, "rich")])
def test_evidence_counts_orders(client, count, evidence):
    lines = [{"invoice": str(day), "ordered_at": f"2011-11-{day:02}T09:00:00"} for day in range(1, count + 1)]

    assert client.post(URL, json=orders(*lines)).json()["evidence"] == evidence


@pytest.mark.parametrize("as_of", ["2011-12-10", "2012-01-20", "2012-06-01", "2015-01-01"])
@pytest.mark.parametrize("scale", [1e-3, 1, 1e6, 1e10])
def test_numbers_are_coherent_for_small_shops_and_absurd_ones(client, as_of, scale):
    lines = [{**line, "unit_price": line["unit_price"] * scale} for line in REGULAR["order_lines"]]

    answer = client.post(URL, json={**REGULAR, "order_lines": lines, "as_of": as_of}).json()

    spend, probability = answer["predicted_future_spend_30d"], answer["purchase_probability_30d"]
    told = answer["spend_if_purchase"]
    assert 0 <= told["low"] <= told["median"] <= told["high"]
    assert told["coverage"] == 0.8
    assert told["mean"] * probability == pytest.approx(spend, rel=0.02, abs=0.02)
    assert 0 < probability == round(probability, 4) < 1
    assert spend == round(spend, 2)
    reasons = answer["reasons"]
    assert len(reasons["amounts"]) <= 9
    assert reasons["base"] + sum(part["amount"] for part in reasons["amounts"]) == pytest.approx(spend, abs=0.02)


def test_without_as_of_the_midnight_after_the_last_line_is_now(client):
    answer = client.post(URL, json=orders({}, {"invoice": "2", "ordered_at": "2011-11-25T23:59:59"})).json()

    assert answer["as_of"] == "2011-11-26T00:00:00"
    assert answer["features"]["recency_days"] == 0


def test_lines_at_and_after_as_of_change_nothing_but_a_warning(client):
    """What is not known yet must not reach a feature."""
    known = [{}, {"invoice": "2", "ordered_at": "2011-11-25T08:00:00"}]
    later = [
        {"invoice": "3", "quantity": 900, "ordered_at": "2011-12-01T00:00:00"},
        {"invoice": "2", "product": "NEW", "ordered_at": "2011-12-24T08:00:00"},
    ]
    expected = client.post(URL, json=orders(*known, as_of="2011-12-01T00:00:00")).json()

    answer = client.post(URL, json=orders(*later, *known, as_of="2011-12-01T00:00:00")).json()

    assert warnings_of(answer) == ["2 order lines at or after as_of 2011-12-01T00:00:00 were ignored"]
    assert warnings_of(expected) == []
    del answer["warnings"], expected["warnings"]
    assert answer == expected


def test_order_of_lines_changes_nothing(client):
    body = {**REGULAR, "order_lines": REGULAR["order_lines"][::-1]}

    assert client.post(URL, json=body).json() == client.post(URL, json=REGULAR).json()


def test_returns_gifts_and_doubled_lines_are_left_out_and_counted(client):
    odd = [
        {},
        {"invoice": "C9", "quantity": -2},
        {"product": "GIFT", "unit_price": 0},
        {"invoice": "2", "unit_price": None, "quantity": 0, "line_total": 5},
    ]

    answer = client.post(URL, json=orders({}, *odd)).json()

    assert answer["features"]["total_spend"] == 25
    assert sorted(warnings_of(answer)) == [
        "1 order line left out: exact duplicate",
        "1 order line left out: price <= 0",
        "1 order line left out: price is no number",
        "1 order line left out: quantity <= 0",
    ]


def test_line_totals_say_the_same_as_prices(client):
    totals = [{"unit_price": None, "line_total": 25}, {"invoice": "2", "unit_price": None, "line_total": 25}]

    assert client.post(URL, json=orders(*totals)).json() == client.post(URL, json=orders({}, {"invoice": "2"})).json()


def test_beside_a_price_a_total_counts_where_no_quantity_is_given(client):
    """As in a file, where quantity and price count together."""
    line = {"ordered_at": "2011-10-14", "unit_price": 12.75, "line_total": 99}
    body = {"customer_id": "1", "order_lines": [line]}
    assert client.post(URL, json=body).json()["features"]["total_spend"] == 99

    line["quantity"] = 2
    assert client.post(URL, json=body).json()["features"]["total_spend"] == 25.5


def test_without_invoices_a_day_is_one_order_and_a_warning_says_so(client):
    lines = [{"invoice": None, "ordered_at": f"2011-11-21T{hour}:00:00"} for hour in (10, 11, 12)]

    answer = client.post(URL, json=orders(*lines)).json()

    assert answer["features"]["num_transactions"] == 1
    assert warnings_of(answer) == ["no line has an invoice; all that was bought on one day counts as one order"]


def test_any_customer_id_is_a_customer(client):
    """Cleaning an export takes "none" for a missing id; whoever names a customer so means one."""
    alike = client.post(URL, json={**REGULAR, "customer_id": "none"}).json()

    assert alike == {**client.post(URL, json=REGULAR).json(), "customer_id": "none"}


def test_a_customer_who_is_gone_is_answered_like_any_other(client):
    """The model has learned from everybody who ever bought; only the level of a later month is unknown."""
    recent, quiet = (client.post(URL, json=orders({}, as_of=day)).json() for day in ("2011-12-20", "2012-02-20"))

    assert quiet["features"]["recency_days"] == 90
    assert 0 < quiet["purchase_probability_30d"] < recent["purchase_probability_30d"]
    assert len(quiet["warnings"]) == 1
    assert "knows the level of the month after; at 2012-02-20 it answers without one" in quiet["warnings"][0]


def test_words_can_be_left_out(client):
    answer = client.post(f"{URL}?insight=none", json=REGULAR).json()

    assert (answer["insight"], answer["recommended_action"], answer["action_id"]) == ("", "", "")


@pytest.mark.parametrize(
    "moment", ["2011-13-01", "yesterday", "2011-11-21T09:30:00Z", "2011-11-21T09:30:00+01:00", 1321867800, None, True,
               "0001-01-01", "9999-12-31", ""],
)  # fmt: skip
def test_a_moment_that_is_no_local_time_is_refused_by_name(client, moment):
    problem = refusal(client, {**orders({}), "order_lines": [LINE, {**LINE, "ordered_at": moment}]})

    assert problem["loc"] == ["body", "order_lines", 1, "ordered_at"]
    if moment is not None:
        assert refusal(client, orders({}, as_of=moment))["loc"] == ["body", "as_of"]


@pytest.mark.parametrize(
    ("line", "place"),
    [
        ({"quantity": "2"}, "quantity"),
        ({"quantity": True}, "quantity"),
        ({"unit_price": 1e13}, "unit_price"),
        ({"line_total": "free"}, "line_total"),
        ({"invoice": 536365}, "invoice"),
        ({"product": ""}, "product"),
        ({"product": "M\x00G"}, "product"),
        ({"product": "M" * 129}, "product"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_field_that_cannot_be_is_refused_by_name(client, line, place):
    assert refusal(client, orders(line))["loc"] == ["body", "order_lines", 0, place]


@pytest.mark.parametrize("number", ["NaN", "Infinity", "1e999", "-1e999"])
def test_a_number_without_end_is_refused(client, number):
    body = json.dumps(orders({"unit_price": 7.25})).replace("7.25", number)

    answer = client.post(URL, content=body, headers={"Content-Type": "application/json"})

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["loc"] == ["body", "order_lines", 0, "unit_price"]


@pytest.mark.parametrize("lines", [[], [LINE] * (MOST_LINES + 1)])
def test_too_few_and_too_many_lines_are_refused(client, lines):
    problem = refusal(client, {"customer_id": "1", "order_lines": lines})

    assert problem["rule"] == "1 to 10,000 order lines are needed"


def test_a_line_without_any_price_and_invoices_in_some_lines_are_refused(client):
    assert refusal(client, orders({"unit_price": None}))["rule"] == "unit_price or line_total is needed"
    assert "in every order line or in none, and 1 of 2" in refusal(client, orders({}, {"invoice": None}))["rule"]


@pytest.mark.parametrize("body", [[], 1, "x", {}, {"customer_id": "1"}, {"customer_id": "1", "order_lines": {}},
                                  {**orders({}), "discount": 0.1}, {**orders({}), "customer_id": ""}])  # fmt: skip
def test_a_body_of_another_shape_is_refused(client, body):
    assert refusal(client, body)["loc"][0] == "body"


@pytest.mark.parametrize(
    "body", [orders({"quantity": -1}), orders({"unit_price": 0}), orders({}, as_of="2011-11-21T09:30:00")]
)
def test_a_customer_without_a_purchase_is_told_so(client, body):
    problem = refusal(client, body)

    assert problem["loc"] == ["body", "order_lines"]
    assert problem["msg"].startswith("no order line before 2011-11-2")


def test_the_body_has_a_limit_of_its_own(start):
    client = start(model_dir=ROOT / "model", max_orders_body_bytes=100)

    assert client.post(URL, json=REGULAR).status_code == 413


def test_ten_thousand_lines_are_answered(client):
    lines = [
        {"invoice": str(n // 5), "product": str(n % 700), "quantity": 1 + n % 9,
         "ordered_at": f"20{10 + n // 5000}-{1 + n // 500 % 10:02}-{1 + n // 20 % 25:02}T{n % 24:02}:00:00"}
        for n in range(MOST_LINES)
    ]  # fmt: skip

    answer = client.post(URL, json=orders(*lines))

    assert answer.status_code == 200
    assert answer.json()["evidence"] == "rich"


def test_a_service_without_a_history_model_says_how_to_get_one(start):
    """The small model of the other tests has none."""
    answer = start().post(URL, json=REGULAR)

    assert answer.status_code == 503
    assert answer.headers["content-type"] == "application/problem+json"
    assert "python -m training ORDERS" in answer.json()["detail"]


def test_keys_are_asked_for_here_too(start):
    client = start(model_dir=ROOT / "model", api_keys="secret")

    assert client.post(URL, json=REGULAR).status_code == 401


def test_the_six_numbers_never_load_the_libraries_of_whole_histories():
    code = (
        "import sys; from starlette.testclient import TestClient; from app.main import create_app\n"
        "with TestClient(create_app()) as client:\n"
        "    body = {'customer_id': '1', 'features': [100, 50, 2, 9, 3, 7]}\n"
        "    assert client.post('/predict_customer_value', json=body).json()['reasons']\n"
        "heavy = {'pandas', 'duckdb', 'sklearn', 'scipy', 'model.prediction.history_predictor'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    finished = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": str(ROOT), "MODEL_DIR": str(ROOT / "model")},
        capture_output=True,
        text=True,
        check=False,
    )

    assert finished.stdout.strip() == "[]", finished.stderr


def test_a_pipeline_without_a_card_answers_six_numbers_alone_and_without_reasons(start, tmp_path):
    shutil.copy(ROOT / "model" / "model.pkl", tmp_path)
    client = start(model_dir=tmp_path, allow_unverified_model=True)

    answer = client.post("/predict_customer_value", json={"customer_id": "1", "features": [100, 50, 2, 9, 3, 7]})

    assert (answer.json()["spend_if_purchase"], answer.json()["reasons"]) == (None, None)
    assert client.post(URL, json=REGULAR).status_code == 503


NUMBERS = st.one_of(st.none(), st.floats(), st.integers(-(10**13), 10**13), st.sampled_from([0, 1e-300, -1e12, 1e12]))
LINES = st.lists(
    st.fixed_dictionaries(
        {"ordered_at": st.datetimes(datetime(1890, 1, 1), datetime(2210, 1, 1)).map(datetime.isoformat)},
        optional={
            "invoice": st.one_of(st.none(), st.text(max_size=5)),
            "product": st.text(max_size=5),
            "quantity": NUMBERS,
            "unit_price": NUMBERS,
            "line_total": NUMBERS,
        },
    ),
    max_size=4,
)


@hypothesis.given(LINES)
@hypothesis.settings(max_examples=60, deadline=None, derandomize=True)
def test_no_lines_break_the_service(client, lines):
    body = json.dumps({"customer_id": "1", "order_lines": lines})

    answer = client.post(URL, content=body, headers={"Content-Type": "application/json"})

    assert answer.status_code in {200, 422}
    assert answer.status_code == 422 or OrdersResponse.model_validate(answer.json())


def test_a_first_order_without_product_is_not_one_of_no_products(client):
    answer = client.post(URL, json=ORDERS_EXAMPLES["one_order"]).json()

    assert "worth £44.90: 1 unit. No second order yet." in answer["insight"]
