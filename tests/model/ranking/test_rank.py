"""The whole base as one list: in order, adding up, reproducible, and true in every sentence."""

import csv
import re
from datetime import date, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from model import load_artifact
from model.artifact.history_artifact import load_history
from model.estimators.intervals import IF_PURCHASE
from model.estimators.total_interval import TotalErrors
from model.features.definitions import FEATURE_NAMES, build_snapshots
from model.orders.options import ReadingOptions
from model.orders.orders import Transactions, clean_transactions, open_orders
from model.prediction.history_predictor import OrderLine, predict_from_lines
from model.prediction.scorers import HistoryScorer, load_scorer
from model.ranking.actions import built_in_catalogue
from model.ranking.campaign import DECISIONS, Campaign
from model.ranking.presets import is_audience, presets, table
from model.ranking.rank import rank_customers, ranking_warnings, score_base
from model.ranking.ranked_list import RankedList
from model.ranking.reasons import REASON_FEATURES
from model.score import main, score
from model.segments import SEGMENTS, Segment, decide_segment
from tests.orders import lines, shop, transactions
from tests.support import ROOT, small_model
from training import fit_shop

AS_OF = datetime(2024, 12, 1)
TOTALS = TotalErrors(shop_spread=0.2, buyer_variance=1.0, windows=20)


@pytest.fixture(scope="module")
def history_scorer() -> HistoryScorer:
    scorer = load_scorer(ROOT / "model", None)
    assert isinstance(scorer, HistoryScorer)
    return scorer


@pytest.fixture(scope="module")
def model_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_model(tmp_path_factory.mktemp("model"))


def ranked(history: Transactions, scorer, campaign: Campaign = Campaign(), as_of: datetime = AS_OF) -> RankedList:  # noqa: B008
    return rank_customers(score_base(history, scorer, as_of), campaign, built_in_catalogue(), "GBP")


def own(scorer: HistoryScorer, history: Transactions, totals: TotalErrors | None = None) -> HistoryScorer:
    """The model as if it had been trained on these orders: sums are told, of the shop with a track record."""
    return HistoryScorer(scorer.card.model_copy(update={"data": history.report, "totals": totals}))


def columns(of: RankedList) -> pd.DataFrame:
    return pd.DataFrame(of.columns(0, len(of)))


def test_the_highest_spend_stands_first_and_equal_ones_by_id(history_scorer):
    history = transactions(*(lines(name, "2024-11-01 20.00") for name in ("b", "a", "c")), shop(customers=40))

    rows = columns(ranked(history, history_scorer))

    assert rows["rank"].tolist() == list(range(1, len(rows) + 1))
    order = rows.sort_values(["predicted_future_spend_30d", "customer_id"], ascending=[False, True])
    assert order["rank"].tolist() == rows["rank"].tolist()
    assert rows[rows["customer_id"].isin(["a", "b", "c"])]["customer_id"].tolist() == ["a", "b", "c"]


def test_customers_who_have_been_quiet_for_long_are_in_the_list(history_scorer):
    rows = columns(ranked(transactions(shop(), lines("quiet", "2024-01-02 50.00")), history_scorer))

    quiet = rows.set_index("customer_id").loc["quiet"]
    assert not quiet["is_active"]
    assert 0 < rows["is_active"].sum() < len(rows)


def test_a_list_of_another_time_or_shop_than_the_training_says_so(history_scorer):
    """The level is that of the month after the training; a month that it has seen proves nothing."""
    artifact, history = history_scorer.card, transactions(lines("a", "2011-01-05 20.00"))
    own = HistoryScorer(artifact.model_copy(update={"data": history.report}))

    def told(scorer: HistoryScorer, as_of: str) -> str:
        return " ".join(ranking_warnings(history, score_base(history, scorer, datetime.fromisoformat(as_of))))

    assert artifact.known_until.isoformat() == "2011-12-10"
    assert "take this as a rehearsal" in told(own, "2011-11-10")
    assert "trained" not in told(own, "2011-12-10")
    assert "answers without one" in told(own, "2011-12-11")
    assert "another shop" in told(history_scorer, "2011-12-10")


def test_every_sum_of_money_carries_the_factor_and_no_customer_does():
    """Totals, groups and segments of the shop's own list, 12 % above the sums of their customers."""
    history = transactions(shop())
    artifact = load_history(ROOT / "model", load_artifact(ROOT / "model").card)
    plain = artifact.model_copy(update={"data": history.report, "totals": None})
    raised = plain.model_copy(update={"totals": TOTALS.model_copy(update={"total_factor": 1.12})})

    one, other = (ranked(history, HistoryScorer(each)) for each in (plain, raised))

    assert (one.totals().total_factor, other.totals().total_factor) == (1.0, 1.12)
    assert columns(one)["predicted_future_spend_30d"].equals(columns(other)["predicted_future_spend_30d"])
    assert other.totals().expected_buyers_30d == one.totals().expected_buyers_30d
    for before, after in ((one.totals(), other.totals()), *zip(one.segments(), other.segments(), strict=True)):
        assert after.expected_revenue_30d == pytest.approx(1.12 * before.expected_revenue_30d, abs=0.011)
    treat = other.totals().treat.expected_revenue_30d
    assert treat == pytest.approx(1.12 * one.totals().treat.expected_revenue_30d, abs=0.011)
    interval = other.totals().expected_revenue_30d_interval_80
    assert interval.low < other.totals().expected_revenue_30d < interval.high


def test_every_sum_is_the_sum_of_the_list(history_scorer):
    campaign = Campaign.of({"budget": "60", "contact_cost": "0.5", "control_share": "0.2"})
    history = transactions(shop(customers=300))
    ranking = ranked(history, own(history_scorer, history), campaign)
    rows, totals = columns(ranking), ranking.totals()

    assert totals.customers == len(rows)
    assert totals.active_customers == rows["is_active"].sum()
    assert totals.expected_revenue_30d == round(rows["predicted_future_spend_30d"].sum(), 2)
    assert totals.expected_buyers_30d == round(rows["purchase_probability_30d"].sum(), 4)
    groups = (totals.treat, totals.control, totals.below_budget, totals.left_alone)
    for decision, group in zip(DECISIONS, groups, strict=True):
        theirs = rows[rows["decision"] == decision]
        assert group.customers == len(theirs) > 0
        assert group.expected_revenue_30d == round(theirs["predicted_future_spend_30d"].sum(), 2)
        assert group.expected_buyers_30d == round(theirs["purchase_probability_30d"].sum(), 4)
    assert sum(group.customers for group in groups) == totals.customers
    treated = rows[rows["decision"] == "treat"]
    assert totals.treat.cost == pytest.approx(treated["contact_cost"].sum(), abs=0.0051)
    assert (totals.treat.cost <= 60, totals.control.cost, totals.left_alone.cost) == (True, 0.0, 0.0)
    segments = ranking.segments()
    assert [each.customer_segment for each in segments] == list(Segment)
    assert sum(each.expected_revenue_30d for each in segments) == pytest.approx(totals.expected_revenue_30d, abs=0.001)
    for each in segments:
        theirs = rows[rows["customer_segment"] == each.customer_segment]
        assert each.customers == len(theirs) == each.treat + each.control + each.below_budget + each.left_alone
        assert each.treat == (theirs["decision"] == "treat").sum()


def test_the_interval_of_the_sum_holds_the_sum(history_scorer):
    history = transactions(shop())
    totals = ranked(history, own(history_scorer, history, TOTALS)).totals()

    interval = totals.expected_revenue_30d_interval_80
    assert interval is not None
    assert 0 <= interval.low <= totals.expected_revenue_30d <= interval.high


def test_segments_filter_the_list_its_totals_and_its_campaign(history_scorer):
    history = transactions(shop())
    everybody = columns(ranked(history, history_scorer))
    wanted = everybody[everybody["customer_segment"].isin(["High Value", "At Risk"])]

    ranking = ranked(history, history_scorer, Campaign.of({"segments": "At Risk,High Value", "limit": "5"}))

    rows = columns(ranking)
    assert rows["customer_id"].tolist() == wanted["customer_id"].tolist()
    assert rows["reason"].tolist() == wanted["reason"].tolist()
    assert rows["rank"].tolist() == list(range(1, len(rows) + 1))
    assert rows["decision"].tolist() == ["treat"] * 5 + ["below_budget"] * (len(rows) - 5)
    assert ranking.totals().customers == len(wanted)
    assert [each.customers > 0 for each in ranking.segments()] == [True, False, False, True, False]


def test_a_segment_that_nobody_is_in_gives_an_empty_list(history_scorer):
    history = transactions(lines("a", "2024-11-30 5.00"))
    ranking = ranked(history, own(history_scorer, history), Campaign.of({"segments": "High Value"}))

    assert len(ranking) == 0
    assert ranking.totals().expected_revenue_30d == 0


def test_the_hold_out_is_the_same_in_another_order_and_among_others(history_scorer):
    campaign = Campaign(control_share=0.3)
    held_out = [
        {row.customer_id for row in columns(ranked(transactions(*parts), history_scorer, campaign)).itertuples()
         if row.decision == "control" and row.customer_id.startswith("C")}
        for parts in (
            [shop()],
            [shop().sample(frac=1, random_state=1)],
            [lines("another", "2024-11-01 900.00"), shop()],
        )
    ]  # fmt: skip

    assert held_out[0] == held_out[1] == held_out[2] != set()


def test_each_customer_has_the_numbers_of_one_asked_alone(history_scorer):
    """Guardrails included: the batch and the single answer bound a forecast by one definition."""
    order_lines = shop(customers=60)
    order_lines.loc[order_lines["Customer ID"] == "C0007", "Price"] *= (
        1e-4  # less than any shop of the training sold for
    )
    rows = columns(ranked(transactions(order_lines), history_scorer)).set_index("customer_id")
    thresholds = history_scorer.card.segments  # of the card, for whoever is asked about alone
    artifact = history_scorer.card.at(AS_OF, transactions(order_lines).report)

    known = order_lines[order_lines["InvoiceDate"] < AS_OF]
    held = set()
    for customer_id, theirs in known.groupby("Customer ID"):
        row, single = rows.loc[customer_id], predict_from_lines(artifact, sent_alone(theirs), AS_OF).prediction
        held |= {any("the forecast was" in warning for warning in single.warnings)}
        assert row["predicted_future_spend_30d"] == pytest.approx(single.future_spend_30d, abs=0.0101)
        assert row["purchase_probability_30d"] == pytest.approx(single.purchase_probability_30d, abs=0.000101)
        assert [row[name] for name in IF_PURCHASE] == pytest.approx(list(single.spend_if_purchase), abs=0.0101)
        assert single.segment == decide_segment(single.features, single.future_spend_30d, thresholds).segment
        assert [row[name] for name in FEATURE_NAMES] == pytest.approx(list(single.features), rel=1e-9)
    assert set(known["Customer ID"]) == set(rows.index)
    assert held == {True, False}


def sent_alone(order_lines: pd.DataFrame) -> list[OrderLine]:
    return [
        OrderLine(line.Invoice, line.StockCode, float(line.Quantity), float(line.Price), line.InvoiceDate)
        for line in order_lines.itertuples()
    ]


@pytest.mark.parametrize("model", ["summary", "history"])
def test_the_list_has_the_numbers_of_the_plain_scores(model: str, tmp_path: Path):
    scorer = load_scorer(ROOT / "model", model)
    score(transactions(shop()), tmp_path / "plain.csv", scorer, as_of=AS_OF)

    rows = columns(ranked(transactions(shop()), scorer))

    plain = pd.read_csv(tmp_path / "plain.csv")
    for name in ("rank", "customer_id", "predicted_future_spend_30d", "spend_if_purchase_low", "spend_if_purchase_high",
                 "purchase_probability_30d", "customer_segment", "is_active", "model_version"):  # fmt: skip
        assert rows[name].tolist() == plain[name].tolist()


def test_columns_that_training_had_not_are_ignored(history_scorer):
    """As in the answer to one customer."""
    order_lines = shop(customers=30)
    with clean_transactions(open_orders(order_lines, ReadingOptions(ignored=("invoice", "product")))) as history:
        ignoring = columns(ranked(history, history_scorer))
    with transactions(order_lines.rename(columns={"Invoice": "a", "StockCode": "b"})) as history:
        unknown = columns(ranked(history, history_scorer))

    pd.testing.assert_frame_equal(ignoring, unknown)
    assert (ignoring["unique_products"] == 0).all()


def test_actions_are_those_that_the_rules_recommend(history_scorer):
    rows = columns(ranked(transactions(shop()), history_scorer))
    catalogue = built_in_catalogue()

    for row in rows.itertuples():
        action = catalogue.best(Segment(row.customer_segment), row.purchase_probability_30d)
        assert row.action_id == action.id
        assert "{" not in row.recommended_action
        days = f"{row.recency_days:.0f} day{'' if row.recency_days == 1 else 's'}"
        assert row.recommended_action == action.title.replace("{recency_days}", days)


MONEY = r"£([\d,]+\.\d\d)"


def amount(text: str) -> float:
    return float(text.replace(",", ""))


@pytest.mark.parametrize("as_of", [datetime(2024, 3, 1), AS_OF, datetime(2025, 1, 20, 13, 30), datetime(2025, 6, 1)])
def test_every_clause_of_a_reason_is_true_of_the_customer(history_scorer, as_of):
    """Read back from the sentence and compared with the customer's own numbers."""
    history = transactions(shop(customers=300, days=500))
    base = score_base(history, history_scorer, as_of)
    rows = columns(rank_customers(base, Campaign(), built_in_catalogue(), "GBP"))
    numbers = base.customers[list(REASON_FEATURES)]
    rows = pd.concat([rows, numbers], axis=1)
    seen = set()
    for row in rows.itertuples():
        rhythm, _, apart = row.reason.removesuffix(".").partition("; ")
        seen |= {re.sub(r"[£\d.,]+", "#", rhythm), re.sub(r"[£\d.,]+", "#", apart)}
        check_rhythm(rhythm, row)
        check_apart(apart, row, rows["total_spend"])
    assert len(seen) >= 8


def check_rhythm(rhythm: str, row) -> None:
    last_seen = re.search(r"(?:(\d[\d,]*) days?|(less than a day)) ago$|was (?:(\d[\d,]*) days?|less) ago$", rhythm)
    assert last_seen, rhythm
    days = last_seen[1] or last_seen[3]
    assert (float(days.replace(",", "")) if days else 0) == row.recency_days
    worth = amount(re.search(f"worth {MONEY}", rhythm)[1])
    if row.num_transactions == 1:
        assert rhythm.startswith("One order so far")
        assert worth == pytest.approx(row.total_spend, abs=0.0051)
        return
    assert worth == pytest.approx(row.avg_spend, abs=0.0051)
    gap = re.search(r"about every (\d+) days?", rhythm)
    if gap:
        assert row.purchase_days >= 3
        assert float(gap[1]) == pytest.approx(max(row.median_gap_days, 1), abs=0.51)
        assert rhythm.startswith("Used to") == (row.recency_days > max(2 * float(gap[1]), float(gap[1]) + 14))
    else:
        assert rhythm.startswith(f"{row.num_transactions:.0f} orders so far")


def check_apart(apart: str, row, total_spend: pd.Series) -> None:
    amounts = [amount(text) for text in re.findall(MONEY, apart)]
    before = row.spend_180d - row.spend_90d
    if "a year ago" in apart:
        assert amounts == pytest.approx([row.spend_horizon_last_year], abs=0.0051)
    elif apart.startswith("nothing spent"):
        assert row.spend_90d == 0
        assert amounts == pytest.approx([before], abs=0.0051)
    elif "in the 90 days before" in apart:
        assert amounts == pytest.approx([row.spend_90d, before], abs=0.0051)
        assert max(amounts) >= 1.99 * min(amounts)
    elif apart:
        share = int(re.search(r"among the (\d+)% of customers who have spent most", apart)[1]) / 100
        assert (total_spend >= row.total_spend).mean() <= share


def test_a_reason_speaks_of_days_as_they_were():
    """Worked out by hand: orders 10 days apart, the last one 5 days before; then quiet for 65."""
    bought = [
        f"2024-{month:02}-{day:02} 30.00" for month, day in ((10, 7), (10, 17), (10, 27), (11, 6), (11, 16), (11, 26))
    ]
    scorer = load_scorer(ROOT / "model", "history")
    told = {
        as_of: columns(ranked(transactions(lines("a", *bought)), scorer, as_of=as_of))["reason"][0]
        for as_of in (datetime(2024, 12, 1), datetime(2025, 1, 30))
    }

    assert list(told.values()) == [
        "Orders about every 10 days, worth £30.00 each on average, the last one 5 days ago.",
        "Used to order about every 10 days, worth £30.00 each on average, but the last order was 65 days ago.",
    ]


def test_presets_are_columns_of_the_list_and_hold_those_to_contact(history_scorer):
    campaign = Campaign.of({"limit": "20", "control_share": "0.2"})
    history = transactions(shop(), lines("ann@example.com", *(f"2024-{month:02}-20 9000.00" for month in range(5, 12))))
    written = ranked(history, history_scorer, campaign).columns(0, 1000)
    treated = [
        name for name, decision in zip(written["customer_id"], written["decision"], strict=True) if decision == "treat"
    ]

    for preset, pairs in presets().items():
        headers, rows = [header for header, _ in pairs], table(preset, written, "on these orders")
        assert len(set(headers)) == len(headers)
        if not is_audience(preset):
            assert len(rows) == len(written["customer_id"])
            continue
        id_column = [field for _, field in pairs].index("customer_id")
        email_column = [field for _, field in pairs].index("email")
        assert [row[id_column] for row in rows] == treated
        assert {row[email_column] for row in rows} == {"", "ann@example.com"}
    assert set(presets()) == {"plain", "klaviyo", "mailchimp", "meta"}


def test_the_command_writes_the_list_and_says_its_totals(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    order_lines = pd.concat([shop(), lines("=1+1", "2024-11-28 90000.00")])
    order_lines.to_csv(tmp_path / "orders.csv", index=False)
    options = ["--budget", "10", "--contact-cost", "0.5", "--control-share", "0.1", "--as-of", "2024-12-01"]
    options += ["--model", "loaded"]

    code = main([str(tmp_path / "orders.csv"), str(tmp_path / "out.csv"), "--model-dir", str(ROOT / "model"), *options])

    expected = ranked(transactions(order_lines), load_scorer(ROOT / "model", None), Campaign.of(
        {"budget": "10", "contact_cost": "0.5", "control_share": "0.1"}))  # fmt: skip
    with (tmp_path / "out.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert code == 0
    assert list(rows[0]) == [field for _, field in presets()["plain"]]
    assert [row["customer_id"] for row in rows] == [
        name.replace("=1+1", "'=1+1") for name in expected.customers["customer_id"]
    ]
    assert [row["decision"] for row in rows] == columns(expected)["decision"].tolist()
    told = capsys.readouterr().out
    totals = expected.totals()
    assert f"contact {totals.treat.customers} customers for £{totals.treat.cost:.2f}" in told
    assert expected.control_group().told in told
    assert f"leave {totals.left_alone.customers} customers alone" in told


def test_the_list_as_parquet_has_types_and_ids_as_they_are(tmp_path: Path):
    pd.concat([shop(customers=20), lines("=1+1", "2024-11-28 900.00")]).to_csv(tmp_path / "orders.csv", index=False)

    code = main(
        [
            str(tmp_path / "orders.csv"),
            str(tmp_path / "out.parquet"),
            "--limit",
            "3",
            "--model-dir",
            str(ROOT / "model"),
        ]
    )

    rows = pd.read_parquet(tmp_path / "out.parquet")
    assert code == 0
    assert rows["customer_id"].eq("=1+1").any()
    assert set(rows["as_of"]) == {date(2025, 2, 4)}
    assert rows["predicted_future_spend_30d"].dtype == np.float64


def test_a_list_of_nobody_is_a_file_with_the_same_columns(model_dir: Path, tmp_path: Path):
    """Also without intervals, as the small model has none."""
    lines("7", "2024-11-01 20.00").to_csv(tmp_path / "orders.csv", index=False)
    options = ["--segments", "High Value", "--model-dir", str(model_dir)]

    for out in ("out.parquet", "out.csv"):
        assert main([str(tmp_path / "orders.csv"), str(tmp_path / out), *options]) == 0

    rows = pd.read_parquet(tmp_path / "out.parquet")
    assert list(rows) == list(pd.read_csv(tmp_path / "out.csv")) == [field for _, field in presets()["plain"]]
    assert len(rows) == 0


def test_plain_scores_of_risky_ids_are_defused_too(model_dir: Path, tmp_path: Path):
    history = transactions(lines("=1+1", "2024-11-01 20.00"), lines("7", "2024-11-01 30.00"))

    score(history, tmp_path / "out.csv", load_scorer(model_dir, "summary"), as_of=AS_OF)

    assert pd.read_csv(tmp_path / "out.csv")["customer_id"].tolist() == ["7", "'=1+1"]


@pytest.mark.parametrize(
    ("out", "options", "message"),
    [
        ("out.csv", ["--budget", "5"], "--contact-cost is missing"),
        ("out.csv", ["--limit", "many"], "--limit is 'many', but it must be a whole number"),
        ("out.csv", ["--control-share", "1.5"], "--control-share is '1.5'"),
        ("out.csv", ["--segments", "Best"], "--segments is 'Best'"),
        ("out.csv", ["--limit", "5", "--reasons"], "--reasons: a ranked list has a reason in words"),
        ("out.csv", ["--limit", "5", "--engine", "spark"], "--engine spark writes forecasts without a campaign"),
        ("out.parquet", ["--preset", "meta"], "imported as CSV"),
        ("out.csv", ["--limit", "5", "--as-of", "2001-01-01"], "nobody bought before"),
    ],
)
def test_what_cannot_be_ranked_ends_with_2_and_a_reason(
    out: str, options: list[str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    lines("7", "2024-11-01 20.00").to_csv(tmp_path / "orders.csv", index=False)

    code = main([str(tmp_path / "orders.csv"), str(tmp_path / out), "--model-dir", str(ROOT / "model"), *options])

    assert code == 2
    assert message in capsys.readouterr().err
    assert not (tmp_path / out).exists()


def test_without_a_history_model_the_summary_model_ranks(model_dir: Path):
    scorer = load_scorer(model_dir, None)

    ranking = ranked(transactions(shop()), scorer)

    assert scorer.name == "summary"
    assert ranking.totals().expected_revenue_30d_interval_80 is None
    assert ranking.columns(0, 1)["spend_if_purchase_low"] == [None]


def test_numbers_are_those_of_the_snapshots(history_scorer):
    history = transactions(shop())
    rows = columns(ranked(history, history_scorer)).set_index("customer_id")

    snapshots = build_snapshots(history, [AS_OF]).droplevel("as_of")
    theirs, known = (frame[list(FEATURE_NAMES)].sort_index() for frame in (rows, snapshots))
    pd.testing.assert_frame_equal(theirs, known, check_names=False, check_index_type=False)
    assert rows["customer_segment"].isin([segment.value for segment in SEGMENTS]).all()
    assert load_artifact(ROOT / "model").card.model_version == rows["model_version"].iloc[0]


def test_nobody_is_contacted_to_spend_nothing_on_them(history_scorer):
    """Neither by a budget that would pay for it, nor as a control, nor without any limit."""
    history = transactions(shop(customers=300))
    for texts in ({}, {"limit": "290"}, {"budget": "900", "contact_cost": "0.5", "control_share": "0.3"}):
        rows = columns(ranked(history, history_scorer, Campaign.of(texts)))
        spends_nothing = rows["action_id"] == "newsletter_only"
        assert spends_nothing.any()
        assert (spends_nothing == (rows["decision"] == "left_alone")).all()
        assert rows["contact_cost"][spends_nothing].isin([0.0] if "budget" in texts else [None]).all()


def test_free_delivery_and_a_call_cost_more_than_the_contact(history_scorer):
    """A tenth and a twentieth of the shop's average order, rounded up."""
    ranking = ranked(transactions(shop(customers=300)), history_scorer, Campaign.of({"contact_cost": "0.5"}))
    rows = columns(ranking)
    average_order = rows["total_spend"].sum() / rows["num_transactions"].sum()

    costs = rows.groupby("action_id")["contact_cost"].unique().map(list)
    assert costs["free_delivery"] == pytest.approx([0.5 + 0.10 * average_order], abs=0.0101)
    assert costs["personal_contact"] == pytest.approx([0.5 + 0.05 * average_order], abs=0.0101)
    assert costs["reorder_reminder"] == costs["early_access"] == [0.5]


def test_no_customer_above_two_percent_of_the_total_is_held_out(history_scorer):
    ranking = ranked(transactions(shop(customers=300)), history_scorer, Campaign.of({"control_share": "0.99"}))
    rows = columns(ranking)

    is_large = rows["predicted_future_spend_30d"] > 0.02 * rows["predicted_future_spend_30d"].sum()
    assert is_large.any()
    assert (rows[is_large]["decision"] == "treat").all()


def test_segments_are_of_the_customers_at_hand():
    """In any currency: a low-ticket shop has customers of high value, and no more than half of one other kind."""
    order_lines = shop(customers=300)
    of = {}
    for factor in (0.01, 1.0, 100.0):
        priced = order_lines.assign(Price=order_lines["Price"] * factor)
        with transactions(priced) as history:
            of[factor] = columns(rank_customers(
                score_base(history, HistoryScorer(fit_shop(history, AS_OF)), AS_OF), Campaign(), built_in_catalogue(),
                "GBP"))["customer_segment"].value_counts()  # fmt: skip
        assert of[factor]["High Value"] > 30
        assert of[factor].max() <= 150
    assert of[0.01].to_dict() == of[1.0].to_dict() == of[100.0].to_dict()


def test_a_reminder_names_the_products_bought_most_often(history_scorer):
    """Three of them, by the number of orders; postage is no product."""
    bought = [
        f"2024-11-{day:02} 5.00 {product}"
        for product, days in (("Tea", (1, 8, 15, 22)), ("Mug", (8, 15, 22)), ("Jam", (22, 23)), ("Pen", (23,)))
        for day in days
    ] + [f"2024-11-{day:02} 5.00 POSTAGE" for day in (1, 8, 15, 22, 23)]
    named = pd.concat([lines("a", *bought), shop(customers=60)]).assign(Description=lambda rows: rows["StockCode"])
    with transactions(named) as history:
        rows = columns(ranked(history, history_scorer)).set_index("customer_id")

    told = rows[rows["action_id"] == "reorder_reminder"]["recommended_action"]
    assert len(told)
    assert told.str.contains(r"the products bought most often \(.+ and .+\), ready to reorder|often \(P\d\)").all()
    with transactions(named) as history:
        base = score_base(history, history_scorer, AS_OF)
    favourites = base.customers.set_index("customer_id")["favourites"]
    assert list(favourites["a"]) == ["Tea", "Mug", "Jam"]
    with transactions(named.drop(columns=["Description"])) as history:
        assert not columns(ranked(history, history_scorer))["recommended_action"].str.contains("often \\(").any()


def test_the_newest_email_and_name_go_to_marketing_tools_alone(history_scorer):
    history = pd.concat([shop(customers=60), lines("77", "2024-10-01 900.00", "2024-11-20 900.00")])
    history["E-Mail"] = [f"{customer}@old.example".lower() for customer in history["Customer ID"]]
    history["Kundenname"] = "Ann Lee"
    is_new = history["InvoiceDate"] > "2024-11-01"
    history["E-Mail"] = history["E-Mail"].where(~is_new, history["Customer ID"].str.lower() + "@new.example")
    with transactions(history) as clean:
        written = ranked(clean, history_scorer).columns(0, 100)

    assert dict(zip(written["customer_id"], written["email"], strict=True))["77"] == "77@new.example"
    for preset, pairs in presets().items():
        rows = [
            dict(zip([field for _, field in pairs], row, strict=True))
            for row in table(preset, written, "on these orders")
        ]
        for row in rows:
            if is_audience(preset):
                assert row["email"].startswith(f"{row['customer_id'].lower()}@")
                assert row["name"] == "Ann Lee"
            assert is_audience(preset) or not any("@" in str(cell) or cell == "Ann Lee" for cell in row.values())
