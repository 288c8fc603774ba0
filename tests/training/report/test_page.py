import re
from datetime import UTC, datetime
from html import unescape
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.artifact.card import ModelCard, feature_entries
from model.artifact.history_artifact import HistoryArtifact
from model.estimators.history_inputs import INPUTS
from model.orders.cleaning import CleaningReport, DroppedLines
from tests.support import ROOT
from training.evaluation.backtest import total_rows
from training.evaluation.leaderboard import ALL_KNOWN, GROUPS, Leaderboard, measure_groups, measure_windows
from training.evaluation.metrics import calibration_error, captured, top_decile_revenue
from training.report.data import ReportData, report_tables, shares
from training.report.figures import svg
from training.report.page import write_report
from training.report.words import WORDS, change, model_label, money, number, percent, short_money

FIGURES = (
    "leaderboard", "differences", "errors", "gain", "deciles", "calibration", "quiet", "totals", "coverage-windows",
    "coverage-chances", "curves", "learning", "assumption", "misses", "cleaning",
)  # fmt: skip
CHAMPION, RIVAL = "history_model", "bgnbd_gamma_gamma"
WITHOUT_PROBABILITY = {"zero", "lasso_6"}
ARTIFACT = HistoryArtifact.model_validate_json((ROOT / "model" / "history_model.json").read_text())
AXIS_NAMES = {
    "typical error less that of BG/NBD (£)", "typical error (£ per customer)", "share of revenue",
    "£ per customer in the window", "share that bought", "share of customers", "all known customers (£)",
    "share of buyers inside", "days since last purchase", "rank correlation (−1 to 1)",
    "one customer's spend in the window (£)", "order lines (count)",
}  # fmt: skip
LEARNED = {0: 259.0, 4: 250.0, 15: 248.0}


def shop(models=(CHAMPION, RIVAL, "lasso_6", "zero"), *, windows=2, customers=60, seed=0) -> pd.DataFrame:
    """A backtest: forecasts are the truth with noise, the champion's with the least."""
    frames = []
    for window, cutoff in enumerate(pd.date_range("2011-06-13", periods=windows, freq="30D")):
        random = np.random.default_rng([seed, window])
        chance, value = random.uniform(0.05, 0.95, customers), random.lognormal(5, 1, customers)
        bought = random.random(customers) < chance
        for noise, model in enumerate(models, start=1):
            expected = chance * value * random.lognormal(0, 0.2 * noise, customers)
            has_more = model not in WITHOUT_PROBABILITY
            frames.append(
                pd.DataFrame(
                    {
                        "cutoff": cutoff,
                        "customer_id": [str(12346 + index) for index in range(customers)],
                        "model": model,
                        "is_active": np.arange(customers) % 2 == 0,
                        "recency_days": np.where(np.arange(customers) % 2 == 0, 10, 90 + 8 * np.arange(customers)),
                        "actual_spend": np.where(bought, value, 0.0),
                        "actual_purchase": bought,
                        "predicted_spend": 0.0 if model == "zero" else expected,
                        "purchase_probability": chance if has_more else np.nan,
                        "spend_if_purchase_low": value * 0.7 if has_more else np.nan,
                        "spend_if_purchase_high": value * random.lognormal(0.4, 0.4, customers) if has_more else np.nan,
                    }
                )
            )
    return pd.concat(frames, ignore_index=True)


def leaderboard(rows: pd.DataFrame, *, champion=CHAMPION, baseline=RIVAL, differences=None) -> Leaderboard:
    return Leaderboard(
        champion=champion, champion_reason="it won", baseline=baseline, w99_cap=1000.0,
        groups=measure_groups(rows, w99_cap=1000.0), windows=measure_windows(rows, w99_cap=1000.0),
        differences={ALL_KNOWN: differences or {}},
        learned_from={count: {"rmse_w99": error, "gini": 0.7} for count, error in LEARNED.items()},
        value_frequency_correlation={"2011-06-13": 0.21, "2011-07-13": -0.05},
    )  # fmt: skip


def totals(rows: pd.DataFrame) -> pd.DataFrame:
    """As of a backtest, with a factor and an interval for the champion alone."""
    sums = total_rows(rows, {})
    is_champion = sums["model"] == CHAMPION
    return sums.assign(
        total_factor=np.where(is_champion, 1.1, np.nan),
        low=np.where(is_champion, 0.9 * sums["forecast"], np.nan),
        high=np.where(is_champion, 1.4 * sums["forecast"], np.nan),
    )


def card(data: CleaningReport | None = None) -> ModelCard:
    return ModelCard(
        model_version="2026-01-01.abc", model_sha256="abc", trained_at=datetime(2026, 1, 1, tzinfo=UTC),
        estimator="Lasso", features=feature_entries(), data=data, libraries={},
    )  # fmt: skip


CLEANING = CleaningReport(
    lines_read=1000, lines_kept=700, customers=60, orders=300, spend=12345.6,
    first_line_at=datetime(2010, 1, 1), last_line_at=datetime(2011, 12, 9),
    dropped=(
        DroppedLines(reason="no customer id", lines=250, spend=900.0, share_of_spend=0.07),
        DroppedLines(reason="price <= 0", lines=50, spend=0.0, share_of_spend=0.0),
    ),
)  # fmt: skip


def page(directory: Path, rows: pd.DataFrame, *, board=None, artifact=ARTIFACT, data=CLEANING) -> str:
    shown = ReportData(card(data), board or leaderboard(rows), rows, totals(rows), artifact, "£")
    return write_report(directory, shown).read_text(encoding="utf-8")


def figure(html: str, name: str) -> str:
    """One card of the page."""
    found = re.search(rf'<section class="card[^"]*" id="{name}">.*?</section>', html, re.DOTALL)
    assert found, f"there is no figure {name}"
    return found[0]


def drawing(card_html: str) -> str:
    return card_html[card_html.index("<svg") : card_html.index("</svg>") + len("</svg>")]


def words(html: str) -> str:
    return re.sub(r"[ \n]+", " ", unescape(re.sub(r"<[^>]+>", " ", html)))


def table(html: str) -> list[list[str]]:
    """The cells of the last table of a card."""
    return cells_of(html[html.rindex("<table") :])


def cells_of(html: str) -> list[list[str]]:
    rows = re.findall(r"<tr.*?</tr>", html, re.DOTALL)
    return [[words(cell).strip() for cell in re.findall(r"<t[hd].*?</t[hd]>", row, re.DOTALL)] for row in rows]


def champion(rows: pd.DataFrame) -> pd.DataFrame:
    return rows[rows["model"] == CHAMPION].reset_index(drop=True)


@pytest.fixture(scope="module")
def rows() -> pd.DataFrame:
    return shop()


@pytest.fixture(scope="module")
def html(rows: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> str:
    differences = {CHAMPION: {"rmse_w99": (-9.0, -2.0)}, "lasso_6": {"rmse_w99": None}, "zero": {"rmse_w99": (5, 20)}}
    return page(tmp_path_factory.mktemp("report"), rows, board=leaderboard(rows, differences=differences))


def test_every_figure_is_there_with_what_to_see_and_what_good_looks_like(html: str):
    for name in FIGURES:
        card_html = figure(html, name)
        assert 'class="finding"' in card_html, name
        assert "Good looks like:" in card_html, name
        assert name == "leaderboard" or "<svg" in card_html, name


def test_every_drawing_has_its_finding_as_text_alternative_and_its_axes_have_names(html: str):
    for name in set(FIGURES) - {"leaderboard"}:
        card_html = figure(html, name)
        finding = re.search(r'<p class="finding">(.*?)</p>', card_html, re.DOTALL)
        alternative = re.search(r'role="img" aria-label="([^"]+)"', card_html)
        assert finding, name
        assert alternative, name
        assert words(alternative[1]) == words(finding[1]), name
        names = {text.text for text in ET.fromstring(drawing(card_html)).iter("text")}
        assert names & AXIS_NAMES, name


def test_drawings_are_well_formed_and_share_no_names(html: str):
    """One page holds them all: a clip or mark that another drawing names too would be taken from there."""
    named = [set(re.findall(r' id="([^"]+)"', drawing(figure(html, name)))) for name in FIGURES[1:]]

    assert sum(map(len, named)) == len(set.union(*named))


def test_a_drawing_is_the_same_every_time(rows: pd.DataFrame):
    """No date and no random name, so that a report trained anew shows in a diff what has changed."""
    data = ReportData(card(CLEANING), leaderboard(rows), rows, totals(rows), ARTIFACT, "£")
    tables = report_tables(data)

    assert all(svg(name, table, data) == svg(name, table, data) for name, table in tables.items() if len(table))


def test_the_page_needs_nothing_from_elsewhere_and_runs_no_script(html: str):
    assert not re.search(r"https?://|src=|@import|<link|<script|\son\w+=", html)
    assert "default-src 'none'" in html


def test_every_model_stands_in_the_table_with_its_measures(rows: pd.DataFrame, html: str):
    """In a table for each group of customers, all known ones first."""
    board = leaderboard(rows)
    tables = re.findall(r"<table.*?</table>", figure(html, "leaderboard"), re.DOTALL)

    assert list(board.groups) == list(GROUPS)
    for models, one in zip(board.groups.values(), tables, strict=True):
        cells = {row[0].split()[-1]: row[1:] for row in cells_of(one)[1:]}
        assert list(cells) == sorted(models, key=lambda name: models[name]["rmse_w99"])
        for name, measured in models.items():
            assert cells[name][0] == money(measured["rmse_w99"], "£")
            assert cells[name][2] == number(measured["gini"])
            assert cells[name][4] == change(measured["bias_pct"], 1)
            assert cells[name][9] == percent(measured.get("buyers_covered"), 1)


def test_every_column_of_the_table_is_explained(html: str):
    explained = re.findall(r"<dt>.*?<code>(\w+)</code></dt><dd>([^<]+)</dd>", figure(html, "leaderboard"))

    assert [name for name, _ in explained] == [measure["name"] for measure in WORDS["measure"]]


def test_the_lead_over_the_baseline_is_the_leaderboards_interval(html: str):
    text = words(figure(html, "differences"))

    assert cells_of(figure(html, "differences"))[1:] == [
        ["History model", "−9.000 to −2.000"], ["Lasso, 6 numbers", "–"], ["Nobody buys", "5.000 to 20.000"]
    ]  # fmt: skip
    assert "1 of 2 models have a smaller typical error than BG/NBD" in text


def test_gain_at_a_tenth_is_top_decile_revenue(rows: pd.DataFrame, html: str):
    mine = champion(rows)
    found = top_decile_revenue(mine["actual_spend"].to_numpy(), mine["predicted_spend"].to_numpy())
    cells = table(figure(html, "gain"))

    assert cells[0][1:] == ["Perfect foresight", "History model", "BG/NBD", "Chance"]
    assert cells[2][0] == percent(0.1)
    assert cells[2][2] == percent(found, 1)
    assert percent(found) in words(figure(html, "gain"))


def test_captured_revenue_of_four_customers():
    """In the order of the forecasts: 10, 30 and 0 together (tied), 60; the tie is shared along its length."""
    shares = captured(
        np.array([0.0, 60.0, 10.0, 30.0]), np.array([2.0, 1.0, 3.0, 2.0]), np.array([0.25, 0.5, 0.75, 1.0])
    )

    assert shares == pytest.approx([0.10, 0.25, 0.40, 1.0])


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 5)), min_size=1, max_size=40))
def test_a_gain_curve_rises_to_one_and_never_above_perfect_foresight(customers):
    actual, forecast = (np.array(values, dtype=float) for values in zip(*customers, strict=True))
    if actual.sum() == 0:
        return
    at = np.linspace(0, 1, 21)
    curve, perfect = captured(actual, forecast, at), captured(actual, actual, at)

    assert (curve[0], curve[-1]) == (0, pytest.approx(1))
    assert (np.diff(curve) >= -1e-12).all()
    assert (curve <= perfect + 1e-9).all()


def test_deciles_are_means_of_the_frame(rows: pd.DataFrame, html: str):
    ordered = champion(rows).sort_values("predicted_spend", ascending=False)
    cells = table(figure(html, "deciles"))[1:]

    assert len(cells) == 10
    for cell, start in zip(cells, range(0, 120, 12), strict=True):
        part = ordered.iloc[start : start + 12]
        assert cell[1:] == [
            "12",
            money(part["predicted_spend"].mean(), "£"),
            money(part["actual_spend"].mean(), "£"),
            percent(part["actual_purchase"].mean()),
        ]


def test_calibration_says_the_calibration_error(rows: pd.DataFrame, html: str):
    mine = champion(rows)
    gap = calibration_error(mine["actual_purchase"].to_numpy(), mine["purchase_probability"].to_numpy())
    low = mine[mine["purchase_probability"].between(0.1, 0.2, inclusive="left")]
    cells = {cell[0]: cell[1:] for cell in table(figure(html, "calibration"))[1:]}

    assert f"differ by {100 * gap:.1f} percentage points" in words(figure(html, "calibration"))
    assert cells["10–20\N{NARROW NO-BREAK SPACE}%"][:2] == [
        percent(low["purchase_probability"].mean(), 1), percent(low["actual_purchase"].mean(), 1)
    ]  # fmt: skip
    assert sum(int(cell[3]) for cell in cells.values()) == len(mine)


def test_the_quiet_are_told_beside_what_they_did(rows: pd.DataFrame, html: str):
    mine = champion(rows)
    gone = mine[GROUPS["quiet_over_365_days"](mine)]
    last = table(figure(html, "quiet"))[-1]

    assert last[0] == "Quiet for over a year"
    assert last[1:3] == [percent(gone["purchase_probability"].mean(), 1), percent(gone["actual_purchase"].mean(), 1)]
    assert last[4] == str(len(gone))


def test_totals_carry_their_factor_and_the_sum_without_it_is_told(rows: pd.DataFrame, html: str):
    sums = champion(rows).groupby("cutoff")[["predicted_spend", "actual_spend"]].sum()
    spent, forecast = sums["actual_spend"], sums["predicted_spend"]
    cells = table(figure(html, "totals"))[1:]

    assert [cell[1:3] for cell in cells] == [
        [money(came, "£"), money(1.1 * told, "£")] for came, told in zip(spent, forecast, strict=True)
    ]
    text = words(figure(html, "totals"))
    inside = sum(0.9 * told <= came <= 1.4 * told for came, told in zip(spent, forecast, strict=True))
    assert f"{inside} of 2 windows" in text
    assert change(100 * (1.1 * forecast.sum() / spent.sum() - 1), 1) in text
    assert change(100 * (forecast.sum() / spent.sum() - 1), 1) in text


def test_coverage_counts_the_buyers_inside_their_range(rows: pd.DataFrame, html: str):
    buyers = champion(rows)[champion(rows)["actual_purchase"]]
    inside = buyers["actual_spend"].between(buyers["spend_if_purchase_low"], buyers["spend_if_purchase_high"])
    by_window = inside.groupby(buyers["cutoff"]).sum()
    cells = table(figure(html, "coverage-windows"))[1:]

    assert 0 < inside.mean() < 1
    assert [cell[1] for cell in cells] == [str(count) for count in by_window]
    assert percent(inside.mean(), 1) in words(figure(html, "coverage-windows"))
    assert sum(int(cell[1]) for cell in table(figure(html, "coverage-chances"))[1:]) == inside.sum()


def test_every_input_has_its_curve_and_its_factors_are_those_of_the_model(html: str):
    curve = ARTIFACT.model.hurdle.curves[2]
    at_knots = curve.basis(curve.mean + curve.scale * np.array(curve.knots)) @ np.array(curve.odds_slopes)
    cells = table(figure(html, "curves"))[1:]

    assert {each.name for each in INPUTS} == set(WORDS["inputs"])
    assert len(cells) == sum(len(set(each.knots)) for each in ARTIFACT.model.hurdle.curves)
    of_age = [cell for cell in cells if cell[0] == WORDS["inputs"][curve.name]["words"]]
    assert [cell[2] for cell in of_age] == [
        f"×\N{NARROW NO-BREAK SPACE}{number(factor, 2)}" for factor in np.exp(at_knots)
    ]


def test_the_learning_curve_begins_with_bgnbd(html: str):
    cells = table(figure(html, "learning"))[1:]

    assert [cell[0] for cell in cells] == ["none (BG/NBD)", "4", "15"]
    assert [cell[1] for cell in cells] == [money(error, "£") for error in LEARNED.values()]


def test_the_assumption_of_gamma_gamma_is_told_with_what_was_found(html: str):
    text = words(figure(html, "assumption"))

    assert "is up to 0.21, so the assumption holds roughly" in text
    assert [cell[1] for cell in table(figure(html, "assumption"))[1:]] == ["0.210", "−0.050"]


def test_the_ten_largest_misses_are_listed_furthest_first(rows: pd.DataFrame, html: str):
    mine = champion(rows)
    residual = mine["actual_spend"] - mine["predicted_spend"]
    worst = residual.abs().nlargest(10).index
    cells = table(figure(html, "misses"))[1:]

    assert [cell[0] for cell in cells] == list(mine.loc[worst, "customer_id"])
    assert [cell[5] for cell in cells] == [money(value, "£") for value in residual[worst]]


def test_the_waterfall_goes_from_lines_read_to_lines_kept(html: str):
    assert table(figure(html, "cleaning"))[1:] == [
        ["read", "1,000", percent(1, 1), "–"],
        ["− no customer id", "250", percent(0.25, 1), percent(0.07, 1)],
        ["− price <= 0", "50", percent(0.05, 1), percent(0, 1)],
        ["kept", "700", percent(0.7, 1), "–"],
    ]


def test_an_export_of_which_every_line_counts(tmp_path: Path, rows: pd.DataFrame):
    html = page(tmp_path, rows, data=CLEANING.model_copy(update={"lines_kept": 1000, "dropped": ()}))

    assert [cell[0] for cell in table(figure(html, "cleaning"))[1:]] == ["read", "kept"]


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", "\"><img src=x onerror='a'>", "&amp;", "é 客户"])
def test_a_customer_id_is_shown_as_given_and_never_becomes_markup(tmp_path: Path, rows: pd.DataFrame, name: str):
    html = page(tmp_path, rows.assign(customer_id=name))

    assert "<script" not in html
    assert "<img" not in html
    assert table(figure(html, "misses"))[1][0] == name


def test_other_words_from_data_never_become_markup(tmp_path: Path, rows: pd.DataFrame):
    evil = "<script>x</script>"
    renamed = rows.replace({"model": {"zero": evil, CHAMPION: "<b>best"}})
    data = CLEANING.model_copy(update={"dropped": (CLEANING.dropped[0].model_copy(update={"reason": evil}),)})
    html = page(tmp_path, renamed, board=leaderboard(renamed, champion="<b>best"), data=data)

    assert "<script" not in html
    assert "<b>best" not in html


def test_the_order_of_rows_changes_nothing(tmp_path: Path):
    mine = shop((CHAMPION, RIVAL))
    board = leaderboard(mine)

    assert page(tmp_path, mine.sample(frac=1, random_state=1), board=board) == page(tmp_path, mine, board=board)


def test_a_decile_without_purchases_is_shown_as_nothing_spent(tmp_path: Path):
    mine = shop((CHAMPION, RIVAL))
    idle = champion(mine).nsmallest(12, "predicted_spend")[["cutoff", "customer_id"]]
    is_idle = pd.MultiIndex.from_frame(mine[["cutoff", "customer_id"]]).isin(
        list(idle.itertuples(index=False, name=None))
    )
    html = page(tmp_path, mine.assign(
        actual_spend=mine["actual_spend"].mask(is_idle, 0.0), actual_purchase=mine["actual_purchase"] & ~is_idle
    ))  # fmt: skip

    assert table(figure(html, "deciles"))[-1][3:] == ["£0", percent(0)]


def test_windows_without_any_purchase_are_said_to_be_so(tmp_path: Path):
    html = page(tmp_path, shop().assign(actual_spend=0.0, actual_purchase=False))

    assert "Nobody bought" in words(figure(html, "gain"))
    assert "Nobody bought" in words(figure(html, "totals"))
    assert "nan" not in words(html).lower().split()


def test_without_bgnbd_the_baseline_is_the_rival(tmp_path: Path):
    mine = shop((CHAMPION, "lasso_6"))
    html = page(tmp_path, mine, board=leaderboard(mine, baseline="lasso_6"))

    assert "Lasso, 6 numbers" in table(figure(html, "gain"))[0]


def test_a_champion_alone_has_no_rival(tmp_path: Path):
    mine = shop((CHAMPION,))
    html = page(tmp_path, mine)

    assert table(figure(html, "gain"))[0][1:] == ["Perfect foresight", "History model", "Chance"]
    assert 'id="errors"' not in html
    assert "BG/NBD" not in words(figure(html, "calibration"))


def test_bgnbd_as_champion_is_not_its_own_rival(tmp_path: Path):
    mine = shop((RIVAL, "zero"))
    html = page(tmp_path, mine, board=leaderboard(mine, champion=RIVAL))

    assert table(figure(html, "gain"))[0][1:] == ["Perfect foresight", "BG/NBD", "Chance"]


def test_a_champion_without_probabilities_and_ranges_says_so(tmp_path: Path):
    mine = shop(("lasso_6", "zero"))
    html = page(tmp_path, mine, board=leaderboard(mine, champion="lasso_6", baseline="zero"))

    assert "gives no probabilities" in words(figure(html, "calibration"))
    assert "gives no ranges" in words(figure(html, "coverage-windows"))
    assert "<svg" in figure(html, "misses")


def test_nothing_but_the_backtest_is_needed(tmp_path: Path, rows: pd.DataFrame):
    bare = leaderboard(rows).model_copy(update={"learned_from": {}, "value_frequency_correlation": {}})
    html = page(tmp_path, rows, board=bare, artifact=None, data=None)

    assert "they have parameters, and no curves" in words(figure(html, "curves"))
    assert "too short to tell" in words(figure(html, "learning"))
    assert "Nobody has bought twice" in words(figure(html, "assumption"))
    assert "says nothing of the data" in words(figure(html, "cleaning"))


@pytest.mark.parametrize(("windows", "customers"), [(1, 60), (1, 2), (2, 3), (14, 30)])
def test_one_window_or_many_and_few_customers(tmp_path: Path, windows: int, customers: int):
    html = page(tmp_path, shop(windows=windows, customers=customers))

    for name in set(FIGURES) - {"differences", "errors"}:
        assert figure(html, name)
    assert len(table(figure(html, "misses"))) == 1 + min(10, windows * customers)


def test_the_committed_example_shows_every_figure_and_is_small():
    """What a visitor of the repository sees; made by the training command from the public data."""
    example = (ROOT / "docs" / "report" / "index.html").read_text(encoding="utf-8")

    assert len(example) < 400_000
    assert "<script" not in example
    for name in FIGURES:
        assert name == "leaderboard" or "<svg" in figure(example, name)


def test_another_shop_gives_other_sentences(tmp_path: Path, html: str):
    other = page(tmp_path, shop(seed=1))

    for name in ("leaderboard", "gain", "deciles", "calibration", "totals", "coverage-windows", "misses"):
        assert re.findall('<p class="finding">.*?</p>', figure(other, name)) != re.findall(
            '<p class="finding">.*?</p>', figure(html, name)
        )


def test_the_largest_miss_of_three_customers(tmp_path: Path):
    rows = shop((CHAMPION,), windows=1, customers=3).assign(
        actual_spend=[10.0, 100.0, 0.0], predicted_spend=[12.0, 40.0, 70.0]
    )
    cells = table(figure(page(tmp_path, rows), "misses"))[1:]

    assert [(cell[0], cell[5]) for cell in cells] == [("12348", "−£70.00"), ("12347", "£60.00"), ("12346", "−£2.00")]


def test_the_interval_of_a_share_is_wilsons():
    """Ten of ten: 1 / (1 + 1.96² / 10) = 0.722, not the certainty that the normal interval gives."""
    rows = pd.DataFrame({"group": ["all"] * 10 + ["none"] * 10, "bought": [True] * 10 + [False] * 10})
    found = shares(rows, rows["group"], "bought")

    assert found.loc["all", ["low", "high"]].tolist() == pytest.approx([0.7225, 1.0], abs=1e-4)
    assert found.loc["none", ["low", "high"]].tolist() == pytest.approx([0.0, 0.2775], abs=1e-4)


def test_words_for_amounts():
    assert money(1234567.8, "£") == "£1,234,568"
    assert money(-4.2, "€") == "−€4.20"
    assert short_money(1_500_000, "£") == "£1.5m"
    assert short_money(999.6, "£") == "£1,000"
    assert change(-0.01, 1).lstrip("−") == change(0.0, 1)
    assert model_label("somebody's model") == "somebody's model"


def test_the_report_leaves_the_backtest_unchanged(rows: pd.DataFrame):
    before = rows.copy()
    data = ReportData(card(), leaderboard(rows), rows, totals(rows))
    report_tables(data)

    assert data.rival_name == RIVAL
    pd.testing.assert_frame_equal(rows, before)
