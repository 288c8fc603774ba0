import numpy as np
import pytest

from model.features import FEATURE_NAMES
from model.guardrails import Guardrails
from model.segments import Segment, decide_segments
from tests.training.conftest import panel_of
from training.champion import fit_history_model
from training.defenders import fit_bgnbd, fit_six_numbers
from training.hindcasts import make_hindcasts
from training.served import recall_history
from training.summary import recall_summary, served_summary
from training.thresholds import guardrails, segment_thresholds
from training.totals import EVERYBODY, WindowTotal, backtest_totals, parts_of
from training.track_record import learn_totals

NAMES = ["history_blend", "bgnbd_gamma_gamma", "lasso_6"]


@pytest.fixture(scope="module")
def recalls(panel, hindcasts):
    recalls = {name: recall_history(name, panel, hindcasts) for name in NAMES}
    return {**recalls, "summary_lasso": recall_summary(panel, panel.known_at)}


def bounded(bounds: Guardrails, spend: np.ndarray, probability: np.ndarray, features: np.ndarray) -> np.ndarray:
    return bounds.bound_spend(spend, probability, bounds.bound_features(features)).spend


@pytest.mark.parametrize("name", NAMES)
def test_what_is_recalled_is_what_the_model_of_that_day_would_have_served(name, recalls, panel, hindcasts):
    """Fitted at the cutoff as a training on that day would have, for active and inactive customers, within bounds."""
    window = panel.windows[-2]
    btyd = panel.btyd[window.as_of]
    model = {
        "history_blend": lambda: fit_history_model(panel, window.as_of, hindcasts, btyd, seed=0),
        "bgnbd_gamma_gamma": lambda: fit_bgnbd(panel, window.as_of, btyd),
        "lasso_6": lambda: fit_six_numbers(panel, window.as_of),
    }[name]()
    known = panel.known_at(window)

    recalled = recalls[name](window)

    forecast = model.predict(known)
    bounds = guardrails(panel.learned_by(window.as_of))
    served = bounded(bounds, forecast.spend, forecast.probability, known[list(FEATURE_NAMES)].to_numpy())
    assert not known["is_active"].all()
    assert recalled.spend == pytest.approx(served, rel=1e-9)
    assert recalled.probability == pytest.approx(forecast.probability, rel=1e-9)
    assert (recalled.actual == known["future_spend"]).all()


def test_the_summary_model_is_recalled_as_served(recalls, panel):
    window = panel.windows[-2]
    features = panel.known_at(window)[list(FEATURE_NAMES)].to_numpy()

    recalled = recalls["summary_lasso"](window)

    assert recalled.spend == pytest.approx(served_summary(panel, window.as_of).forecast(features).spend)


@pytest.mark.parametrize("name", [*NAMES, "summary_lasso"])
def test_every_total_is_of_all_known_customers_and_lies_within_its_interval(name, recalls, panel):
    origins = panel.windows[-3:]

    totals = backtest_totals(panel, origins, recalls[name])[EVERYBODY]

    for total, origin in zip(totals, origins, strict=True):
        assert total.cutoff == f"{origin.as_of:%Y-%m-%d}"
        assert 0 <= total.low <= total.forecast <= total.high
        assert total.realised == pytest.approx(panel.known_at(origin)["future_spend"].sum(), abs=0.005)
        assert total.is_covered == (total.low <= total.realised <= total.high)


def test_parts_add_up_to_the_whole_and_are_relatively_less_sure(recalls, panel):
    totals = backtest_totals(panel, panel.windows[-1:], recalls["history_blend"])

    def sums(parts: list[str]) -> list[float]:
        return [sum(getattr(totals[part][0], column) for part in parts) for column in ("forecast", "realised")]

    everybody, active = totals[EVERYBODY][0], totals["active"][0]
    assert sums([EVERYBODY]) == pytest.approx(sums(["active", "inactive"]), abs=0.02)
    assert sums([EVERYBODY]) == pytest.approx(sums([segment.value for segment in Segment]), abs=0.05)
    assert active.high / active.forecast > everybody.high / everybody.forecast


def test_segments_of_a_window_are_decided_by_what_was_known_then(panel):
    window = panel.windows[-2]
    features = panel.known_at(window)[list(FEATURE_NAMES)].to_numpy()

    parts = parts_of(panel, window)

    decided = decide_segments(features, segment_thresholds(panel.learned_by(window.as_of)))
    assert all(parts[segment.value][row] for row, segment in enumerate(decided))


def test_an_interval_is_learned_from_the_windows_complete_before_it(recalls, panel):
    origin = panel.windows[-2]
    recall = recalls["history_blend"]

    (total,) = backtest_totals(panel, [origin], recall)[EVERYBODY]

    errors = learn_totals(panel.windows[1:-2], recall)
    low, high = errors.interval_80(recall(origin).spend, recall(origin).probability)
    assert errors.windows == len(panel.windows) - 3
    assert (total.low, total.high) == (pytest.approx(low, abs=0.005), pytest.approx(high, abs=0.005))


def test_early_windows_have_a_total_and_no_interval(recalls, panel):
    """Four past windows are needed, and nothing could be learned for the first one."""
    totals = backtest_totals(panel, panel.windows[1:7], recalls["bgnbd_gamma_gamma"])[EVERYBODY]

    assert [total.low is None for total in totals] == [True] * 4 + [False] * 2
    assert totals[0].is_covered is None
    assert totals[0].forecast > 0


@pytest.mark.parametrize("name", ["history_blend", "summary_lasso"])
def test_what_happens_after_a_cutoff_changes_neither_its_total_nor_its_interval(name, order_lines, panel, recalls):
    origin = panel.windows[-2]
    after = order_lines["InvoiceDate"] >= origin.as_of
    louder = order_lines.assign(Price=order_lines["Price"].where(~after, order_lines["Price"] * 9))
    other = panel_of(louder[~(after & (np.arange(len(louder)) % 3 == 0))])
    other_recalls = {
        "history_blend": lambda: recall_history(name, other, make_hindcasts(other, other.windows, seed=0, n_jobs=1)),
        "summary_lasso": lambda: recall_summary(other, other.known_at),
    }

    (expected,) = backtest_totals(panel, [origin], recalls[name])[EVERYBODY]
    same_origin = next(window for window in other.windows if window.as_of == origin.as_of)
    (total,) = backtest_totals(other, [same_origin], other_recalls[name]())[EVERYBODY]

    assert total.realised != pytest.approx(expected.realised)
    assert [total.forecast, total.low, total.high] == pytest.approx([expected.forecast, expected.low, expected.high])


def test_only_windows_with_an_answer_count(panel):
    """Nothing is complete before the first window, so nobody could have answered for it."""
    assert panel.answerable(panel.windows[-1].as_of) == list(panel.windows[1:-1])
    assert panel.answerable(panel.windows[0].as_of) == []


def test_a_total_on_the_bound_is_covered():
    total = WindowTotal(cutoff="2024-01-01", forecast=10, low=5, high=20, realised=20)

    assert total.is_covered
    assert not total.model_copy(update={"realised": 20.01}).is_covered
