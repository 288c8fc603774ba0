"""Files made by chance of the kinds in ``test_meanings``: no other number without a word."""

from datetime import date, timedelta
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.errors import TransactionsError
from model.orders.options import ReadingOptions
from model.orders.orders import read_orders
from model.orders.states import meaning_of, table

NAMES = ("status", "Order Status", "bestellstatus", "payment_state", "Statut", "Estado")
BOUGHT = ("completed", "paid", "Shipped", "bezahlt", "Livrée", "pagado", "已完成")
LOST = (
    "cancelled",
    "Voided",
    "FAILED",
    "storniert",
    "annulée",
    "cancelado",
    "已取消",
    "wc-cancelled",
    "payment_failed",
)
CENTS = st.integers(100, 50_000).map(lambda cents: cents / 100)


def read(text: str, **options: object) -> tuple[float, float, set[str]]:
    """Spend in gross and in net, and the codes of what is told."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "orders.csv"
        path.write_text(text, encoding="utf-8")
        with (
            read_orders(path, ReadingOptions(**options)) as gross,
            read_orders(  # type: ignore[arg-type]
                path,
                ReadingOptions(**{**options, "returns": "net"}),  # type: ignore[arg-type]
            ) as net,
        ):
            return gross.report.spend, net.report.spend, {each.code for each in gross.findings}


def rows(*columns: list[object]) -> str:
    """Orders of a customer and a day each, with more columns; no two rows are equal."""
    days = (date(2024, 1, 1) + timedelta(days=number) for number in count())
    numbered = enumerate(zip(*columns, strict=True))
    return "".join(
        f"{n},C{n % 5},{day},{','.join(map(str, cells))}\n" for (n, cells), day in zip(numbered, days, strict=False)
    )


@settings(max_examples=12, deadline=None)
@given(
    name=st.sampled_from(NAMES),
    lines=st.lists(st.tuples(CENTS, st.sampled_from(("bought", "lost"))), min_size=2, max_size=12),
    bought=st.sampled_from(BOUGHT),
    lost=st.sampled_from(LOST),
)
def test_whatever_a_state_is_called_what_is_lost_is_not_counted(
    name: str, lines: list[tuple[float, str]], bought: str, lost: str
):
    lines = [(10.0, "bought"), *lines]
    states = [bought if kind == "bought" else lost for _, kind in lines]
    text = f"order,customer,date,amount,{name}\n" + rows([amount for amount, _ in lines], states)

    gross, net, _ = read(text)

    expected = sum(amount for amount, kind in lines if kind == "bought")
    assert gross == pytest.approx(expected, abs=0.006)
    assert net == pytest.approx(expected, abs=0.006)


@settings(max_examples=12, deadline=None)
@given(
    word=st.sampled_from(("Refund", "credit note", "Gutschrift", "remboursement", "RETURN", "chargeback")),
    amounts=st.lists(CENTS, min_size=1, max_size=6),
    is_negative=st.booleans(),
)
def test_refunds_are_subtracted_once_whatever_their_word_and_sign(word: str, amounts: list[float], is_negative: bool):
    """Each customer buys for 1,000 first, so that no spend falls below 0."""
    signed = [-amount if is_negative else amount for amount in amounts]
    text = "order,customer,date,amount,Type\n" + rows([1000.0] * 5 + signed, ["Sale"] * 5 + [word] * len(signed))

    gross, net, _ = read(text)

    assert gross == 5000.0
    assert net == pytest.approx(5000.0 - sum(amounts), abs=0.006)


@settings(max_examples=12, deadline=None)
@given(
    orders=st.lists(st.lists(CENTS, min_size=1, max_size=4), min_size=2, max_size=6),
    names=st.sampled_from((("Order Reference", "Customer", "Order Date"), ("Beleg", "Kunde", "Datum"))),
)
def test_however_many_lines_are_blank_below_a_filled_one_all_are_counted(
    orders: list[list[float]], names: tuple[str, str, str]
):
    lines = [
        f"{f'S{n},K{n},2024-01-{n + 11}' if place == 0 else ',,'},P{place},{amount}\n"
        for n, amounts in enumerate(orders)
        for place, amount in enumerate(amounts)
    ]
    text = f"{','.join(names)},Product,Amount\n" + "".join(lines)

    gross, _, told = read(text)

    assert gross == pytest.approx(sum(map(sum, orders)), abs=0.006)
    assert ("filled_down" in told) == any(len(amounts) > 1 for amounts in orders)


@settings(max_examples=12, deadline=None)
@given(
    days=st.integers(100, 300),
    far=st.lists(st.integers(400, 9000), min_size=1, max_size=3),
    before=st.booleans(),
    data=st.data(),
)
def test_a_handful_of_far_dates_never_moves_the_clock(days: int, far: list[int], before: bool, data: st.DataObject):
    first = date(2015, 1, 1)
    moments = [first + timedelta(days=number) for number in range(days)]
    edge = first if before else moments[-1]
    odd = [edge + timedelta(days=-number if before else number) for number in far]
    for moment in odd:
        moments.insert(data.draw(st.integers(0, len(moments))), moment)
    text = "order,customer,date,amount\n" + "".join(f"{n},C{n % 7},{day},5\n" for n, day in enumerate(moments))
    with TemporaryDirectory() as folder:
        path = Path(folder) / "orders.csv"
        path.write_text(text)
        with read_orders(path) as found:
            starts, ends, codes = found.starts_at, found.ends_at, {each.code for each in found.findings}

    assert (starts.date(), ends.date()) == (first, first + timedelta(days=days))
    assert "far_dates" in codes or all(day.year < 1980 for day in odd)


@settings(max_examples=12, deadline=None)
@given(
    lines=st.lists(st.tuples(st.integers(1, 5), CENTS, st.integers(0, 90)), min_size=2, max_size=8),
    name=st.sampled_from(("Discount", "discount_pct", "Rabatt", "Remise")),
    as_percent=st.booleans(),
)
def test_a_rate_is_subtracted_where_somebody_says_so_and_told_where_not(
    lines: list[tuple[int, float, int]], name: str, as_percent: bool
):
    lines = [(1, 10.0, 15), *lines]
    rates = [f"{rate}%" if as_percent else rate / 100 for _, _, rate in lines]
    text = f"order,customer,date,qty,price,{name}\n" + rows(
        [quantity for quantity, _, _ in lines], [price for _, price, _ in lines], rates
    )

    gross, _, told = read(text)
    less, _, _ = read(text, discount={name: ("rate",)})

    assert "discount" in told
    assert gross == pytest.approx(sum(quantity * price for quantity, price, _ in lines), abs=0.006)
    assert less == pytest.approx(sum(quantity * price * (1 - rate / 100) for quantity, price, rate in lines), abs=0.01)


@settings(max_examples=8, deadline=None)
@given(share=st.integers(2, 6), orders=st.integers(20, 60), lines=st.integers(2, 4), parts=st.integers(1, 2))
def test_however_many_orders_pay_in_parts_a_join_is_refused(share: int, orders: int, lines: int, parts: int):
    """One order in ``share`` pays in two parts, and each item has each payment beside it."""
    joined = [
        f"o{n},u{n % 9},2017-01-{n % 28 + 1:02},p{item},{part},{100 + 7 * n + part + 0.5}\n"
        for n in range(orders)
        for item in range(lines)
        for part in range(2 if n % share == 0 else parts)
    ]

    with pytest.raises(TransactionsError, match="holds each amount on several lines"):
        read("order_id,customer_id,order_date,product_id,payment_sequential,payment_value\n" + "".join(joined))


def test_no_word_of_the_table_has_two_meanings():
    words = table()["words"]

    assert not {word for one in words for other in words if one < other for word in words[one] & words[other]}
    assert {meaning_of(word) for word in words["none"]} == {"none"}
