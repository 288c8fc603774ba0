"""Exports that mean something else than they seem: each is read right, or a finding names column, values and option."""

from pathlib import Path

import pandas as pd
import pytest

from model.errors import TransactionsError
from model.orders.findings import Finding, Severity
from model.orders.options import ReadingOptions
from model.orders.orders import Transactions, read_orders

GRAVE = (Severity.WARNING, Severity.FAILURE)


def opened(tmp_path: Path, text: str | bytes, name: str = "orders.csv", **options: object) -> Transactions:
    path = tmp_path / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return read_orders(path, ReadingOptions(**options))  # type: ignore[arg-type]


def spends(transactions: Transactions) -> dict[str, float]:
    rows = transactions.connection.execute("SELECT customer_id, sum(spend) FROM orders GROUP BY 1").fetchall()
    return {customer: round(spend, 4) for customer, spend in rows}


def finding(transactions: Transactions, code: str) -> Finding:
    return next(each for each in transactions.findings if each.code == code)


def grave(transactions: Transactions) -> list[str]:
    return [each.code for each in transactions.findings if each.severity in GRAVE]


# Columns that change what a line means.

WOO = """Order Number,Order Status,Order Date,Billing Email,Order Total
1001,completed,2024-01-05 10:00,ann@example.org,10.00
1002,cancelled,2024-01-06 10:00,ann@example.org,500.00
1003,refunded,2024-01-07 10:00,ben@example.org,300.00
1004,failed,2024-01-07 11:00,ben@example.org,40.00
1005,processing,2024-01-08 10:00,ben@example.org,40.00
1006,pending,2024-01-09 10:00,cy@example.org,70.00
"""


def test_states_of_orders_are_counted_and_told_by_value(tmp_path: Path):
    gross, net = opened(tmp_path, WOO), opened(tmp_path, WOO, returns="net")

    assert (gross.report.spend, gross.report.orders) == (350.0, 3)
    assert (net.report.spend, net.report.orders) == (50.0, 2)
    told = finding(gross, "values_of_columns")
    assert (told.column, told.severity) == ("Order Status", Severity.WARNING)
    assert "'cancelled' (1 line, 500.00)" in told.words
    assert str(told).endswith("decide with --purchases 'Order Status=completed,processing'")
    assert ("Order Status: cancelled", 1, 500.0) in [(d.reason, d.lines, d.spend) for d in gross.report.dropped]
    assert "Order Status: cancelled" in gross.told()


def test_what_somebody_decided_counts_in_place_of_the_table(tmp_path: Path):
    chosen = {"Order Status": ("completed", "cancelled", "this month nobody")}

    decided = opened(tmp_path, WOO, purchases=chosen)

    assert (decided.report.spend, grave(decided)) == (510.0, [])
    assert opened(tmp_path, WOO, purchases={"Order Status": ("*",)}).report.spend == 960.0
    with pytest.raises(TransactionsError, match=r"--purchases Order Status=paid: the column has no such value; it has"):
        opened(tmp_path, WOO, purchases={"Order Status": ("paid",)})
    with pytest.raises(TransactionsError, match=r"--returns-are Kind=…: there is no such column"):
        opened(tmp_path, WOO, returns_are={"Kind": ("Refund",)})


def test_failed_payments_and_refunded_amounts(tmp_path: Path):
    text = """id,Created date (UTC),Amount,Amount Refunded,Currency,Captured,Status,Customer ID,Customer Email
ch_1,2024-01-05 10:00:00,20.00,0.00,usd,true,Paid,cus_A,ann@example.org
ch_2,2024-01-05 10:01:00,20.00,0.00,usd,false,Failed,cus_B,ben@example.org
ch_3,2024-01-05 10:02:00,20.00,0.00,usd,false,Failed,cus_B,ben@example.org
ch_4,2024-01-06 10:00:00,50.00,50.00,usd,true,Refunded,cus_A,ann@example.org
ch_5,2024-01-07 10:00:00,30.00,12.50,usd,true,Paid,cus_B,ben@example.org
"""
    assert opened(tmp_path, text).report.spend == 100.0
    assert spends(opened(tmp_path, text, returns="net")) == {"cus_A": 20.0, "cus_B": 17.5}


SHOPIFY = """Name,Email,Financial Status,Currency,Subtotal,Discount Amount,Created at,Lineitem quantity,Lineitem name,\
Lineitem price,Lineitem sku,Cancelled at,Refunded Amount,Lineitem discount
#1001,ann@example.org,paid,USD,75.00,25.00,2024-01-05 10:00:00 -0500,1,Mug,60.00,MUG,,0.00,0.00
#1001,ann@example.org,,,,,2024-01-05 10:00:00 -0500,2,Tea,20.00,TEA,,,0.00
#1002,ben@example.org,refunded,USD,200.00,0.00,2024-01-06 10:00:00 -0500,2,Lamp,100.00,LAMP,,200.00,0.00
#1003,cy@example.org,voided,USD,80.00,0.00,2024-01-07 10:00:00 -0500,1,Pan,50.00,PAN,2024-01-07 11:00:00 -0500,0.00,0.00
#1003,cy@example.org,,,,,2024-01-07 10:00:00 -0500,1,Lid,30.00,LID,,,0.00
#1004,ann@example.org,partially_refunded,USD,60.00,0.00,2024-01-08 10:00:00 -0500,1,Mug,60.00,MUG,,15.00,0.00
"""


def test_a_state_on_the_first_line_of_an_order_holds_for_all_and_amounts_go_off_the_order(tmp_path: Path):
    """The discount is subtracted, because what is left is another column; the second line of a voided order is void."""
    assert spends(opened(tmp_path, SHOPIFY)) == {"ann@example.org": 135.0, "ben@example.org": 200.0}
    assert spends(opened(tmp_path, SHOPIFY, returns="net")) == {"ann@example.org": 120.0}


def test_a_discount_that_nothing_proves_is_told_with_the_option_that_subtracts_it(tmp_path: Path):
    text = """CustomerID,OrderID,OrderDate,ProductID,UnitPrice,Quantity,Discount
ALFKI,1,2024-01-05,11,14.00,12,0
ALFKI,1,2024-01-05,42,9.80,10,0.25
ANATR,2,2024-01-06,72,34.80,5,0.15
"""
    told = finding(opened(tmp_path, text), "discount")

    assert (told.severity, told.column, told.option, told.proposal) == (
        Severity.WARNING, "Discount", "discount", "Discount=rate",
    )  # fmt: skip
    assert opened(tmp_path, text, discount={"Discount": ("rate",)}).report.spend == pytest.approx(389.40)


def test_a_discount_beside_what_was_paid_is_a_hint(tmp_path: Path):
    text = "Order ID,Customer ID,Order Date,Sales,Discount\n1,A,2024-01-05,80,0.2\n2,B,2024-01-06,50,0\n"

    assert (opened(tmp_path, text).report.spend, grave(opened(tmp_path, text))) == (130.0, [])


def test_events_before_a_purchase_are_none(tmp_path: Path):
    text = "event_time,event_type,product_id,price,user_id,user_session\n" + "".join(
        f"2024-01-{day:02} 09:0{step}:00 UTC,{event},1,10.5,{1000 + day % 3},s{day}\n"
        for day in range(1, 10)
        for step, event in enumerate(("view", "cart", "purchase") if day % 3 == 0 else ("view", "cart"))
    )

    found = opened(tmp_path, text, columns={"line_total": "price"})

    assert (found.report.spend, found.report.customers, found.report.orders) == (31.5, 1, 3)


def test_rows_of_refunds_take_money_back_whatever_their_sign(tmp_path: Path):
    text = """Date,Type,Order ID,Customer ID,Amount
2024-01-05 10:00:00,Sale,1,A,100.00
2024-01-07 10:00:00,Refund,1,A,60.00
2024-01-08 10:00:00,Sale,2,B,50.00
2024-01-09 10:00:00,Sale,3,A,20.00
"""
    assert opened(tmp_path, text).report.spend == 170.0
    assert spends(opened(tmp_path, text, returns="net")) == {"A": 60.0, "B": 50.0}
    decided = opened(tmp_path, text.replace("Refund", "R"), returns="net", returns_are={"Type": ("R",)})
    assert spends(decided) == {"A": 60.0, "B": 50.0}


def test_a_refund_that_swaps_the_parties_goes_to_the_customer(tmp_path: Path):
    text = """"Date","Type","Status","Gross","From Email Address","To Email Address","Transaction ID"
"05/01/2024","Express Checkout Payment","Completed","12,50","ann@example.org","shop@example.com","T1"
"06/01/2024","Express Checkout Payment","Completed","40,00","ann@example.org","shop@example.com","T2"
"25/01/2024","Express Checkout Payment","Completed","30,00","ben@example.org","shop@example.com","T3"
"26/01/2024","Payment Refund","Completed","-40,00","shop@example.com","ann@example.org","T4"
"28/01/2024","Express Checkout Payment","Denied","44,00","cid@example.org","shop@example.com","T5"
"""
    assert spends(opened(tmp_path, text, returns="net")) == {"ann@example.org": 12.5, "ben@example.org": 30.0}


def test_a_return_may_have_both_signs(tmp_path: Path):
    text = """customer_id,order_id,order_date,sku,quantity,unit_price
A,1,2024-01-05,X1,2,10.00
A,2,2024-01-06,X1,-1,-10.00
B,3,2024-01-06,X1,1,10.00
"""
    assert spends(opened(tmp_path, text, returns="net")) == {"A": 10.0, "B": 10.0}


@pytest.mark.parametrize(
    ("column", "values", "spend"),
    [
        ("Bestellstatus", ("Versendet", "Storniert", "Bezahlt"), 150.0),
        ("Statut", ("Livrée", "Annulée", "Payée"), 150.0),
        ("estado del pedido", ("Enviado", "Cancelado", "Pagado"), 150.0),
        ("订单状态", ("已完成", "已取消", "已付款"), 150.0),
        ("cancelled_at", ("", "2024-01-09 08:00", ""), 150.0),
        ("VoidedAt", ("", "09.01.2024", ""), 150.0),
        ("is_test", ("false", "true", "false"), 150.0),
        ("Cancelled?", ("N", "Y", "N"), 150.0),
        ("paid", ("yes", "no", "yes"), 150.0),
        ("Document type", ("Invoice", "Credit Note", "Invoice"), 150.0),
        ("refunded", ("0", "1", "0"), 210.0),
    ],
)
def test_other_columns_of_the_kind(column: str, values: tuple[str, ...], spend: float, tmp_path: Path):
    rows = zip("123", "AAB", ("05", "06", "07"), (100, 60, 50), values, strict=True)
    text = f"order,customer,date,amount,{column}\n" + "".join(
        f"{o},{c},2024-01-{d},{a},{v}\n" for o, c, d, a, v in rows
    )

    found = opened(tmp_path, text)

    assert found.report.spend == spend
    assert finding(found, "values_of_columns").column == column


@pytest.mark.parametrize(
    ("column", "values", "severity"),
    [
        ("status", ("A", "X", "A"), Severity.WARNING),
        ("status", ("1", "5", "1"), Severity.WARNING),
        ("status", ("complete", "holded", "complete"), Severity.FAILURE),
        ("line type", ("sale", "shipping", "sale"), Severity.FAILURE),
        ("is_return", ("0", "1", "0"), Severity.FAILURE),
        ("Type", ("Invoice", "Payment", "Invoice"), Severity.FAILURE),
        ("info", ("", "CANCELLED", ""), Severity.FAILURE),
        ("note", ("at the door", "cancelled by phone", ""), Severity.WARNING),
        ("cancel_reason", ("", "changed my mind", ""), Severity.WARNING),
    ],
)
def test_what_is_not_plain_is_named_with_values_and_option(
    column: str, values: tuple[str, ...], severity: Severity, tmp_path: Path
):
    rows = zip("123", "AAB", ("05", "06", "07"), (100, 60, 50), values, strict=True)
    text = f"order,customer,date,amount,{column}\n" + "".join(
        f"{o},{c},2024-01-{d},{a},{v}\n" for o, c, d, a, v in rows
    )

    found = opened(tmp_path, text)

    told = finding(found, "undecided_values")
    assert (found.report.spend, told.severity, told.column, told.option) == (210.0, severity, column, "purchases")
    assert values[1] in told.values


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("State", ("Kentucky", "California", "Virgin Islands")),
        ("payment_type", ("credit", "debit", "cash")),
        ("customer_type", ("New", "Returning", "New")),
        ("subscription_status", ("active", "cancelled", "active")),
        ("Lineitem fulfillment status", ("pending", "fulfilled", "pending")),
        ("Category", ("Test equipment", "Lost and found", "Views")),
        ("Ship Mode", ("First Class", "Same Day", "Standard")),
        ("gift", ("yes", "no", "yes")),
        ("test_group", ("a", "b", "a")),
        ("Discount Code", ("SUMMER", "", "")),
    ],
)
def test_columns_that_only_sound_alike_change_nothing_and_alarm_nobody(
    column: str, values: tuple[str, ...], tmp_path: Path
):
    rows = zip("123", "AAB", ("05", "06", "07"), (100, 60, 50), values, strict=True)
    text = f"order,customer,date,amount,{column}\n" + "".join(
        f"{o},{c},2024-01-{d},{a},{v}\n" for o, c, d, a, v in rows
    )

    found = opened(tmp_path, text)

    assert (found.report.spend, grave(found)) == (210.0, [])


# Blanks.


def test_rows_below_the_first_of_an_order_are_filled_down(tmp_path: Path):
    text = """Order Reference,Order Date,Customer,Order Lines/Product,Order Lines/Quantity,Order Lines/Unit Price
SO001,2024-01-05 10:00:00,Ann Example,Desk,1,100.00
,,,Chair,4,25.00
SO002,2024-02-05 10:00:00,Ben Example,Lamp,2,15.00
,,,Bulb,6,2.00
,,,Delivery,1,5.00
,,,Total,,247.00
"""
    roles = {"invoice": "Order Reference", "product": "Product", "quantity": "Quantity", "unit_price": "Unit Price"}
    columns = {role: name if role == "invoice" else f"Order Lines/{name}" for role, name in roles.items()}

    found = opened(tmp_path, text, columns=columns)

    assert spends(found) == {"Ann Example": 200.0, "Ben Example": 47.0}
    assert "blank below a filled row on 3 lines" in finding(found, "filled_down").words


def test_merged_cells_of_a_workbook_hold_for_their_rows_and_no_others(tmp_path: Path):
    path = tmp_path / "orders.xlsx"
    with pd.ExcelWriter(path, engine="xlsxwriter") as workbook:
        orders = pd.DataFrame({"Customer": ["Ann", None, None, "Ben"], "Order No": [1, 1, 2, 3], "Qty": [1, 4, 9, 2],
                               "Date": ["2024-01-05"] * 4, "Price": [100, 25, 7, 15]})  # fmt: skip
        orders.to_excel(workbook, index=False, sheet_name="A & B")
        workbook.sheets["A & B"].merge_range(1, 0, 2, 0, "Ann")  # the third row is a guest's

    found = read_orders(path)

    assert spends(found) == {"Ann": 200.0, "Ben": 30.0}
    assert [(drop.reason, drop.lines) for drop in found.report.dropped] == [("no customer id", 1)]


def test_a_customer_on_one_line_of_an_order_is_that_of_all(tmp_path: Path):
    text = "order,customer,date,product,amount\n1,A,2024-01-05,x,10\n1,,,y,30\n2,,2024-01-06,x,5\n3,B,2024-01-07,x,20\n"

    found = opened(tmp_path, text)

    assert spends(found) == {"A": 40.0, "B": 20.0}
    assert {each.code for each in found.findings} == {"filled_from_order"}


def test_customers_that_stand_once_above_blanks_are_asked_about(tmp_path: Path):
    rows = ["1,A,2024-01-05,1", "2,,2024-01-06,2", "3,,2024-01-06,3", "4,B,2024-01-07,4", "5,,2024-01-08,5"]
    text = "\n".join(["order,customer,date,amount", *rows])

    told = finding(opened(tmp_path, text), "blank_below")

    assert (told.severity, told.column, told.lines) == (Severity.FAILURE, "customer", 3)


STRIPE = """id,Created date (UTC),Amount,Currency,Status,Customer ID,Customer Email
ch_1,2024-01-05 10:00:00,20.00,usd,Paid,cus_A,ann@example.org
ch_2,2024-01-06 10:00:00,30.00,usd,Paid,,ben@example.org
ch_3,2024-01-07 10:00:00,40.00,usd,Paid,,Ben@Example.org
ch_4,2024-01-08 10:00:00,50.00,usd,Paid,,cy@example.org
"""


def test_a_nearly_blank_column_loses_to_a_full_one(tmp_path: Path):
    found = opened(tmp_path, STRIPE)

    assert spends(found) == {"ann@example.org": 20.0, "ben@example.org": 70.0, "cy@example.org": 50.0}
    assert finding(found, "nearly_blank_column").column == "Customer ID"


def test_a_line_without_customer_and_order_is_no_guest(tmp_path: Path):
    text = "order,customer,date,product,amount\n1,A,2024-01-05,x,10\n,,2024-01-05,y,30\n2,A,2024-01-06,x,5\n"

    assert finding(opened(tmp_path, text), "blank_below").lines == 1


def test_the_first_filled_of_two_columns_may_be_the_customer(tmp_path: Path):
    found = opened(tmp_path, STRIPE, columns={"customer_id": "Customer ID|customer_email"})

    assert spends(found) == {"cus_A": 20.0, "ben@example.org": 70.0, "cy@example.org": 50.0}


def test_products_are_counted_by_the_column_that_is_filled(tmp_path: Path):
    text = """Name,Email,Created at,Lineitem quantity,Lineitem name,Lineitem price,Lineitem sku
#1,ann@example.org,2024-01-05 10:00:00 -0500,1,Snowboard,600.00,
#1,ann@example.org,2024-01-05 10:00:00 -0500,1,Wax,24.95,
#2,ann@example.org,2024-01-09 10:00:00 -0500,1,Gloves,30.00,sku-1
#3,ben@example.org,2024-01-10 10:00:00 -0500,1,Boots,90.00,
"""
    found = opened(tmp_path, text)

    products = found.connection.execute("SELECT customer_id, sum(products) FROM first_products GROUP BY 1").fetchall()
    assert dict(products) == {"ann@example.org": 3, "ben@example.org": 1}


def test_guests_whom_an_address_names_are_told_with_the_column(tmp_path: Path):
    rows = [f"{n},{'' if n % 5 == 0 else n % 7},{n % 9}@x.org,2024-01-{n % 27 + 1:02},10\n" for n in range(60)]

    told = finding(opened(tmp_path, "order,customer_id,email,date,amount\n" + "".join(rows)), "guests_with_addresses")

    assert (told.lines, told.proposal) == (12, "customer_id=email")


# One value decides nothing alone.


@pytest.mark.parametrize(
    ("far", "code"), [("2062-08-09", "far_dates"), ("1998-12-31", "far_dates"), ("2023-12-30", "late_dates")]
)
def test_one_date_far_from_all_others_does_not_move_the_clock_without_a_word(far: str, code: str, tmp_path: Path):
    days = pd.date_range("2023-05-01", periods=200).strftime("%Y-%m-%d").tolist()
    days[77] = far
    text = "customer,order,date,total\n" + "".join(f"C{n % 11},{n},{day},5\n" for n, day in enumerate(days))

    found = opened(tmp_path, text)

    told = finding(found, code)
    assert told.values == (far,)
    assert (str(found.ends_at.date()) == "2023-11-17") == (code == "far_dates")
    assert ("date far from all others" in found.report.table()) == (code == "far_dates")


def test_a_season_after_a_pause_is_no_slip(tmp_path: Path):
    days = [*pd.date_range("2023-01-01", periods=60), *pd.date_range("2024-01-01", periods=60)]
    text = "customer,order,date,total\n" + "".join(f"C{n % 11},{n},{day:%Y-%m-%d},5\n" for n, day in enumerate(days))

    assert grave(opened(tmp_path, text)) == []


ITEMS = pd.DataFrame(
    [(f"o{n}", f"2017-{n % 12 + 1:02}-03 10:00:00", f"u{n % 23}", item, f"p{n + 7 * item}", 20 + n + item / 4)
     for n in range(40) for item in (1, 2)],
    columns=["order_id", "order_purchase_timestamp", "customer_unique_id", "order_item_id", "product_id", "price"],
)  # fmt: skip


def test_a_join_with_payments_is_refused_although_some_orders_pay_in_two_parts(tmp_path: Path):
    """Items alone are read; joined, each payment would be counted once for each item."""
    totals = ITEMS.groupby("order_id")["price"].sum()
    payments = pd.DataFrame(
        [(order, part, value) for n, (order, total) in enumerate(totals.items())
         for part, value in enumerate([total] if n % 6 else [round(total / 3, 2), round(2 * total / 3, 2)], start=1)],
        columns=["order_id", "payment_sequential", "payment_value"],
    )  # fmt: skip
    joined = ITEMS.merge(payments).to_csv(index=False)

    with pytest.raises(
        TransactionsError, match="column 'payment_value' holds each amount on several lines of an order"
    ):
        opened(tmp_path, joined)
    told = finding(opened(tmp_path, joined, columns={"line_total": "price"}), "near_duplicates")
    assert (told.severity, told.column) == (Severity.FAILURE, "payment_sequential")
    alone = opened(tmp_path, ITEMS.to_csv(index=False), columns={"line_total": "price"})
    assert (alone.report.spend, grave(alone)) == (pytest.approx(ITEMS["price"].sum()), [])


# Who is a customer.


@pytest.mark.parametrize("value", ["2.63000E+12", "1,23457E+11"])
@pytest.mark.parametrize("column", ["Card Number", "Order ID"])
def test_ids_that_lost_their_digits_are_refused(column: str, value: str, tmp_path: Path):
    row = {"Card Number": "C1", "Order ID": "7", "Order Date": "2024-01-01", "Total": "10.0", column: value}
    text = ";".join(row) + "\n" + ";".join(row.values()) + "\n"

    with pytest.raises(
        TransactionsError, match=r"has the value '.*E\+1[12]': a spreadsheet kept its first digits only"
    ):
        opened(tmp_path, text)


def test_numbers_of_more_digits_than_a_cell_keeps_are_refused(tmp_path: Path):
    path = tmp_path / "orders.xlsx"
    with pd.ExcelWriter(path, engine="xlsxwriter") as workbook:
        orders = pd.DataFrame({"customer_id": [0, 0], "order_date": ["2024-01-05"] * 2, "total": [10, 20]})
        orders.to_excel(workbook, index=False, sheet_name="a")
        workbook.sheets["a"].write_number(1, 0, 4687687688337433841)
        workbook.sheets["a"].write_number(2, 0, 4687687688337433842)

    with pytest.raises(TransactionsError, match=r"column 'customer_id' has the value '4\.687688E"):
        read_orders(path)
    with pd.ExcelWriter(path, engine="xlsxwriter") as workbook:
        orders.assign(customer_id=["4687687688337433841", "4687687688337433842"]).to_excel(workbook, index=False)
    assert read_orders(path).report.customers == 2


def test_an_id_of_many_guests_is_left_out_and_a_customer_numbered_0_is_not(tmp_path: Path):
    def text(zeros: int) -> str:
        ids = [0 if n % 40 < zeros else n % 40 for n in range(200)]
        return "order,customer_id,date,amount\n" + "".join(
            f"{n},{who},2024-01-{n % 27 + 1:02},10\n" for n, who in enumerate(ids)
        )

    guests, counted = opened(tmp_path, text(4)), opened(tmp_path, text(1))

    assert (guests.report.spend, guests.report.customers) == (1800.0, 36)
    assert finding(guests, "nobody").lines == 20
    assert (counted.report.spend, counted.report.customers, grave(counted)) == (2000.0, 40, [])


@pytest.mark.parametrize(
    "who", ["Walk-In Customer", "guest", "Laufkundschaft", "CLIENT COMPTOIR", "guest@shop.com", "散客"]
)
def test_a_word_for_nobody_is_no_customer(who: str, tmp_path: Path):
    found = opened(tmp_path, f"Invoice,Customer,Date,Amount\n1,{who},2024-01-05,100\n2,Ben,2024-01-07,50\n")

    assert spends(found) == {"Ben": 50.0}
    assert finding(found, "nobody").values == (who,)


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ("Grand Total,3,2024-01-26,Mug,50.00", "Customer"),
        ("Gesamtsumme,,2024-01-26,,50.00", "Customer"),
        ("Ben Total,,2024-01-26,,40.00", "Customer"),
        ("Ben,3,2024-01-26,Total,50.00", "Item"),
    ],
)
def test_rows_that_sum_others_are_left_out(row: str, column: str, tmp_path: Path):
    text = (
        "Customer,Order No,Date,Item,Amount\n"
        "Ann,1,2024-01-05,Mug,10.00\nBen,2,2024-01-25,Mug,20.00\nBen,3,2024-01-26,Mug,20.00\n"
    )

    found = opened(tmp_path, text + row + "\n")

    assert spends(found) == {"Ann": 10.0, "Ben": 40.0}
    assert finding(found, "sums").column == column


def test_signs_that_nobody_sees_part_no_customer(tmp_path: Path):
    ids = ["A1", '"A1\t"', "'A1", "\u200bA1", "\ufeffA1", "A1\xa0"]
    text = "customer_id,order_id,order_date,total\n" + "".join(
        f"{who},{n},2024-0{n + 1}-05,10\n" for n, who in enumerate(ids)
    )

    assert spends(opened(tmp_path, text)) == {"A1": 60.0}


def test_sessions_taken_for_customers_are_named(tmp_path: Path):
    text = "session_id,order_id,order_date,total\ns1,1,2024-01-05,10\n"

    assert grave(opened(tmp_path, text, columns={"customer_id": "session_id"})) == ["sessions"]


# Dates and equal lines.


def test_of_cells_and_texts_in_one_column_a_text_is_blamed(tmp_path: Path):
    path = tmp_path / "orders.xlsx"
    with pd.ExcelWriter(path, engine="xlsxwriter") as workbook:
        days = [pd.Timestamp(2023, month, 3) for month in range(1, 13)] + [f"{day}/03/2023" for day in range(13, 29)]
        orders = pd.DataFrame({"customer_id": range(28), "order_date": days, "total": 10.5})
        orders.to_excel(workbook, index=False)

    with pytest.raises(TransactionsError, match="data row 13: '13/03/2023' is no date"):
        read_orders(path)


UNITS = """t_dat,customer_id,article_id,price,sales_channel_id
2019-01-05,aaa,0663713001,0.0508,2
2019-01-05,aaa,0663713001,0.0508,2
2019-01-05,aaa,0663713001,0.0508,2
2019-01-05,aaa,0541518023,0.0305,2
2019-01-06,bbb,0505221004,0.0152,1
2019-01-06,bbb,0505221004,0.0152,1
"""


def test_equal_lines_may_be_kept_and_the_finding_says_what_both_readings_come_to(tmp_path: Path):
    columns = {"ordered_at": "t_dat", "line_total": "price"}

    once, each = (
        opened(tmp_path, UNITS, columns=columns),
        opened(tmp_path, UNITS, columns=columns, keep_equal_lines=True),
    )

    assert spends(once) == {"aaa": 0.0813, "bbb": 0.0152}
    assert spends(each) == {"aaa": 0.1829, "bbb": 0.0304}
    told = finding(once, "equal_lines")
    assert (told.option, told.lines) == ("keep_equal_lines", 3)
    assert told.words.endswith("come to 0.10; each by itself, to 0.21")
    assert (grave(each), each.report.keeps_equal_lines) == ([], True)


def test_copies_with_invoice_and_time_of_day_are_copies(tmp_path: Path):
    line = "1,A,2024-01-05 10:{:02}:00,5\n"
    lines = [line.format(n % 50) for n in range(52)]

    found = opened(tmp_path, "order,customer,date,amount\n" + "".join(lines))

    assert (found.report.spend, grave(found)) == (250.0, [])


# Forms that say what they mean.


@pytest.mark.parametrize(
    ("text", "columns", "spend"),
    [
        (
            "Row ID,Order ID,Order Date,Ship Date,Ship Mode,Customer ID,Customer Name,Segment,Country,State,Product ID,"
            "Category,Product Name,Sales,Quantity,Discount,Profit\n"
            "1,CA-1,11/28/2016,12/1/2016,Second Class,CG-1,Ann,Consumer,United "
            "States,Kentucky,F-1,Furniture,Bush,261.96,2,0,41\n"
            "2,CA-1,11/28/2016,12/1/2016,Second Class,CG-1,Ann,Consumer,United "
            "States,Kentucky,F-2,Furniture,Chair,731.94,3,0.2,9\n"
            "3,CA-2,11/29/2016,12/1/2016,Same Day,BB-2,Ben,Corporate,United "
            "States,Texas,O-1,Technology,Label,14.62,2,0.8,6\n",
            {},
            1008.52,
        ),
        (
            "Name,Email,Financial Status,Paid at,Fulfillment Status,Accepts Marketing,Currency,Subtotal,Shipping,Taxes,"
            "Total,Discount Code,Discount Amount,Created at,Lineitem quantity,Lineitem name,Lineitem "
            "price,Lineitem sku,"
            "Lineitem taxable,Cancelled at,Payment Method,Refunded Amount,Risk Level,Lineitem discount\n"
            "#1,a@x.org,paid,2024-01-05 10:00:00 -0500,fulfilled,no,USD,80,5,0,85,,0,2024-01-05 10:00:00 "
            "-0500,1,Mug,60,M,"
            "true,,Cards,0,Low,0\n"
            "#1,a@x.org,,,,,,,,,,,,2024-01-05 10:00:00 -0500,2,Tea,10,T,true,,,,,0\n",
            {},
            80.0,
        ),
        (
            "TRANSACTION_DT,CUSTOMER_ID,AGE_GROUP,PIN_CODE,PRODUCT_SUBCLASS,PRODUCT_ID,AMOUNT,ASSET,SALES_PRICE\n"
            "11/13/2000,01104905,45-49,115,110411,4710199010372,2,24,30\n"
            "11/14/2000,00418683,unknown,115,120107,4710857472535,1,48,46\n",
            {"line_total": "SALES_PRICE", "quantity": "AMOUNT"},
            76.0,
        ),
        (
            "TransactionNo,Items,DateTime,Daypart,DayType,Member,Price\n"
            "1,Bread,2016-10-30 09:58:11,Morning,Weekend,7,2.5\n2,Tea,2016-10-30 10:05:34,Morning,Weekend,8,1.5\n",
            {"line_total": "Price"},
            4.0,
        ),
        (
            "household_key,BASKET_ID,DAY,PRODUCT_ID,QUANTITY,SALES_VALUE,STORE_ID,RETAIL_DISC,COUPON_DISC\n"
            "1,27,2024-01-05,82,1,1.39,364,-0.6,0\n2,28,2024-01-06,99,1,0.82,364,0,0\n",
            {},
            2.21,
        ),
    ],
    ids=["superstore", "shopify", "ta-feng", "bakery", "households"],
)  # fmt: skip
def test_forms_of_known_systems_are_read_as_before_and_alarm_nobody(
    text: str, columns: dict[str, str], spend: float, tmp_path: Path
):
    found = opened(tmp_path, text, columns=columns)

    assert (found.report.spend, grave(found)) == (spend, [])
