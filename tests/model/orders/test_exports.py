"""Exports of other shops: each is read, or refused with a message that says what to do."""

import gzip
from datetime import datetime
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from model.errors import TransactionsError
from model.orders.cleaning import CleaningReport
from model.orders.options import ReadingOptions, mapping_toml, read_mapping
from model.orders.orders import read_orders
from tests.orders import lines

HEADER = "Invoice,StockCode,Quantity,InvoiceDate,Price,Customer ID\n"
LINE = "1,A,2,2011-01-31 08:26,10.00,77\n"


def written(tmp_path: Path, content: str | bytes, name: str = "orders.csv") -> Path:
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def report(path: Path | str, **options: object) -> CleaningReport:
    with read_orders(path, ReadingOptions(**options)) as transactions:  # type: ignore[arg-type]
        return transactions.report


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_any_common_separator_is_found(separator: str, tmp_path: Path):
    text = (HEADER + LINE).replace(",", separator)

    assert report(written(tmp_path, text)).spend == 20.0


def test_compressed_files_are_read(tmp_path: Path):
    packed = written(tmp_path, gzip.compress((HEADER + LINE).encode()), "orders.csv.gz")
    zstd = str(tmp_path / "orders.csv.zst")
    duckdb.execute(
        f"COPY (SELECT * FROM read_csv('{packed}', all_varchar = true)) TO '{zstd}' (COMPRESSION zstd, HEADER)"
    )

    assert report(packed).spend == report(zstd).spend == 20.0


def test_a_file_that_only_calls_itself_gzip_is_refused(tmp_path: Path):
    with pytest.raises(TransactionsError, match="cannot be unpacked"):
        report(written(tmp_path, HEADER + LINE, "orders.csv.gz"))


@pytest.mark.parametrize("encoding", ["cp1252", "latin-1", "utf-16", "utf-16-le", "utf-16-be", "utf-8-sig"])
@pytest.mark.parametrize("packed", [False, True])
def test_files_of_older_programs_are_read_in_their_encoding(encoding: str, packed: bool, tmp_path: Path):
    """The letter stands after the sample that the first guess is made from."""
    content = (HEADER + LINE * 20_000 + LINE.replace("77", "Zoë")).encode(encoding)
    path = written(tmp_path, gzip.compress(content) if packed else content, "o.csv.gz" if packed else "o.csv")

    with read_orders(path, ReadingOptions()) as transactions:
        customers = transactions.connection.execute("SELECT DISTINCT customer_id FROM orders ORDER BY 1").fetchall()
    assert customers == [("77",), ("Zoë",)]


def test_quotes_line_breaks_and_short_rows_are_read(tmp_path: Path):
    text = (
        "Customer,Date,Note,Amount,Coupon\n"
        '7,2011-01-31,"said ""two""\nand left",10.00,X\n'
        '7,2011-02-01,12" ruler,5.00\n'
        "7,2011-02-02,,5.00,\n"
    )

    assert report(written(tmp_path, text)).spend == 20.0


def test_a_header_that_stands_again_is_no_order_line(tmp_path: Path):
    """Monthly files that somebody put one after the other."""
    assert report(written(tmp_path, HEADER + LINE + HEADER + LINE.replace("1,A", "2,A"))).lines_read == 2


def test_a_quote_that_never_ends_does_not_swallow_the_file(tmp_path: Path):
    text = "Customer,Date,Note,Amount\n" + '7,2011-01-31,"12"" ruler" long,10.00\n' + "8,2011-02-01,,5.00\n"

    assert report(written(tmp_path, text)).customers == 2


def test_a_row_with_too_many_cells_is_refused_with_its_line(tmp_path: Path):
    with pytest.raises(TransactionsError, match=r"Line: 3.*1,A,B,2.*Expected Number of Columns: 6 Found: 7"):
        report(written(tmp_path, HEADER + LINE + LINE.replace("A,", "A,B,")))


@pytest.mark.parametrize(
    "text",
    [
        "customer,date,amount\n7,2011-01-31,12,50\n8,2011-01-31,49,90\n",  # a decimal comma without quotes
        '"ship_date","date","product","customer","amount"\n' + '"1","2011-02-03","2011-01-31","Mug",100,5.5\n' * 5,
    ],
)
def test_rows_with_more_values_than_the_header_has_names_are_refused(text: str, tmp_path: Path):
    """Read by place, cents would be lost, or each value have the name of its neighbour."""
    with pytest.raises(TransactionsError, match=r"more values than the header has names, for example '.*' under "):
        report(written(tmp_path, text))


def test_values_without_a_name_may_be_empty(tmp_path: Path):
    assert report(written(tmp_path, "customer,date,amount\n7,2011-01-31,12.50,\n8,2011-01-31,49.90,\n")).spend == 62.4


@pytest.mark.parametrize("separator", [",", "\t"])
def test_quotes_that_are_not_closed_swallow_no_rows(separator: str, tmp_path: Path):
    notes = ['"BLUE MUG' if n == 2 else '"RED MUG' if n == 7 else '"a ""b"""' for n in range(10)]
    rows = [f"{n},2011-01-31,{note},5.00\n" for n, note in enumerate(notes)]
    text = "Customer,Date,Note,Amount\n" + "".join(rows)
    assert report(written(tmp_path, text.replace(",", separator))).lines_kept == 10

    with pytest.raises(TransactionsError, match=r"the quote before 'BLUE MUG.*' in column \"Note\" is not closed"):
        report(written(tmp_path, text.replace('"a ""b"""', '"a,b"', 1)))


def test_line_ends_of_several_kinds_are_read(tmp_path: Path):
    path = tmp_path / "orders.csv"
    path.write_bytes(
        (HEADER + LINE + LINE.replace("1,A", "2,A").replace("\n", "\r\n") + LINE.replace("1,A", "3,A")).encode()
    )

    assert report(path).lines_read == 3


@pytest.mark.parametrize(
    ("content", "ending"), [(gzip.compress(b"a,b", mtime=0), "csv.gz"), (b"PAR1", "parquet"), (b"PK\x03\x04", "xlsx")]
)
def test_a_file_of_another_kind_is_told_by_its_first_bytes(content: bytes, ending: str, tmp_path: Path):
    path = tmp_path / "orders.csv"
    path.write_bytes(content + b"\x00\xff" * 20)
    with pytest.raises(TransactionsError, match=f"it begins as a .{ending} does. Give it that ending"):
        report(path)


def test_a_long_cell_is_a_cell(tmp_path: Path):
    assert report(written(tmp_path, "customer,date,amount,note\n7,2011-01-31,5," + "x" * 140_000 + "\n")).spend == 5.0


def test_a_gzip_file_that_is_cut_short_or_damaged_is_refused(tmp_path: Path):
    rows = "".join(f"{n},2011-01-31,{n / 7:.2f},M\xfcller\n" for n in range(20_000))
    whole = gzip.compress(("customer,date,amount,name\n" + rows).encode("latin-1"))
    damaged = whole[:5000] + bytes(255 - byte for byte in whole[5000:5100]) + whole[5100:]
    for content in (whole[:-2000], damaged):
        with pytest.raises(TransactionsError, match="cannot be"):
            report(written(tmp_path, content, "orders.csv.gz"))


def test_names_that_differ_in_capitals_alone_are_refused(tmp_path: Path):
    with pytest.raises(TransactionsError, match=r"the column name 'Note' stands more than once, capitals aside"):
        report(written(tmp_path, "customer,date,amount,Note,note\n7,2011-01-31,5,a,b\n"))


def test_titles_above_the_header_and_excels_separator_line_are_skipped(tmp_path: Path):
    table = (HEADER + LINE + LINE).replace(",", ";")

    assert report(written(tmp_path, "sep=;\n" + table)).lines_read == 2
    assert report(written(tmp_path, "Sales report\nprinted 2011-12-31\n" + table)).lines_read == 2
    assert report(written(tmp_path, "Sales report;;;;;\n;;;;;\n" + table)).lines_read == 2


def test_a_file_of_an_old_mac_is_read_in_its_encoding(tmp_path: Path):
    content = (HEADER + LINE.replace("77", "Zoë")).replace("\n", "\r").encode("mac-roman")

    with read_orders(written(tmp_path, content), ReadingOptions()) as transactions:
        assert transactions.connection.execute("SELECT customer_id FROM orders").fetchall() == [("Zoë",)]


@pytest.mark.parametrize(
    ("amounts", "spend"),
    [
        (["12,50", "7,5"], 20.0),
        (["1.234,50", "0,5"], 1235.0),
        (["1,234.50", "0.5"], 1235.0),
        (["€ 1.234,50", "€ 0,50"], 1235.0),
        (["1 234,50 EUR", "0,50 EUR"], 1235.0),
        (["£12.50", "£7.50"], 20.0),
        (["1'234.50", "0.50"], 1235.0),
        (["$1,234", "$5.25"], 1239.25),
        (["1e2", "5"], 105.0),
    ],
)
def test_amounts_are_read_as_shops_write_them(amounts: list[str], spend: float, tmp_path: Path):
    rows = "".join(f"{number};2011-01-31;{amount}\n" for number, amount in enumerate(amounts))

    assert report(written(tmp_path, "Kunde;Datum;Betrag\n" + rows)).spend == spend


@pytest.mark.parametrize("refund", ["(12.50)", "-12.50", "12.50-", "-£12.50"])
def test_negative_amounts_are_no_purchases(refund: str, tmp_path: Path):
    found = report(written(tmp_path, f"customer;date;amount\n1;2011-01-31;{refund}\n1;2011-01-31;£1,000.00\n"))

    assert {drop.reason: drop.spend for drop in found.dropped} == {"price <= 0": -12.5}


def test_amounts_with_two_readings_are_refused_with_both(tmp_path: Path):
    path = written(tmp_path, "customer;date;amount\n1;2011-01-31;1,234\n")

    with pytest.raises(TransactionsError, match=r"'1,234' could be 1234 or 1\.234.*--decimal point or --decimal comma"):
        report(path)
    assert (report(path, decimal="comma").spend, report(path, decimal="point").spend) == (1.23, 1234.0)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2011/01/31 08:26", datetime(2011, 1, 31, 8, 26)),
        ("2011.01.31", datetime(2011, 1, 31)),
        ("2011-01-31T08:26:00Z", datetime(2011, 1, 31, 8, 26)),
        ("2011-01-31T08:26:00+02:00", datetime(2011, 1, 31, 8, 26)),
        ("20110131082600", datetime(2011, 1, 31, 8, 26)),
        ("1296462360", datetime(2011, 1, 31, 8, 26)),
        ("1296462360000", datetime(2011, 1, 31, 8, 26)),
        ("1296462360000000", datetime(2011, 1, 31, 8, 26)),
        ("1296462360000000000", datetime(2011, 1, 31, 8, 26)),
        ("40574.351389", datetime(2011, 1, 31, 8, 26)),
        ("31 January 2011", datetime(2011, 1, 31)),
        ("Jan 31, 2011 8:26 AM", datetime(2011, 1, 31, 8, 26)),
        ("01/31/11 8:26", datetime(2011, 1, 31, 8, 26)),
    ],
)
def test_moments_are_read_as_shops_write_them(value: str, expected: datetime, tmp_path: Path):
    path = written(tmp_path, f"customer;date;amount\n1;{value};5.00\n")

    assert report(path).first_line_at == expected


def test_a_two_digit_year_never_means_the_year_eleven(tmp_path: Path):
    with pytest.raises(TransactionsError, match="could be"):
        report(written(tmp_path, "customer;date;amount\n1;03-04-11;5.00\n"))


@pytest.mark.parametrize(
    "sql", ["DATE '2011-01-31'", "20110131", "1296432000", "1296432000000", "TIMESTAMPTZ '2011-01-31 00:00+00'"]
)
def test_parquet_may_hold_dates_as_numbers_and_names_of_its_own(sql: str, tmp_path: Path):
    path = str(tmp_path / "sales.parquet")
    duckdb.execute(f"COPY (SELECT 7 AS member, {sql} AS moment, 5.0 AS paid) TO '{path}'")

    found = report(path, columns={"customer_id": "member", "ordered_at": "moment", "line_total": "paid"})
    assert (found.first_line_at, found.missing_columns) == (datetime(2011, 1, 31), ("invoice", "product", "quantity"))


def test_a_first_line_with_a_date_and_a_number_is_no_header(tmp_path: Path):
    with pytest.raises(TransactionsError, match=r"no header but data .*customer_id=N,ordered_at=4,line_total=N"):
        report(written(tmp_path, LINE.replace("77", "Zoe,York,Britain,North,gold,new") * 2))


def test_old_research_data_without_header_is_refused_with_the_option_that_reads_it(tmp_path: Path):
    path = written(tmp_path, " 00001 19970101  1   11.77\n 00002 19970112  5   77.00\n", "master.txt")

    with pytest.raises(TransactionsError, match=r"\(1: '00001'.*customer_id=1,ordered_at=2,line_total=4"):
        report(path)
    columns = {"customer_id": "1", "ordered_at": "2", "quantity": "3", "line_total": "4"}
    assert report(path, columns=columns).spend == 88.77


def test_positions_may_be_given_although_there_is_a_header(tmp_path: Path):
    columns = {"customer_id": "6", "ordered_at": "4", "quantity": "3", "unit_price": "5"}

    assert report(written(tmp_path, HEADER + LINE), columns=columns).lines_read == 1


def test_a_position_beyond_the_file_is_refused(tmp_path: Path):
    with pytest.raises(TransactionsError, match="line_total=9: there is no such column"):
        report(written(tmp_path, HEADER + LINE), columns={"customer_id": "6", "ordered_at": "4", "line_total": "9"})


def test_german_names_are_known(tmp_path: Path):
    text = "Kundennummer;Belegnr.;Artikelnummer;Menge;Einzelpreis;Bestelldatum\n7;1;A;2;10,00;31.01.2011\n"

    assert report(written(tmp_path, text)).spend == 20.0


def test_a_lone_price_column_is_refused_with_both_ways_out(tmp_path: Path):
    with pytest.raises(TransactionsError, match=r"quantity \(or line_total\).*--columns line_total=price"):
        report(written(tmp_path, "customer,date,price\n7,2011-01-31,5.00\n"))


def test_folders_and_patterns_of_files_are_one_export(tmp_path: Path):
    for month in ("01", "02"):
        written(tmp_path, HEADER + LINE.replace("2011-01", f"2011-{month}").replace("31", "28"), f"{month}.csv")
    written(tmp_path, "", "_SUCCESS")

    assert report(tmp_path).spend == report(f"{tmp_path}/*.csv").spend == 40.0
    with pytest.raises(TransactionsError, match="no file fits this pattern"):
        report(f"{tmp_path}/*.parquet")


def test_a_folder_of_parquet_files_is_one_export(tmp_path: Path):
    for day in (1, 2):
        duckdb.from_df(lines("1", f"2011-01-0{day} 20.00")).write_parquet(str(tmp_path / f"part-{day}.parquet"))

    assert report(tmp_path).lines_read == 2


def test_files_with_other_columns_or_kinds_are_refused_by_name(tmp_path: Path):
    written(tmp_path, HEADER + LINE, "a.csv")
    written(tmp_path, "customer,name\n7,Zoe\n", "customers.csv")
    with pytest.raises(TransactionsError, match=r"customers\.csv has the columns customer, name where .*a\.csv has"):
        report(tmp_path)
    (tmp_path / "customers.csv").unlink()
    duckdb.from_df(lines("1", "2011-01-01 20.00")).write_parquet(str(tmp_path / "b.parquet"))
    with pytest.raises(TransactionsError, match="files of several kinds"):
        report(tmp_path)


def test_a_month_may_have_more_columns_and_another_spelling(tmp_path: Path):
    """What plays a role must be everywhere; a coupon need not."""
    written(tmp_path, HEADER + LINE, "a.csv")
    written(
        tmp_path, "Coupon," + HEADER.replace("Customer ID", "CustomerID") + "X," + LINE.replace("1,A", "2,A"), "b.csv"
    )
    assert (report(tmp_path).spend, report(tmp_path).customers) == (40.0, 1)

    written(tmp_path, LINE, "c.csv")
    with pytest.raises(TransactionsError, match=r"c\.csv: the first line is no header, as in the files before"):
        report(tmp_path)


def test_parquet_files_may_have_more_columns_and_nested_ones(tmp_path: Path):
    for day, more in (("1", ""), ("2", ", 'X' AS coupon")):
        duckdb.execute(
            f"COPY (SELECT {{'id': 7, 'name': {{'first': 'Zoe'}}}} AS customer, DATE '2011-01-0{day}' AS date, "
            f"5.0 AS amount{more}) TO '{tmp_path}/{day}.parquet'"
        )

    found = report(tmp_path)
    assert (found.lines_read, found.customers, found.spend) == (2, 1, 10.0)


def test_titles_above_the_header_of_a_sheet_are_skipped(tmp_path: Path):
    path = tmp_path / "orders.xlsx"
    with pd.ExcelWriter(path, engine="xlsxwriter") as workbook:
        lines("13085", "2009-12-01 20.00").to_excel(workbook, sheet_name="2009", index=False, startrow=2)
        workbook.sheets["2009"].write(0, 0, "Sales report")

    assert report(path).spend == 20.0


@pytest.mark.parametrize("title_rows", [0, 2])
def test_a_sheet_with_two_columns_of_one_name_is_refused(title_rows: int, tmp_path: Path):
    path = tmp_path / "orders.xlsx"
    with pd.ExcelWriter(path, engine="xlsxwriter") as workbook:
        orders = pd.DataFrame([["7", "2009-12-01", 20.0, 25.0]], columns=["Customer", "Date", "Price", "Price"])
        orders.to_excel(workbook, sheet_name="2009", index=False, startrow=title_rows)
        if title_rows:
            workbook.sheets["2009"].write(0, 0, "Sales report")

    with pytest.raises(TransactionsError, match=r"sheet '2009': the column name 'Price' stands more than once"):
        report(path)


def test_a_sheet_whose_names_end_in_numbers_is_read(tmp_path: Path):
    path = tmp_path / "orders.xlsx"
    orders = pd.DataFrame({"customer": ["7"], "date": ["2011-01-31"], "amount": [20.0], "note": ["a"], "note_1": ["b"]})
    with pd.ExcelWriter(path, engine="xlsxwriter") as workbook:
        orders.to_excel(workbook, index=False)

    assert report(path).spend == 20.0


def test_one_sheet_of_a_workbook_can_be_named(tmp_path: Path):
    path = tmp_path / "orders.xlsx"
    with pd.ExcelWriter(path, engine="xlsxwriter") as workbook:
        lines("13085", "2009-12-01 20.00").to_excel(workbook, sheet_name="2009", index=False)
        pd.DataFrame({"note": ["checked"]}).to_excel(workbook, sheet_name="notes", index=False)

    assert report(path, sheets=("2009",)).spend == 20.0
    with pytest.raises(TransactionsError, match=r"no sheet '2010'; it has '2009', 'notes'"):
        report(path, sheets=("2010",))


@pytest.mark.parametrize(("name", "hint"), [("orders.zip", "unpack it first"), ("orders.json", "give CSV")])
def test_unknown_kinds_of_files_are_refused_with_the_known_ones(name: str, hint: str, tmp_path: Path):
    with pytest.raises(TransactionsError, match=hint):
        report(written(tmp_path, "x", name))


def test_a_total_without_a_quantity_is_one_unit(tmp_path: Path):
    """Postage and fees; where the quantity is none, the reason says so."""
    text = "customer,date,sku,quantity,line_total\n7,2011-01-31,A,2,5\n7,2011-01-31,FEE,,20\n7,2011-01-31,SHIP,0,50\n"
    found = report(written(tmp_path, text))

    assert (found.spend, [drop.reason for drop in found.dropped]) == (25.0, ["quantity <= 0"])


def test_columns_of_any_script_are_told_apart(tmp_path: Path):
    """Files of a folder; a column of remarks is not the customers'."""
    written(tmp_path, "顧客,date,amount\n7,2011-01-31,5\n", "1.csv")
    second = written(tmp_path, "備考,date,amount\nlate,2011-02-01,5\n", "2.csv")
    with pytest.raises(TransactionsError, match=r"2\.csv has the columns 備考 where .*1\.csv has 顧客"):
        report(tmp_path, columns={"customer_id": "顧客"})

    second.write_text("Дата,顧客,date,amount\nx,8,2011-02-01,5\n", encoding="utf-8")
    assert report(tmp_path, columns={"customer_id": "顧客"}).customers == 2


def test_what_a_unit_cost_the_shop_is_no_price(tmp_path: Path):
    text = "Customer ID,Order Date,Qty,Unit Cost,Revenue\n7,2011-01-31,2,3.00,20.00\n8,2011-01-31,1,3.00,10.00\n"
    assert report(written(tmp_path, text)).spend == 30.0


def test_a_mix_of_currencies_is_refused_with_the_list(tmp_path: Path):
    text = "customer,date,amount,currency\n1,2011-01-31,5,GBP\n1,2011-01-31,5,GBP\n2,2011-01-31,6,EUR\n"

    with pytest.raises(TransactionsError, match=r"2 currencies: GBP \(2 lines\), EUR \(1 line\)"):
        report(written(tmp_path, text))


@pytest.mark.parametrize("address", ["s3://bucket/orders.parquet", "https://example.com/orders.csv"])
def test_remote_files_without_duckdbs_reader_say_how_to_get_it(address: str):
    try:
        duckdb.connect().execute("LOAD httpfs")
    except duckdb.Error:
        with pytest.raises(TransactionsError, match="INSTALL httpfs"):
            report(address)


def test_net_returns_are_subtracted_and_open_no_order(tmp_path: Path):
    path = written(tmp_path, HEADER + LINE + "C2,A,-1,2011-02-03,10.00,77\nC3,A,-1,2011-02-03,10.00,78\n")

    gross, net = report(path), report(path, returns="net")

    assert (gross.spend, gross.orders, gross.returns) == (20.0, 1, "gross")
    assert (net.spend, net.orders, net.customers, net.returns) == (0.0, 1, 1, "net")
    assert "returns are subtracted from spend (--returns net)" in net.table()


def test_net_returns_alone_are_no_purchase(tmp_path: Path):
    with pytest.raises(TransactionsError, match="none of the 1 lines is a purchase"):
        report(written(tmp_path, HEADER + "C2,A,-1,2011-02-03,10.00,77\n"), returns="net")


def test_a_mapping_file_says_what_options_say(tmp_path: Path):
    options = ReadingOptions(
        columns={"customer_id": 'Kun"de', "line_total": "Wert\\€"}, date_order="day", sheets=("A",)
    )
    path = written(tmp_path, mapping_toml(options), "shop.toml")

    assert read_mapping(path) == options


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("decimal = 'dot'", "decimal is 'dot'; it must be one of 'point', 'comma'"),
        ("colums = 1", "'colums' is no entry"),
        ("[columns]\nkunde = 'x'", "names the role 'kunde'"),
        ("= 3", "is no TOML"),
        ("memory_limit = 4000000000", "memory_limit is 4000000000; write it as a text"),
        ("sheets = 1", "sheets is 1; write it as a text"),
    ],
)
def test_a_wrong_mapping_file_is_refused_with_its_entry(content: str, message: str, tmp_path: Path):
    with pytest.raises(TransactionsError, match=message):
        read_mapping(written(tmp_path, content, "shop.toml"))
