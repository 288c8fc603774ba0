"""POST /rank_customers: a file or lines in, a list to act on out, or a refusal that says what to do."""

import asyncio
import csv
import errno
import gzip
import io
import json
import os
import shutil
from datetime import datetime
from pathlib import Path

import pandas as pd
import pytest
from starlette.testclient import TestClient

from app.main import create_app
from app.rankings.answers import ROW_FIELDS
from app.rankings.problems import shop_problem
from app.rankings.schemas import RankedList
from app.rankings.uploads import Upload
from app.settings import Settings
from model.errors import Shortage
from model.ranking.presets import presets
from model.segments import SegmentThresholds, decide_segment
from tests.app.in_process import Caller, in_service
from tests.groq_server import fake_groq
from tests.orders import lines, shop
from tests.support import ROOT

URL = "/rank_customers"
TOP_KEYS = [
    "as_of", "horizon_days", "currency", "model_version", "ranking_model", "fitted", "track_record",
    "segment_thresholds", "totals", "segments", "campaign", "cleaning", "warnings", "customers",
]  # fmt: skip
FIELDS = {
    "Customer ID": "customer_id",
    "Invoice": "invoice",
    "StockCode": "product",
    "Quantity": "quantity",
    "Price": "unit_price",
    "InvoiceDate": "ordered_at",
}
SHOP = shop(customers=60)
LINE = {"customer_id": "13085", "invoice": "1", "product": "MUG", "quantity": 2, "unit_price": 12.5,
        "ordered_at": "2011-11-21T09:30:00"}  # fmt: skip


@pytest.fixture(scope="module")
def client():
    settings = Settings(_env_file=None, model_dir=ROOT / "model", groq_api_key=None)
    with TestClient(create_app(settings), raise_server_exceptions=False) as client:
        yield client


@pytest.fixture(autouse=True)
def temporary(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """Whatever a test does, nothing of an upload is left behind."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    yield folder
    assert list(folder.iterdir()) == []


def as_csv(order_lines: pd.DataFrame = SHOP, **options) -> bytes:
    return order_lines.to_csv(index=False, **options).encode()


def as_body(order_lines: pd.DataFrame) -> dict:
    theirs = order_lines.rename(columns=FIELDS).astype({"quantity": float, "unit_price": float})
    theirs["ordered_at"] = theirs["ordered_at"].map(pd.Timestamp.isoformat)
    return {"order_lines": theirs.to_dict("records")}


def upload(client, content: bytes, name: str = "orders.csv", *, accept: str = "application/json", **query):
    return client.post(URL, files={"file": (name, content)}, params=query, headers={"Accept": accept})


def refusal(answer, status: int = 422) -> dict:
    """The first broken rule, of an answer that is a problem."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail"]
    return answer.json()["errors"][0]


def test_the_answer_has_the_keys_of_the_contract_in_their_order(client):
    answer = upload(client, as_csv(), budget="5", contact_cost="0.5", control_share="0.1")

    assert answer.status_code == 200, answer.text
    assert list(answer.json()) == TOP_KEYS
    assert {tuple(customer) for customer in answer.json()["customers"]} == {ROW_FIELDS}
    assert list(RankedList.model_fields) == TOP_KEYS
    RankedList.model_validate(answer.json())


def test_the_sum_has_an_interval_which_a_filtered_list_has_too(client):
    """A part of the base is relatively less sure than all of it."""
    query = {"as_of": "2024-12-01", "model": "fit"}
    everybody, some = (upload(client, as_csv(), **query, **part).json() for part in ({}, {"segments": "High Value"}))

    widths = []
    for answer in (everybody, some):
        totals = answer["totals"]
        interval, revenue = totals["expected_revenue_30d_interval_80"], totals["expected_revenue_30d"]
        assert 0 <= interval["low"] < revenue < interval["high"]
        assert all(round(bound, 2) == bound for bound in interval.values())
        widths.append((interval["high"] - interval["low"]) / revenue)
    assert widths[0] < widths[1]


def test_a_file_and_its_lines_as_json_give_the_same_answer(client):
    file = upload(client, as_csv(), as_of="2024-12-01", limit=5).json()
    body = client.post(URL, json=as_body(SHOP), params={"as_of": "2024-12-01", "limit": 5}).json()

    assert body["cleaning"].pop("columns") == {name: name for name in FIELDS.values()}
    assert file["cleaning"].pop("columns") == {role: name for name, role in FIELDS.items()}
    assert body["cleaning"].pop("file") is None
    assert file["cleaning"].pop("file")["columns"] == list(SHOP.columns)
    assert body == file


@pytest.mark.parametrize(
    "name", ["orders.parquet", "orders.xlsx", "orders.csv.gz", "ORDERS.CSV", "a/../b c.tsv", "Bestellungen é.txt"]
)
def test_every_kind_of_file_gives_the_same_list(client, name, tmp_path):
    path = tmp_path / "file"
    match name.rpartition(".")[2]:
        case "parquet":
            SHOP.to_parquet(path)
        case "xlsx":
            SHOP.to_excel(path, index=False, engine="xlsxwriter")
        case "gz":
            path.write_bytes(gzip.compress(as_csv()))
        case "tsv":
            path.write_bytes(as_csv(sep="\t"))
        case _:
            path.write_bytes(as_csv())

    answer = upload(client, path.read_bytes(), name)

    assert answer.status_code == 200, answer.text
    ids = [customer["customer_id"] for customer in answer.json()["customers"]]
    assert ids == [customer["customer_id"] for customer in upload(client, as_csv()).json()["customers"]]


def test_each_customer_has_the_numbers_of_one_asked_alone(client):
    as_of = "2024-12-01T00:00:00"
    answer = upload(client, as_csv(), as_of=as_of, model="loaded").json()
    listed, thresholds = answer["customers"], SegmentThresholds.model_validate(answer["segment_thresholds"])

    for customer in listed[::6]:
        theirs = as_body(SHOP[SHOP["Customer ID"] == customer["customer_id"]])["order_lines"]
        own_lines = [{name: value for name, value in line.items() if name != "customer_id"} for line in theirs]
        body = {"customer_id": customer["customer_id"], "as_of": as_of, "order_lines": own_lines}
        alone = client.post("/predict_from_orders?insight=rules", json=body).json()
        for name in ("predicted_future_spend_30d", "purchase_probability_30d"):
            assert customer[name] == pytest.approx(alone[name], abs=0.0101)
        assert customer["spend_if_purchase"] == pytest.approx(alone["spend_if_purchase"], abs=0.0101)
        assert customer["features"] == pytest.approx(alone["features"], rel=1e-9)
        # Alone by the thresholds of the card, in the list by those of the shop.
        numbers, spend = list(customer["features"].values()), customer["predicted_future_spend_30d"]
        assert customer["customer_segment"] == decide_segment(numbers, spend, thresholds).segment
        if customer["customer_segment"] == alone["customer_segment"]:
            assert customer["action_id"] == alone["action_id"]
            assert alone["recommended_action"].startswith(customer["recommended_action"])


def test_without_as_of_the_midnight_after_the_last_line_is_now(client):
    answer = client.post(URL, json={"order_lines": [LINE, {**LINE, "ordered_at": "2011-11-25T23:59:59"}]}).json()

    assert answer["as_of"] == "2011-11-26T00:00:00"


def test_lines_from_as_of_on_change_nothing_but_a_warning(client):
    later = {**LINE, "customer_id": "new", "ordered_at": "2011-12-01T00:00:00"}
    expected = client.post(URL, json={"order_lines": [LINE]}, params={"as_of": "2011-12-01"}).json()

    answer = client.post(URL, json={"order_lines": [LINE, later]}, params={"as_of": "2011-12-01"}).json()

    assert answer["customers"] == expected["customers"]
    assert [warning for warning in answer["warnings"] if warning not in expected["warnings"]] == [
        "1 order line at or after as_of 2011-12-01T00:00:00 was ignored"
    ]


def test_cleaning_is_reported(client):
    order_lines = pd.concat([SHOP, SHOP.head(3)])
    order_lines.iloc[0, order_lines.columns.get_loc("Quantity")] = -1

    cleaning = upload(client, as_csv(order_lines)).json()["cleaning"]

    assert cleaning["lines_read"] == len(order_lines)
    assert {drop["reason"]: drop["lines"] for drop in cleaning["dropped"]} == {"quantity <= 0": 1, "exact duplicate": 2}


@pytest.mark.parametrize(
    ("query", "decisions"),
    [
        ({}, {"treat": 59, "left_alone": 1}),
        ({"control_share": 0.5}, {"treat": 28, "control": 31, "left_alone": 1}),
        ({"limit": 0}, {"below_budget": 59, "left_alone": 1}),
        ({"budget": 10, "contact_cost": 0.5}, {"treat": 20, "below_budget": 39, "left_alone": 1}),
        ({"budget": 0.3, "contact_cost": 0.1}, {"treat": 3, "below_budget": 56, "left_alone": 1}),
    ],
)
def test_the_campaign_decides_and_its_totals_add_up(client, query, decisions):
    answer = upload(client, as_csv(), model="fit", **query).json()

    decided = pd.DataFrame(answer["customers"])
    assert decided["decision"].value_counts().to_dict() == decisions
    for decision in ("treat", "control", "below_budget", "left_alone"):
        theirs = decided[decided["decision"] == decision]
        assert answer["totals"][decision]["customers"] == len(theirs)
        revenue = answer["totals"]["total_factor"] * theirs["predicted_future_spend_30d"].sum()
        assert answer["totals"][decision]["expected_revenue_30d"] == pytest.approx(revenue, abs=0.3)
        assert sum(segment[decision] for segment in answer["segments"]) == len(theirs)
    assert sum(segment["customers"] for segment in answer["segments"]) == 60
    assert (answer["campaign"]["control_group"] is None) == ("control_share" not in query)
    assert (decided["control_draw"] < answer["campaign"]["control_share"]).sum() >= decisions.get("control", 0)


def test_one_customer_per_line_is_the_list_without_its_totals(client):
    answer = upload(client, as_csv(), accept="application/x-ndjson")

    assert answer.headers["content-type"] == "application/x-ndjson"
    assert [json.loads(line) for line in answer.text.splitlines()] == upload(client, as_csv()).json()["customers"]


@pytest.mark.parametrize("preset", [None, *presets()])
def test_a_table_has_the_columns_of_its_preset(client, preset):
    query = {"limit": 10} if preset is None else {"limit": 10, "preset": preset}

    answer = upload(client, as_csv(), accept="text/csv", **query)

    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    header, *rows = csv.reader(io.StringIO(answer.text, newline=""))
    assert header == [name for name, _ in presets()[preset or "plain"]]
    assert len(rows) == (60 if preset in (None, "plain") else 10)


def test_every_row_of_a_table_tells_how_the_forecast_was_fitted_on_what_and_why(client):
    rows = csv.DictReader(io.StringIO(upload(client, as_csv(), accept="text/csv").text, newline=""))

    fitted = upload(client, as_csv()).json()["fitted"]
    assert {row["fitted"] for row in rows} == {fitted["told"]}
    for part in ("on these orders", fitted["first_day"], fitted["last_day"], fitted["reason"]):
        assert part in fitted["told"]


def test_ids_that_a_spreadsheet_would_run_are_defused_in_tables_alone(client):
    ids = ["=1+1", "+44", "-5", "@SUM(A1)"]
    content = as_csv(pd.concat([lines(name, "2024-11-01 20.00") for name in ids]))

    rows = list(csv.DictReader(io.StringIO(upload(client, content, accept="text/csv").text)))

    assert {row["customer_id"] for row in rows} == {f"'{name}" for name in ids}
    assert {row["customer_id"] for row in upload(client, content).json()["customers"]} == set(ids)


def test_the_command_line_writes_the_same_table(client, tmp_path):
    from model.score import main

    (tmp_path / "orders.csv").write_bytes(as_csv())
    options = ["--limit", "7", "--control-share", "0.2", "--model-dir", str(ROOT / "model")]
    main([str(tmp_path / "orders.csv"), str(tmp_path / "out.csv"), *options])

    answer = upload(client, as_csv(), accept="text/csv", limit=7, control_share=0.2)

    assert answer.content == (tmp_path / "out.csv").read_bytes()


@pytest.mark.parametrize(
    ("query", "place", "text"),
    [
        ({"budget": "5"}, "contact_cost", "contact_cost is missing, but a budget needs what one contact costs"),
        ({"budget": "5", "contact_cost": "1", "limit": "2"}, "limit", "a budget or a limit, not both"),
        ({"budget": "much", "contact_cost": "1"}, "budget", "budget is 'much', but it must be an amount of money"),
        ({"limit": "-1"}, "limit", "a whole number of customers"),
        ({"control_share": "1"}, "control_share", "at least 0 and less than 1"),
        ({"segments": "Best"}, "segments", "Habitual Buyer"),
        ({"as_of": "tomorrow"}, "as_of", "an ISO 8601 date and time is needed"),
        ({"as_of": "2024-12-01T00:00:00Z"}, "as_of", "without offset"),
        ({"as_of": "2001-01-01"}, "as_of", "nobody bought before"),
        ({"preset": "klaviyo"}, "preset", "Accept: text/csv"),
        ({"bugdet": "5"}, "bugdet", "there is no such option"),
        ({"columns": "customer=Kunde"}, "columns", "the roles are"),
        ({"columns": "customer_id=Kunde"}, "columns", "there is no such column"),
        ({"date_order": "year"}, "date_order", "should be 'day' or 'month'"),
        ({"sheet": "Orders"}, "sheet", "is no workbook"),
    ],
)
def test_an_option_that_breaks_its_rule_is_named(client, query, place, text):
    violation = refusal(upload(client, as_csv(), **query))

    assert violation["loc"] == ["query", place]
    assert text in violation["msg"]
    assert "--" not in violation["msg"], "the command line's way to write options helps nobody here"


def test_options_about_files_are_refused_for_json(client):
    violation = refusal(client.post(URL, json={"order_lines": [LINE]}, params={"columns": "customer_id=invoice"}))

    assert violation["loc"] == ["query", "columns"]


def test_an_unknown_preset_is_refused(client):
    violation = refusal(upload(client, as_csv(), accept="text/csv", preset="excel"))

    assert violation["rule"] == "Input should be 'plain', 'klaviyo', 'mailchimp' or 'meta'"


HEAD = "customer_id,date,total"


@pytest.mark.parametrize(
    ("name", "content", "place", "text"),
    [
        ("orders.csv", "", ["body", "file"], "it is empty"),
        ("orders.csv", "a,b\n", ["body", "file"], "no rows"),
        ("orders.csv", "a,b\n1,2\n", ["query", "columns"], "no column found for customer_id, ordered_at"),
        ("orders.csv", f"{HEAD}\n7,2024-01-01,0\n", ["query", "columns"], "price <= 0: 1"),
        ("orders.csv", f"{HEAD}\n7,03/04/2024,5\n", ["query", "date_order"], "2024-04-03"),
        ("orders.csv", f"{HEAD}\n7,soon,5\n", ["query", "date_order"], "'soon' is no date"),
        ("orders.csv", f'{HEAD}\n7,2024-01-01,"1,234"\n', ["query", "decimal"], "1,234"),
        ("orders.csv", f"{HEAD},currency\n7,2024-01-01,5,GBP\n7,2024-01-01,5,EUR\n", ["body", "file"], "2 currencies"),
        ("orders.csv", "\x00\x01\x02" * 100, None, ""),
        ("orders.csv.gz", "no gzip", ["body", "file"], "cannot be unpacked"),
        ("orders.parquet", "PAR1 but not really PAR1", ["body", "file"], "orders.parquet: cannot be read"),
        ("orders.xlsx", "PK no zip", ["body", "file"], "cannot be unpacked"),
        ("orders.pdf", "%PDF", ["body", "file"], "must be CSV"),
        ("orders.zip", "PK", ["body", "file"], "must be CSV"),
        ("", "a", None, ""),
    ],
)
def test_a_file_that_cannot_be_ranked_is_refused_with_what_to_do(client, name, content, place, text, temporary):
    violation = refusal(upload(client, content.encode(), name))

    assert place is None or violation["loc"] == place
    assert text in violation["msg"]
    assert violation["rule"]
    for hidden in (str(temporary), "--", "LINE 1", "read_parquet"):
        assert hidden not in violation["msg"]


def test_columns_with_unusual_names_are_named(client):
    content = as_csv(SHOP.rename(columns={"Customer ID": "Wer", "InvoiceDate": "Wann"}))

    answer = upload(client, content, columns="customer_id=Wer,ordered_at=Wann")

    assert answer.status_code == 200, answer.text
    assert answer.json()["cleaning"]["columns"]["customer_id"] == "Wer"


def test_a_refused_file_comes_back_as_data_to_choose_from(client):
    """Columns, first rows and what is likely, so that a page can ask without parsing a sentence."""
    content = "Person,Day of sale,Worth,Qty\n" + "".join(f"C{n % 3},2024-01-0{n},{n}.50,1\n" for n in range(1, 9))

    problem = upload(client, content.encode()).json()

    assert problem["columns"] == ["Person", "Day of sale", "Worth", "Qty"]
    assert problem["preview"] == [[f"C{n % 3}", f"2024-01-0{n}", f"{n}.50", "1"] for n in range(1, 6)]
    likely = problem["proposals"]["columns"]
    assert [likely[role][0] for role in ("customer_id", "ordered_at", "line_total")] == [
        "Person",
        "Day of sale",
        "Worth",
    ]
    assert problem["proposals"]["named"] == {"quantity": "Qty"}
    assert (problem["proposals"]["date_order"], problem["proposals"]["sheet"]) == (["day", "month"], [])


def test_a_price_without_a_quantity_is_likely_the_total(client):
    """No number of a channel, though its column has sales in its name."""
    content = b"t_dat,customer_id,article_id,price,sales_channel_id\n" + b"2024-01-05,7,0663713001,0.05,2\n" * 3

    likely = upload(client, content).json()["proposals"]["columns"]

    assert likely["line_total"][0] == "price"


def test_a_column_with_a_comma_is_named_in_quotes(client):
    content = b'Person,Day of sale,"Worth, EUR"\nC1,2024-01-05,20\nC1,2024-02-05,30\n'

    answer = upload(client, content, columns='customer_id=Person,ordered_at=Day of sale,"line_total=Worth, EUR"')

    assert answer.json()["cleaning"]["columns"]["line_total"] == "Worth, EUR"


def test_the_sheets_of_a_workbook_are_proposed(client, tmp_path):
    with pd.ExcelWriter(tmp_path / "orders.xlsx", engine="xlsxwriter") as book:
        for sheet in ("Orders", "Old"):
            SHOP.to_excel(book, sheet_name=sheet, index=False)
    content = (tmp_path / "orders.xlsx").read_bytes()

    problem = upload(client, content, "orders.xlsx", sheet="Nope").json()

    assert problem["errors"][0]["loc"] == ["query", "sheet"]
    assert problem["proposals"]["sheet"] == ["Orders", "Old"]
    assert problem["columns"] == list(SHOP.columns)


def test_text_of_another_script_is_refused_until_its_encoding_is_named(client):
    content = f"{HEAD}\nИван Петров,2024-01-05,5\nМария,2024-02-05,5\n".encode("cp1251")

    problem = upload(client, content).json()

    assert problem["errors"][0]["loc"] == ["query", "encoding"]
    assert problem["proposals"]["encoding"][0] == "cp1251"
    assert problem["preview"][0][0] == "Иван Петров"
    ranked = upload(client, content, encoding="cp1251").json()
    assert {customer["customer_id"] for customer in ranked["customers"]} == {"Иван Петров", "Мария"}


def test_equal_lines_count_each_where_that_is_said(client):
    content = f"{HEAD}\n7,2024-01-05,5\n7,2024-01-05,5\n8,2024-01-06,1\n".encode()

    assert upload(client, content).json()["cleaning"]["spend"] == 6
    assert upload(client, content, keep_equal_lines="true").json()["cleaning"]["spend"] == 11
    line = {**LINE, "quantity": 1, "unit_price": 5}
    asked = {"keep_equal_lines": "true"}
    assert client.post(URL, json={"order_lines": [line, line]}, params=asked).json()["cleaning"]["spend"] == 10


def test_returns_are_subtracted_where_that_is_said(client):
    content = f"{HEAD}\n7,2024-01-05,50\n7,2024-01-06,-20\n8,2024-01-06,1\n".encode()

    assert upload(client, content).json()["cleaning"]["spend"] == 51
    assert upload(client, content, returns="net").json()["cleaning"]["spend"] == 31
    violation = refusal(upload(client, content, returns="net", model="loaded"))
    assert violation["loc"] == ["query", "returns"]
    assert "returns=net" in violation["msg"]


def test_what_values_mean_is_said_and_findings_are_data(client):
    """The gravest first; a warning says the same, with the option as it stands in an address."""
    content = f"{HEAD},state\n7,2024-01-05,50,paid\n7,2024-01-06,20,cancelled\n8,2024-01-06,1,paid\n".encode()

    answer = upload(client, content).json()
    grave = answer["cleaning"]["findings"][0]
    assert (answer["cleaning"]["spend"], grave["column"], grave["option"]) == (51, "state", "purchases")
    assert answer["warnings"][0] == f"{grave['words']}; decide with purchases={grave['proposal']}"
    told = upload(client, content, purchases="state=paid,cancelled").json()
    assert told["cleaning"]["spend"] == 71
    refunds = upload(client, content, returns_are="state=cancelled", returns="net").json()
    assert refunds["cleaning"]["spend"] == 31


def test_a_discount_is_subtracted_where_that_is_said(client):
    content = b"customer_id,date,quantity,unit_price,Discount\n7,2024-01-05,2,10,0.25\n7,2024-01-06,1,10,0\n"

    assert upload(client, content, discount="Discount=rate").json()["cleaning"]["spend"] == 25


@pytest.mark.parametrize(
    ("option", "value", "text"),
    [
        ("encoding", "klingon", "there is no such encoding"),
        ("purchases", "completed", "write COLUMN=VALUE"),
        ("returns_are", "=Refund", "write COLUMN=VALUE"),
        ("discount", "Discount=half", "a discount is a rate or an amount"),
        ("keep_equal_lines", "perhaps", "valid boolean"),
    ],
)
def test_an_option_of_reading_that_nobody_understands_is_refused_by_name(client, option, value, text):
    violation = refusal(upload(client, as_csv(), **{option: value}))

    assert violation["loc"] == ["query", option]
    assert text in violation["msg"]
    assert "--" not in violation["msg"]


def form(*parts: tuple[str, str], boundary: str = "xyz") -> bytes:
    text = "".join(f"--{boundary}\r\nContent-Disposition: form-data; {head}\r\n\r\n{body}\r\n" for head, body in parts)
    return f"{text}--{boundary}--\r\n".encode()


FILE = ('name="file"; filename="orders.csv"', as_csv().decode())


@pytest.mark.parametrize(
    ("content", "place", "text"),
    [
        (form(), ["body", "file"], "file is missing"),
        (form(('name="upload"; filename="orders.csv"', "a")), ["body", "upload"], "one part, named 'file'"),
        (form(FILE, FILE), ["body", "file"], "only one file"),
        (form(FILE, ('name="budget"', "500")), ["body", "budget"], "options belong into the address"),
        (form(FILE)[:-8], ["body", "file"], "file is missing"),
        (b"", ["body", "file"], "file is missing"),
        (b"nothing of a form", ["body"], "the form cannot be read"),
        (form(FILE, boundary="other"), ["body"], "the form cannot be read"),
        (form(*[('name="file"; ' + "x" * 100_000, "a")]), ["body"], "the form cannot be read"),
    ],
)
def test_a_form_that_is_none_of_ours_is_refused(client, content, place, text):
    headers = {"Content-Type": "multipart/form-data; boundary=xyz"}

    violation = refusal(client.post(URL, content=content, headers=headers))

    assert violation["loc"] == place
    assert text in violation["msg"]


@pytest.mark.parametrize("content_type", ["text/csv", "application/octet-stream", "", None])
def test_other_bodies_are_415(client, content_type):
    headers = {} if content_type is None else {"Content-Type": content_type}
    answer = client.post(URL, content=as_csv(), headers=headers)

    assert answer.status_code == 415
    assert "multipart/form-data or application/json" in answer.json()["detail"]


def test_a_form_without_boundary_is_refused(client):
    violation = refusal(client.post(URL, content=form(FILE), headers={"Content-Type": "multipart/form-data"}))

    assert "Missing boundary" in violation["msg"]


def test_answers_in_other_forms_are_406(client):
    assert upload(client, as_csv(), accept="application/xml").status_code == 406


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ({}, ["body", "order_lines"]),
        ({"order_lines": []}, ["body", "order_lines"]),
        ({"order_lines": [LINE], "as_of": "2011-12-01"}, ["body", "as_of"]),
        ({"order_lines": [LINE, {**LINE, "customer_id": " "}]}, ["body", "order_lines", 1, "customer_id"]),
        ({"order_lines": [LINE, {**LINE, "unit_price": "12"}]}, ["body", "order_lines", 1, "unit_price"]),
        ({"order_lines": [LINE, LINE, {**LINE, "ordered_at": "soon"}]}, ["body", "order_lines", 2, "ordered_at"]),
        ({"order_lines": [{**LINE, "currency": "GBP"}]}, ["body", "order_lines", 0, "currency"]),
        ({"order_lines": [{**LINE, "unit_price": 0}]}, ["body", "order_lines"]),
    ],
)
def test_lines_that_break_the_contract_are_named_by_index(client, body, place):
    assert refusal(client.post(URL, json=body))["loc"] == place


@pytest.mark.parametrize("content", [b"", b"{", b'{"order_lines": [{}], "order_lines": []}', b"[" * 100_000])
def test_a_body_that_is_no_json_is_refused(client, content):
    refusal(client.post(URL, content=content, headers={"Content-Type": "application/json"}))


def test_bodies_are_counted_while_they_come(start):
    client = start(max_upload_bytes=1000, max_shop_body_bytes=200)

    def in_pieces():
        yield from (form(FILE)[start : start + 100] for start in range(0, 2000, 100))

    for headers, content in (
        ({"Content-Type": "multipart/form-data; boundary=xyz"}, form(FILE)),
        ({"Content-Type": "multipart/form-data; boundary=xyz"}, in_pieces()),
        ({"Content-Type": "application/json"}, json.dumps({"order_lines": [LINE, LINE]}).encode()),
    ):
        answer = client.post(URL, content=content, headers=headers)
        assert answer.status_code == 413
        assert "may have at most" in answer.json()["detail"]


def test_a_key_is_asked_for_first(start):
    client = start(api_keys="secret")

    assert upload(client, as_csv()).status_code == 401
    answer = client.post(URL, files={"file": ("orders.csv", as_csv())}, headers={"X-API-Key": "secret"})
    assert answer.status_code == 200


def test_without_a_history_model_the_summary_model_ranks_in_the_shops_currency(start):
    answer = upload(start(currency="EUR"), as_csv(), as_of="2024-12-01", model="loaded").json()

    assert answer["ranking_model"] == "summary"
    assert answer["currency"] == "EUR"
    assert answer["totals"]["expected_revenue_30d_interval_80"] is None
    assert answer["customers"][0]["spend_if_purchase"] is None
    assert "€" in answer["customers"][0]["reason"]


def test_a_shop_s_own_actions_are_recommended(start, tmp_path):
    segments = ", ".join(
        f'"{name}"' for name in ("High Value", "Habitual Buyer", "New Customer", "At Risk", "Low Value")
    )
    (tmp_path / "actions.toml").write_text(
        f'[[action]]\nid = "call"\ntitle = "Call after {{recency_days}}"\nsegments = [{segments}]\n'
        'fits = "always"\neffort = "time"\ncost = 2.5\n'
    )
    answer = upload(start(insight_actions=tmp_path / "actions.toml"), as_csv(), as_of="2024-12-01").json()

    for customer in answer["customers"]:
        days = customer["features"]["recency_days"]
        assert customer["action_id"] == "call"
        assert customer["recommended_action"] == f"Call after {days:.0f} day{'' if days == 1 else 's'}"


def test_as_of_may_be_a_moment_of_a_day(client):
    answer = upload(client, as_csv(), as_of="2024-12-01T13:30:00").json()

    assert answer["as_of"] == datetime(2024, 12, 1, 13, 30).isoformat()


def test_what_unpacks_to_too_much_is_refused_before_it_is_read(start):
    client = start(max_upload_bytes=20_000)

    packed = gzip.compress(b"customer_id,date,total\n" + b"7,2024-01-01,5\n" * 20_000)
    assert "must not unpack to so much" in refusal(upload(client, packed, "orders.csv.gz"))["msg"]


def test_a_workbook_of_two_cells_far_apart_is_refused(client):
    """All cells between them would come into memory: five kilobytes that are 17 billion cells."""
    content = io.BytesIO()
    with pd.ExcelWriter(content, engine="xlsxwriter") as writer:
        SHOP.head(3).to_excel(writer, index=False)
        writer.book.worksheets()[0].write(1_048_575, 16_383, "far away")

    violation = refusal(upload(client, content.getvalue(), "orders.xlsx"))

    assert "may span at most 30,000,000 cells" in violation["msg"]


def test_a_shop_that_is_too_large_is_told_where_to_go(temporary):
    problem = shop_problem(Shortage("memory ran out: raise --memory-limit"), Upload(temporary, "orders.csv"))

    assert "python -m model.score" in problem.errors[0].rule
    assert "--memory-limit" not in problem.errors[0].msg


def caller(*pieces: bytes, hangs_up: bool) -> Caller:
    return Caller(URL, *pieces, content_type="multipart/form-data; boundary=xyz", hangs_up=hangs_up)


def test_one_shop_at_a_time_and_nothing_is_left_of_a_caller_who_hangs_up(model_dir, temporary):
    content = form(FILE)

    async def scenario(app, _) -> None:
        slow = caller(content[:500], content[500:1000], hangs_up=True)
        under_way = asyncio.create_task(slow.call(app))
        while slow.pieces:
            await asyncio.sleep(0.01)

        turned_away = caller(content, hangs_up=False)
        await turned_away.call(app)
        assert turned_away.sent[0]["status"] == 503
        assert (b"retry-after", b"1") in turned_away.sent[0]["headers"]

        slow.may_go_on.set()
        await under_way
        assert slow.sent[0]["status"] == 400
        assert list(temporary.iterdir()) == []
        served = caller(content, hangs_up=False)
        await served.call(app)
        assert served.sent[0]["status"] == 200

    in_service(scenario, model_dir)


def test_others_are_answered_while_a_shop_is_ranked(model_dir):
    body = {"customer_id": "13085", "features": [1400.0, 140.0, 10, 800, 60, 12]}

    async def scenario(app, client) -> None:
        shop_caller = caller(form(FILE), hangs_up=False)
        ranking = asyncio.create_task(shop_caller.call(app))
        answered = 0
        while not ranking.done():
            assert (await client.post("/predict_customer_value", json=body)).status_code == 200
            answered += 1
            await asyncio.sleep(0)
        assert shop_caller.sent[0]["status"] == 200
        assert answered >= 10

    in_service(scenario, model_dir)


def test_who_sends_too_slowly_makes_room_for_others(model_dir, temporary, monkeypatch):
    monkeypatch.setattr("app.middleware.MOST_BODY_SECONDS", 0.2)

    async def scenario(app, _) -> None:
        slow = caller(form(FILE)[:500], hangs_up=True)
        await slow.call(app)
        assert slow.sent[0]["status"] == 408
        assert list(temporary.iterdir()) == []

    in_service(scenario, model_dir)


def events(text: str) -> list[tuple[str, dict]]:
    """Server-sent events by name; comments are left out."""
    parts = [dict(line.split(": ", 1) for line in part.splitlines()) for part in text.split("\n\n") if part.strip()]
    return [(part["event"], json.loads(part["data"])) for part in parts if "event" in part]


def test_progress_comes_as_events_and_at_the_end_the_list(client):
    answer = upload(client, as_csv(), accept="text/event-stream", model="fit", limit=5)

    assert answer.headers["content-type"].startswith("text/event-stream")
    *progress, (last, ranked) = events(answer.text)
    assert {name for name, _ in progress} == {"progress"}
    assert {"reading", "cleaning", "fitting", "ranking"} <= {each["step"] for _, each in progress}
    assert all(each["share"] is None or 0 <= each["share"] <= 1 for _, each in progress)
    assert last == "answer"
    assert ranked == upload(client, as_csv(), model="fit", limit=5).json()


def test_what_cannot_be_ranked_is_told_as_an_event_too(client):
    answer = upload(client, b"a,b\n1,2\n", accept="text/event-stream")

    (name, problem) = events(answer.text)[-1]
    assert (name, problem["status"]) == ("problem", 422)
    assert problem["errors"][0]["loc"] == ["query", "columns"]


def test_a_currency_column_decides_the_currency_of_answer_and_words(client):
    answer = upload(client, as_csv(SHOP.assign(Currency="eur"))).json()

    assert answer["currency"] == "EUR"
    assert all("€" in customer["reason"] and "£" not in customer["reason"] for customer in answer["customers"])


def test_what_the_budget_is_spent_on_stands_in_the_rows(client):
    """Contacts and actions: no row costs more than was budgeted, and nobody is contacted to spend nothing on them."""
    answer = upload(client, as_csv(shop(customers=150)), budget=40, contact_cost=0.5, control_share=0.1).json()

    treated = [row for row in answer["customers"] if row["decision"] == "treat"]
    assert sum(row["contact_cost"] for row in treated) == pytest.approx(answer["totals"]["treat"]["cost"], abs=0.0051)
    assert answer["totals"]["treat"]["cost"] <= 40
    assert {row["contact_cost"] for row in answer["customers"] if row["decision"] == "left_alone"} == {0.0}
    assert any(row["contact_cost"] > 0.5 for row in answer["customers"])
    group = answer["campaign"]["control_group"]
    assert group["customers"] == answer["totals"]["control"]["customers"]
    assert group["told"].startswith("This control group will hardly tell anything") != group["is_telling"]


EMAILS = SHOP.assign(Email=SHOP["Customer ID"].str.lower() + "@secret-mail.example", Name="Secretia Lovelace")


@pytest.mark.parametrize("preset", ["klaviyo", "mailchimp", "meta"])
def test_the_id_groups_and_the_email_goes_to_marketing_tools(client, preset):
    columns = dict(presets()[preset])
    assert set(columns.values()) >= {"email", "name", "customer_id"}

    rows = list(csv.DictReader(io.StringIO(upload(client, as_csv(EMAILS), accept="text/csv", preset=preset).text)))

    assert len(rows) > 40
    for row in rows:
        told = {field: row[header] for header, field in columns.items()}
        assert told["email"] == f"{told['customer_id'].lower()}@secret-mail.example"
        assert told["name"] == "Secretia Lovelace"


def test_rows_carry_email_and_name_only_where_the_file_has_them(client):
    with_emails, without = (upload(client, as_csv(file)).json()["customers"] for file in (EMAILS, SHOP))

    assert {tuple(row) for row in with_emails} == {(*ROW_FIELDS, "email", "name")}
    assert {tuple(row) for row in without} == {ROW_FIELDS}
    assert [{name: row[name] for name in ROW_FIELDS} for row in with_emails] == without
    assert "secret-mail" not in upload(client, as_csv(EMAILS), accept="text/csv").text


def test_emails_and_names_are_in_no_log_prompt_or_file(start, tmp_path, capfd):
    """Searched for in all that the service wrote, and in all that the language model was asked."""
    model = tmp_path / "model"
    shutil.copytree(ROOT / "model", model, ignore=shutil.ignore_patterns("*.py", "__pycache__", "sql"))
    with fake_groq() as groq:
        client = start(model_dir=model, groq_api_key="key", groq_base_url=groq.url, log_level="DEBUG")
        for accept in ("application/json", "text/csv", "application/x-ndjson", "text/event-stream"):
            assert upload(client, as_csv(EMAILS), accept=accept, control_share=0.1).status_code == 200
        assert upload(client, as_csv(EMAILS), columns="customer_id=Nobody").status_code == 422
        client.post("/predict_customer_value?insight=groq", json={"customer_id": "c0001@secret-mail.example",
                    "features": [345.7, 49.3, 7, 12, 5, 4]})  # fmt: skip
        asked = json.dumps(groq.questions)

    written = capfd.readouterr()
    assert "request" in written.out + written.err
    searched = [written.out, written.err, asked]
    assert "permitted_segments" in asked
    searched += [path.read_text("utf-8", "replace") for path in tmp_path.rglob("*") if path.is_file()]
    for text in searched:
        assert "secret-mail" not in text
        assert "Secretia" not in text


@pytest.mark.parametrize(("number", "status"), [(errno.ENOSPC, 503), (errno.EDQUOT, 503), (errno.EIO, 500)])
def test_a_disk_without_room_is_asked_again_later(client, monkeypatch, number, status):
    """It was a 500; what else a disk may say still is, and the log has it."""

    def fails(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(shutil, "copyfileobj", fails)

    answer = client.post(URL, files={"file": ("orders.csv", as_csv())})

    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers.get("retry-after") == ("60" if status == 503 else None)
