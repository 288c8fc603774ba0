from datetime import datetime
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.errors import TransactionsError
from model.orders.cleaning import judged_lines
from model.orders.columns import map_columns, parse_columns
from model.orders.options import ReadingOptions
from model.orders.orders import clean_transactions, open_orders, read_orders
from tests.orders import lines

HEADER = "Invoice,StockCode,Quantity,InvoiceDate,Price,Customer ID\n"


def csv(tmp_path: Path, text: str, encoding: str = "utf-8") -> Path:
    path = tmp_path / "orders.csv"
    path.write_bytes(text.encode(encoding))
    return path


def test_each_reason_for_dropping_a_line_is_counted(tmp_path: Path):
    """One line of each kind beside two good ones; shares are of the 60.00 with positive quantity and price."""
    path = csv(
        tmp_path,
        HEADER
        + "1,A,2,2011-01-01 10:00,10.00,77\n"
        + "1,A,2,2011-01-01 10:00,10.00,77\n"
        + "2,B,1,2011-01-02 10:00,5.00,78\n"
        + "3,B,1,2011-01-02 10:00,15.00,\n"
        + "C4,A,-1,2011-01-03 10:00,10.00,77\n"
        + "5,A,1,2011-01-03 10:00,0,77\n"
        + "6,A,many,2011-01-03 10:00,9.00,77\n",
    )

    report = read_orders(path).report

    assert (report.lines_read, report.lines_kept, report.customers, report.orders) == (7, 2, 2, 2)
    assert {drop.reason: (drop.lines, drop.share_of_spend) for drop in report.dropped} == {
        "no customer id": (1, 0.25),
        "quantity <= 0": (1, -0.166667),
        "price <= 0": (1, 0.0),
        "quantity is no number": (1, 0.0),
        "exact duplicate": (1, 0.333333),
    }
    assert report.spend == 25.0


@pytest.mark.parametrize("returns", ["gross", "net"])
def test_a_line_is_kept_exactly_where_there_is_no_reason_to_drop_it(returns: str):
    """Both are said in SQL, one for reading a file quickly and one for people."""
    values = (-1.0, 0.0, 2.0, None)
    rows = [(who, at, quantity, price, excluded) for who in ("7", None) for at in ("2024-01-01", "2062-01-01", None)
            for quantity in values for price in values for excluded in ("status: void", None)]  # fmt: skip
    frame = pd.DataFrame(rows, columns=["customer", "date", "quantity", "price", "excluded"])
    connection = duckdb.connect()
    connection.register("frame", frame)
    connection.execute(
        "CREATE VIEW order_lines AS SELECT customer AS customer_id, 1 AS invoice, 1 AS product, "
        "CAST(date AS TIMESTAMP) AS ordered_at, quantity, price AS unit_price, 0 AS other_columns_hash, excluded "
        "FROM frame"
    )

    judged = judged_lines(subtract_returns=returns == "net", latest=datetime(2025, 1, 1))
    kept, contrary = connection.execute(
        "SELECT count(*) FILTER (is_kept), count(*) FILTER (coalesce(is_kept, false) <> (drop_reason IS NULL)) "
        f"FROM ({judged})"
    ).fetchall()[0]

    assert (kept, contrary) == ({"gross": 1, "net": 4}[returns], 0)


def test_ids_with_blanks_or_decimal_tails_are_one_customer_also_in_parquet(tmp_path: Path):
    path = tmp_path / "orders.parquet"
    ids = ["77", " 77", "77.0", "none", "78"]
    frame = pd.concat([lines("x", f"2024-01-0{day} 20.00") for day in range(1, 6)]).assign(**{"Customer ID": ids})
    duckdb.from_df(frame).write_parquet(str(path))

    with read_orders(path) as transactions:
        found = transactions.connection.execute("SELECT customer_id, count(*) FROM orders GROUP BY 1 ORDER BY 1")
        assert found.fetchall() == [("77", 3), ("78", 1)]


def test_lines_that_differ_in_a_column_we_do_not_use_are_no_duplicates(tmp_path: Path):
    path = csv(
        tmp_path,
        "Invoice,StockCode,Colour,Quantity,InvoiceDate,Price,Customer ID\n"
        "1,A,red,2,2011-01-01,10.00,77\n1,A,blue,2,2011-01-01,10.00,77\n",
    )

    assert read_orders(path).report.lines_kept == 2


@pytest.mark.parametrize(
    "names",
    [
        ["Invoice", "StockCode", "Quantity", "InvoiceDate", "Price", "Customer ID"],
        ["InvoiceNo", "StockCode", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID"],
        [" invoice_no ", "sku", "qty", "order date", "unit-price", "customer_id"],
    ],
)
def test_columns_are_found_by_the_names_that_shops_use(names: list[str], tmp_path: Path):
    path = csv(tmp_path, ",".join(names) + "\n1,A,2,2011-01-01,10.00,77\n")

    assert read_orders(path).report.spend == 20.0


def test_unusual_columns_are_named_by_an_option(tmp_path: Path):
    path = csv(tmp_path, "Beleg;Artikel;Menge;Datum;Preis;Kunde\n1;A;2;2011-01-01;10.00;77\n")
    columns = parse_columns(
        "invoice=Beleg,product=Artikel,quantity=Menge,ordered_at=Datum,unit_price=Preis,customer_id=Kunde"
    )

    assert read_orders(path, ReadingOptions(columns=columns)).report.spend == 20.0


def test_columns_of_a_file_without_header_are_named_by_position(tmp_path: Path):
    """The form of old research data: blanks between columns, a compact date, a line total, no invoice."""
    path = csv(tmp_path, " 00001 19970101  1   11.77\n 00002 19970112  5   77.00\n 00002 19970112  1   12.00\n")

    columns = {"customer_id": "1", "ordered_at": "2", "quantity": "3", "line_total": "4"}
    report = read_orders(path, ReadingOptions(columns=columns)).report

    assert (report.customers, report.orders, report.spend) == (2, 2, 100.77)
    assert report.missing_columns == ("invoice", "product")


def test_without_invoices_a_day_of_a_customer_is_one_order(tmp_path: Path):
    path = csv(tmp_path, "customer,date,amount\n7,2011-01-01 09:00,5\n7,2011-01-01 17:00,6\n7,2011-01-02 09:00,7\n")

    assert read_orders(path).report.orders == 2


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2011-01-31 08:26:00", datetime(2011, 1, 31, 8, 26)),
        ("31/01/2011 08:26", datetime(2011, 1, 31, 8, 26)),
        ("1/31/2011 8:26", datetime(2011, 1, 31, 8, 26)),
        ("31.01.11", datetime(2011, 1, 31)),
        ("20110131", datetime(2011, 1, 31)),
        ("31-Jan-2011", datetime(2011, 1, 31)),
        ("1/31/2011 8:26:00 PM", datetime(2011, 1, 31, 20, 26)),
    ],
)
def test_dates_are_read_in_the_forms_of_exports(value: str, expected: datetime, tmp_path: Path):
    path = csv(tmp_path, HEADER + f"1,A,2,{value},10.00,77\n")

    assert read_orders(path).report.first_line_at == expected


def test_dates_with_two_readings_are_refused_with_both(tmp_path: Path):
    path = csv(tmp_path, HEADER + "1,A,2,03/04/2011,10.00,77\n")

    with pytest.raises(TransactionsError, match=r"2011-04-03 or 2011-03-04.*--date-order"):
        read_orders(path)
    assert read_orders(path, ReadingOptions(date_order="day")).report.first_line_at == datetime(2011, 4, 3)
    assert read_orders(path, ReadingOptions(date_order="month")).report.first_line_at == datetime(2011, 3, 4)


def test_an_unreadable_date_is_named_with_column_row_and_value(tmp_path: Path):
    path = csv(tmp_path, HEADER + "1,A,2,2011-01-01,10.00,77\n2,A,2,yesterday,10.00,77\n")

    with pytest.raises(TransactionsError, match=r"\"InvoiceDate\", data row 2: 'yesterday'.*--date-order"):
        read_orders(path)


def test_a_missing_column_is_named_with_what_the_file_has(tmp_path: Path):
    path = csv(tmp_path, "Invoice,StockCode,Quantity,InvoiceDate,Price\n1,A,2,2011-01-01,10.00\n")

    with pytest.raises(
        TransactionsError, match=r"no column found for customer_id; the export has 'Invoice'.*--columns customer_id="
    ):
        read_orders(path)


@pytest.mark.parametrize(
    ("text", "message"),
    [("", "the file is empty"), (HEADER, "no rows"), (HEADER + "1,A,-1,2011-01-01,1,7\n", "none of the 1 lines")],
)
def test_a_file_without_purchases_says_so(text: str, message: str, tmp_path: Path):
    with pytest.raises(TransactionsError, match=message):
        read_orders(csv(tmp_path, text))


def test_a_path_without_a_file_says_so(tmp_path: Path):
    with pytest.raises(TransactionsError, match=r"nowhere\.csv: there is no such file"):
        read_orders(tmp_path / "nowhere.csv")


def test_a_file_that_is_no_parquet_says_so(tmp_path: Path):
    path = tmp_path / "orders.parquet"
    path.write_text("no parquet")

    with pytest.raises(TransactionsError, match=r"orders\.parquet: cannot be read"):
        read_orders(path)


def test_letters_in_codes_that_appear_late_do_not_break_the_read(tmp_path: Path):
    early = "".join(f"{number},{number},1,2011-01-01,1.00,{number}\n" for number in range(30_000))
    path = csv(tmp_path, HEADER + early + "C9,POST,1,2011-01-01,1.00,X9\n")

    assert read_orders(path).report.lines_kept == 30_001


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1"])
def test_the_encodings_of_exports_are_read(encoding: str, tmp_path: Path):
    path = csv(tmp_path, HEADER + "1,CAFÉ,2,2011-01-01,10.00,Zoë\n", encoding)

    with read_orders(path) as history:
        assert history.connection.execute("SELECT customer_id FROM orders").fetchall() == [("Zoë",)]


def test_all_sheets_of_a_workbook_are_read(tmp_path: Path):
    path = tmp_path / "orders.xlsx"
    with pd.ExcelWriter(path, engine="xlsxwriter") as workbook:
        lines("13085", "2009-12-01T07:45 20.00").to_excel(workbook, sheet_name="2009", index=False)
        lines("13086", "2010-12-01T07:45 22.00").to_excel(workbook, sheet_name="2010", index=False)

    report = read_orders(path).report

    assert (report.customers, report.spend) == (2, 42.0)
    assert report.last_line_at == datetime(2010, 12, 1, 7, 45)


def test_sheets_with_different_columns_are_refused(tmp_path: Path):
    path = tmp_path / "orders.xlsx"
    with pd.ExcelWriter(path, engine="xlsxwriter") as workbook:
        lines("13085", "2009-12-01 20.00").to_excel(workbook, sheet_name="2009", index=False)
        pd.DataFrame({"note": ["checked"]}).to_excel(workbook, sheet_name="notes", index=False)

    with pytest.raises(TransactionsError, match="sheet 'notes' has the columns note"):
        read_orders(path)


def test_csv_parquet_and_workbook_of_the_same_lines_agree(tmp_path: Path):
    order_lines = lines("13085", "2011-06-10T09:30 20.00", "2011-06-12T10:00 30.55")
    order_lines.to_csv(tmp_path / "orders.csv", index=False)
    duckdb.from_df(order_lines).write_parquet(str(tmp_path / "orders.parquet"))
    with pd.ExcelWriter(tmp_path / "orders.xlsx", engine="xlsxwriter") as workbook:
        order_lines.to_excel(workbook, index=False)

    expected = read_orders(order_lines).report
    assert read_orders(tmp_path / "orders.csv").report == expected
    assert read_orders(tmp_path / "orders.parquet").report == expected
    assert read_orders(tmp_path / "orders.xlsx").report == expected


def test_customer_numbers_from_a_spreadsheet_lose_their_decimal_tail():
    frame = lines("x", "2011-06-10 20.00").assign(**{"Customer ID": [13085.0]})

    with read_orders(frame) as history:
        assert history.connection.execute("SELECT customer_id FROM orders").fetchall() == [("13085",)]


def test_an_unknown_role_in_the_option_is_refused():
    with pytest.raises(TransactionsError, match="names the role 'kunde'; the roles are customer_id"):
        parse_columns("kunde=Kunde")


def test_a_chosen_column_that_does_not_exist_is_refused():
    with pytest.raises(TransactionsError, match="customer_id=Kunde: there is no such column"):
        map_columns(["Customer ID"], {"customer_id": "Kunde"})


def test_an_amount_beside_a_price_is_refused_where_it_may_be_a_quantity():
    names = ["TRANSACTION_DT", "CUSTOMER_ID", "PRODUCT_ID", "AMOUNT", "SALES_PRICE"]
    with pytest.raises(TransactionsError, match="'AMOUNT' beside 'SALES_PRICE' could be the total of a line or a quan"):
        map_columns(names, {})

    as_quantity = map_columns(names, {"line_total": "SALES_PRICE", "quantity": "AMOUNT"})
    assert (as_quantity["line_total"], as_quantity["quantity"]) == ("SALES_PRICE", "AMOUNT")
    assert map_columns(names, {"line_total": "AMOUNT"})["line_total"] == "AMOUNT"


def test_two_columns_for_one_role_are_refused():
    with pytest.raises(TransactionsError, match="could both be customer_id"):
        map_columns(["CustomerID", "customer_id", "date", "amount"], {})


@pytest.mark.parametrize("returns", ["gross", "net"])
@pytest.mark.parametrize("ids", [str, int])
@given(rows=st.integers(1, 200), seed=st.integers(0, 2**32), products=st.sampled_from([1, 2, 9]))
@settings(max_examples=15, deadline=None)
def test_copies_and_first_purchases_are_what_pandas_says(returns: str, ids: type, rows: int, seed: int, products: int):
    """A few customers, products and moments, so that lines meet; some without a product, some returned."""
    random = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "customer_id": [ids(customer) for customer in random.integers(10, 16, rows)],
            "invoice": random.integers(0, 3, rows).astype(str),
            "product": [f"P{product}" if product else None for product in random.integers(0, products, rows)],
            "ordered_at": pd.Timestamp("2024-01-01") + pd.to_timedelta(random.integers(0, 25, rows) * 13, unit="us"),
            "quantity": random.choice([1, 1, 1, -1], rows),
            "unit_price": random.choice([2.5, 5.0], rows),
            "remark": random.choice(["a", "b"], rows),
        }
    )
    frame.loc[rows] = [ids(10), "0", "P1", pd.Timestamp("2024-01-01"), 1, 500.0, "a"]  # somebody buys

    kept = frame if returns == "net" else frame[frame["quantity"] > 0]
    once, bought = kept.drop_duplicates(), kept[(kept["quantity"] > 0) & kept["product"].notna()]
    reading = ReadingOptions(columns={role: role for role in frame if role != "remark"}, returns=returns)
    with clean_transactions(open_orders(frame, reading)) as found:
        firsts = found.connection.execute(
            "SELECT customer_id, first_bought_at, products FROM first_products ORDER BY ALL"
        ).fetchall()

        assert found.report.lines_kept == len(once)
        assert found.report.spend == (once["quantity"] * once["unit_price"]).sum()
    first_at = bought.astype({"customer_id": str}).groupby(["customer_id", "product"])["ordered_at"].min()
    expected = first_at.reset_index().groupby(["customer_id", "ordered_at"]).size()
    assert firsts == [(customer, moment, count) for (customer, moment), count in expected.items()]
