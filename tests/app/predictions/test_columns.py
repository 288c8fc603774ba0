"""POST /predict_customer_values with columns: the answers of the list, and the same rules."""

import json

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from app.predictions.schemas import ANSWER_FIELDS, MOST_CUSTOMERS, ColumnsResponse, CustomerColumns
from model import FEATURE_NAMES
from scripts.cases import COLUMNS, EXAMPLES

COLUMN_NAMES = ("customer_id", *FEATURE_NAMES)
MANY = "/predict_customer_values"
JSON = {"Content-Type": "application/json"}
EVERYTHING = {"fields": ",".join(ANSWER_FIELDS)}
POSITIVE = st.integers(0, 10**19) | st.floats(0, 1e12) | st.sampled_from([0, 0.0, -0.0, 1, 1.0, 1e15])
IDS = st.text(max_size=5) | st.sampled_from(["13085", " ", "", '"', "]", "[1", "},", "\\", "true", "a\u200d", "\u3000"])
ODD = st.sampled_from([-1, True, False, None, "1", "", [], [1], {}, {"a": 1}, 1e999, float("nan"), 7])
CUSTOMER = st.tuples(IDS, *[POSITIVE] * len(FEATURE_NAMES))
CUSTOMERS = st.lists(CUSTOMER, min_size=1, max_size=5)
ODD_CUSTOMERS = st.lists(st.tuples(IDS | ODD, *[POSITIVE | ODD] * len(FEATURE_NAMES)), min_size=1, max_size=4)


def columns_of(customers):
    return {name: list(column) for name, column in zip(COLUMN_NAMES, zip(*customers, strict=True), strict=True)}


def list_of(customers):
    return [{"customer_id": customer_id, "features": list(features)} for customer_id, *features in customers]


def post(client, body, **options):
    content = body if isinstance(body, bytes | str) else json.dumps(body)
    return client.post(MANY, content=content, **{"headers": JSON, **options})


def as_columns(answers):
    return {name: [answer[name] for answer in answers] for name in answers[0]}


def rule_and_value(error):
    return f"{error['rule']}: {error['value']!r}"


@given(CUSTOMERS | ODD_CUSTOMERS)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@example([("13085", 1400.0, 140.0, 10, 800, 60, 12)])
@example([("a]b", 1, 1, 1, 1, 1, 1), ("[", 1, 1, 1, 1, 1, 1)])
@example([("1", True, 1, 1, 1, 1, "1")])
def test_columns_are_answered_or_refused_as_the_list_is(client, customers):
    in_list = post(client, list_of(customers), params=EVERYTHING)
    in_columns = post(client, columns_of(customers), params=EVERYTHING)

    assert in_columns.status_code == in_list.status_code
    if in_list.status_code == 200:
        assert in_columns.json() == as_columns(in_list.json())
    else:
        one, other = in_columns.json(), in_list.json()
        assert one["bad_rows"] == other["bad_rows"]
        assert sorted(map(rule_and_value, one["errors"])) == sorted(map(rule_and_value, other["errors"]))


NUMBERS_AS_WRITTEN = (
    *("0", "1", "-0", "-0.0", "0.1", "1e2", "1E+2", "5e-324", "1e400", "-1e400", "-1", "01", "+1", "1.", ".5", "0x1"),
    *("1_0", "NaN", "Infinity", "true", "false", "null", "[]", "[1]", "{}", "'1'", '"1"', '""', "\u00a01", "\ufeff1"),
    *(f"1{'0' * 18}", f"1{'0' * 25}", f"1{'0' * 400}", f"0.{'1' * 30}"),
)
IDS_AS_WRITTEN = (
    *('"13085"', '"a b"', '" "', '""', '"\\u0041"', '"\\""', '"\\ud800"', '"é"', '"\x7f"', '"\t"', '"]"', '"["', '","'),
    *("7", "null", "true", '["a"]', '{"a":"b"}', "'1'", '"1";"2"', '"1""2"', '"1","2"', '"'),
    *(f'"{"x" * length}"' for length in (128, 129)),
)
WRITTEN = st.lists(
    st.tuples(st.sampled_from(IDS_AS_WRITTEN), st.sampled_from(NUMBERS_AS_WRITTEN)), min_size=1, max_size=3
)
SPACE = st.sampled_from(["", " ", "\n\t ", "\r\n", "\f", "\ufeff"])


@given(WRITTEN, SPACE)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=300)
@example([('"1"', "1"), ('"2"', "-0")], "")
@example([('"1"', "1"), ('"2"', "1e400")], " ")
def test_whatever_stands_for_a_value_is_answered_or_refused_as_in_the_list(client, customers, space):
    ids, numbers = ([*values] for values in zip(*customers, strict=True))
    between = f"{space},{space}"
    columns = {"customer_id": ids} | dict.fromkeys(FEATURE_NAMES, numbers)
    in_columns = between.join(f'"{name}":{space}[{between.join(values)}]' for name, values in columns.items())
    in_list = between.join(
        f'{{"customer_id":{space}{one},"features":[{between.join([number] * len(FEATURE_NAMES))}]}}'
        for one, number in customers
    )

    answer = post(client, f"{space}{{{in_columns}}}", params=EVERYTHING)
    expected = post(client, f"{space}[{in_list}]", params=EVERYTHING)

    assert answer.status_code == expected.status_code
    if expected.status_code == 200:
        assert answer.json() == as_columns(expected.json())


def test_columns_may_stand_in_any_order_and_be_written_in_any_way(client):
    usual = post(client, COLUMNS).json()
    backwards = dict(reversed(COLUMNS.items()))

    assert post(client, backwards).json() == usual
    assert post(client, json.dumps(COLUMNS, indent=2)).json() == usual
    assert post(client, " " + json.dumps(COLUMNS)).json() == usual
    assert post(client, json.dumps(COLUMNS).replace("recency", "r\\u0065cency")).json() == usual


def test_fields_choose_the_columns_in_the_order_of_the_contract(client):
    everything = post(client, COLUMNS).json()

    chosen = post(client, COLUMNS, params={"fields": "predicted_future_spend_30d, customer_id"})

    assert chosen.headers["content-type"] == "application/json"
    assert list(chosen.json()) == ["customer_id", "predicted_future_spend_30d"]
    assert chosen.json().items() <= everything.items()


def test_insight_none_leaves_the_words_empty(client):
    assert post(client, COLUMNS, params={"insight": "none"}).json()["insight"] == ["", ""]


@pytest.mark.parametrize("accept", ["application/x-ndjson", "text/csv"])
def test_lines_and_tables_have_a_row_per_customer(client, accept):
    headers = {**JSON, "Accept": accept}

    answers = [post(client, body, headers=headers).text for body in (COLUMNS, list(EXAMPLES.values())[:2])]

    assert answers[0] == answers[1]


def test_as_many_customers_as_allowed_are_answered_in_order(client):
    many = {name: (values * MOST_CUSTOMERS)[:MOST_CUSTOMERS] for name, values in COLUMNS.items()}
    many["customer_id"] = [str(number) for number in range(MOST_CUSTOMERS)]
    two = post(client, COLUMNS).json()

    answer = post(client, many, params={"fields": "customer_id,predicted_future_spend_30d,segment_reason"}).json()

    assert answer["customer_id"] == many["customer_id"]
    for name in ("predicted_future_spend_30d", "segment_reason"):
        assert answer[name] == two[name] * (MOST_CUSTOMERS // 2)


def test_every_bad_row_is_named_with_its_column(client):
    broken = {name: values * 2 for name, values in COLUMNS.items()}
    broken["total_spend"] = [1, -1, 1, "1"]
    broken["customer_id"] = ["1", "2", "3", ""]

    problem = post(client, broken).json()

    assert problem["bad_rows"] == [1, 3]
    assert [error["loc"] for error in problem["errors"]] == [
        ["body", "customer_id", 3],
        ["body", "total_spend", 1],
        ["body", "total_spend", 3],
    ]
    assert problem["detail"] == "customer_id[3] is '', but a text cannot be empty"


@pytest.mark.parametrize(
    ("changes", "msgs"),
    [
        ({"total_units": [1]}, ["total_units is a list of 1 values, but there are 2 ids, and all columns are as long"]),
        ({"total_units": 5}, ["total_units is 5, but a list is needed"]),
        ({"customer_id": "1"}, ["customer_id is '1', but a list is needed"]),
        (
            {name: [] for name in COLUMN_NAMES},
            [f"{name} is a list of 0 values, but there must be at least 1" for name in COLUMN_NAMES],
        ),
        (
            {name: ["1"] * 10_001 for name in COLUMN_NAMES},
            [f"{name} is a list of 10001 values, but there can be at most 10,000" for name in COLUMN_NAMES],
        ),
        ({"colour": [1, 2], "é": 1}, ["colour is a list of 2 values, but there is no such field", "é is 1, but there"]),
    ],
    ids=["shorter", "no list", "no list of ids", "nobody", "too many", "unknown"],
)
def test_a_column_that_does_not_fit_is_named(client, changes, msgs):
    answer = post(client, {**COLUMNS, **changes})

    assert answer.status_code == 422
    errors = answer.json()["errors"]
    assert len(errors) == len(msgs)
    assert all(error["msg"].startswith(msg) for error, msg in zip(errors, msgs, strict=True))
    assert "bad_rows" not in answer.json()


def test_every_missing_column_is_named(client):
    problem = post(client, {"total_spend": [1]}).json()

    missing = [name for name in COLUMN_NAMES if name != "total_spend"]
    assert [error["loc"] for error in problem["errors"]] == [["body", name] for name in missing]
    assert problem["detail"] == "customer_id is missing, but it is required"


@pytest.mark.parametrize("first", ["[1, 2]", "1", '"1"'])
@pytest.mark.parametrize("name", ["total_spend", "total_sp\\u0065nd"])
def test_of_a_name_that_is_given_twice_the_last_counts(client, name, first):
    doubled = json.dumps(COLUMNS).replace('"total_spend": [', f'"{name}": {first}, "total_spend": [')

    assert post(client, doubled).json() == post(client, COLUMNS).json()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("[8200.0, ", "[8200.0,, "),
        ("[8200.0, ", "[8200.0 "),
        ("[8200.0, ", "8200.0, "),
        ("], ", "] "),
        ("], ", "]], "),
        ("], ", ",], "),
        ("2400.0], ", f"2400.0{' ' * 100_000},], "),
        ("[8200.0, ", f"[8200.0{' ' * 100_000},, "),
        ("}", ""),
        ("}", "}]"),
        ("}", "} {}"),
        ("}", ", []}"),
    ],
)
def test_columns_that_are_no_json_are_refused_wherever_they_are_broken(client, old, new):
    """Each list could be right by itself."""
    answer = post(client, json.dumps(COLUMNS).replace(old, new))

    assert answer.status_code == 422
    assert answer.json()["detail"].startswith("the body is no JSON")


def test_a_body_of_brackets_takes_no_longer_than_another(client):
    """Each list that is cut out costs a copy of what stands before it."""
    assert post(client, '{"total_spend": ' + "[]," * 1_000_000).json()["detail"].startswith("the body is no JSON")


def test_of_many_unknown_columns_few_are_named(client):
    problem = post(client, {**COLUMNS, **{str(number): 1 for number in range(1000)}}).json()

    assert [error["loc"] for error in problem["errors"]] == [["body", str(number)] for number in range(20)]


@pytest.mark.parametrize("nested", ['{"a": %s}', "[%s]", '[1, {"total_spend": []}]', "[[], []]", "{}"])
def test_a_column_of_anything_but_numbers_is_refused(client, nested):
    body = json.dumps(COLUMNS).replace("[8200.0, 2400.0]", nested.replace("%s", "[8200.0, 2400.0]"))

    answer = post(client, body)

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["loc"][:2] == ["body", "total_spend"]


def test_the_document_has_the_columns():
    assert tuple(CustomerColumns.model_fields) == COLUMN_NAMES
    assert tuple(ColumnsResponse.model_fields) == ANSWER_FIELDS
