"""One rule for every shop: which model answers, and that it says why."""

from datetime import datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from model.artifact.history_artifact import BGNBD, HISTORY_MODEL, RANKS
from training.evaluation.promotion import promote
from training.models.history import PastForecast
from training.windows.panel import Panel
from training.windows.windows import Window

START, MONTH, CUSTOMERS = datetime(2023, 1, 1), timedelta(days=30), 400


def panel_of(*, buyers: int, windows: int = 8, customers: int = CUSTOMERS) -> Panel:
    """Every window has the same share of the buyers, each of whom spends ten times their number."""
    cutoffs = [START + place * MONTH for place in range(windows)]
    spend = np.zeros((windows, customers))
    for place, some in enumerate(np.array_split(np.arange(buyers), windows)):
        spend[place, : len(some)] = 10.0 * (1 + np.arange(len(some)))
    index = pd.MultiIndex.from_product(
        [cutoffs, [f"C{n:04}" for n in range(customers)]], names=["as_of", "customer_id"]
    )
    known = pd.DataFrame({"future_spend": spend.ravel(), "is_active": True, "recency_days": 5.0}, index=index)
    return Panel(known, tuple(Window(at, at + MONTH) for at in cutoffs), 30)


def told(panel: Panel, *, skill: float) -> list[PastForecast]:
    """Forecasts between the same for everybody (0) and nearly what happened (1)."""
    past = []
    for window in panel.windows:
        rows = panel.known_at(window)
        actual = rows["future_spend"].to_numpy()
        probability = np.where(actual > 0, 0.5 + 0.49 * skill, 0.5 - 0.49 * skill)
        past.append(PastForecast(window, rows, skill * actual + (1 - skill) * actual.mean(), probability))
    return past


def decide(panel: Panel, *, history: float, bgnbd: float) -> tuple[str, str]:
    return promote(panel, {HISTORY_MODEL: told(panel, skill=history), BGNBD: told(panel, skill=bgnbd)})


def test_from_500_past_buyers_on_the_history_model_answers():
    name, reason = decide(panel_of(buyers=500), history=0.9, bgnbd=0.9)

    assert name == HISTORY_MODEL
    assert "500 past buyers over 8 windows" in reason


def test_below_500_bgnbd_answers_however_good_the_other_looks():
    assert decide(panel_of(buyers=499), history=0.99, bgnbd=0.1)[0] == BGNBD


def test_500_buyers_of_three_windows_are_one_season():
    assert decide(panel_of(buyers=600, windows=3), history=0.9, bgnbd=0.9)[0] == BGNBD


@pytest.mark.parametrize("buyers", [0, 39])
def test_below_40_past_buyers_customers_are_only_ranked(buyers: int):
    name, reason = decide(panel_of(buyers=buyers), history=0.9, bgnbd=0.9)

    assert name == RANKS
    assert "no amount is believed" in reason


def test_a_bgnbd_that_is_surely_better_answers_and_the_reason_names_the_measures():
    name, reason = decide(panel_of(buyers=1600), history=0.2, bgnbd=0.95)

    assert name == BGNBD
    assert "it is better on rmse_w99" in reason
    assert "log_loss" in reason


def test_better_on_one_measure_alone_changes_nothing():
    """Probabilities differ, amounts do not."""
    panel = panel_of(buyers=1600)
    history, bgnbd = told(panel, skill=0.5), told(panel, skill=0.5)
    surer = [PastForecast(p.window, p.customers, p.spend, np.where(p.actual > 0, 0.99, 0.01)) for p in bgnbd]

    name, reason = promote(panel, {HISTORY_MODEL: history, BGNBD: surer})

    assert name == HISTORY_MODEL
    assert "better on log_loss" in reason


def test_the_same_past_gives_the_same_decision():
    panel = panel_of(buyers=900)

    assert decide(panel, history=0.5, bgnbd=0.55) == decide(panel, history=0.5, bgnbd=0.55)
