from datetime import timedelta

import numpy as np
import pytest

from training.candidates import CANDIDATES, Task
from training.champion import choose_share, fit_history_model, learn_mixture
from training.defenders import fit_bgnbd, fit_six_numbers
from training.hindcasts import LEAST_WINDOWS


@pytest.fixture(scope="module")
def models(panel, hindcasts):
    window = panel.windows[-1]
    btyd = panel.btyd[window.as_of]
    return {
        "history_blend": fit_history_model(panel, window.as_of, hindcasts, btyd, seed=0),
        "bgnbd_gamma_gamma": fit_bgnbd(panel, window.as_of, btyd),
        "lasso_6": fit_six_numbers(panel, window.as_of),
    }


NAMES = ["history_blend", "bgnbd_gamma_gamma", "lasso_6"]


@pytest.mark.parametrize("name", NAMES)
def test_spend_probability_and_interval_are_coherent(name, models, panel):
    customers = panel.at(panel.windows[-1])
    forecast = models[name].predict(customers)

    assert ((forecast.probability > 0) & (forecast.probability < 1)).all()
    assert (forecast.spend > 0).all()
    narrow, wide = (models[name].predict_interval(customers, coverage=coverage) for coverage in (0.8, 0.9))
    for low, high in (narrow, wide):
        assert (low >= 0).all()
        assert (low <= forecast.spend).all()
        assert (forecast.spend <= high).all()
    assert (wide[1] >= narrow[1] - 1e-9).all()


def test_the_defender_that_is_served_is_the_one_that_was_judged(models, panel, hindcasts):
    window = panel.windows[-1]
    judged = CANDIDATES["lasso_6"](Task(panel, window, hindcasts, seed=0))
    served = models["lasso_6"].predict(panel.at(window))

    assert served.spend == pytest.approx(judged.spend, abs=0.01)
    assert served.probability == pytest.approx(judged.probability)


@pytest.mark.parametrize("name", NAMES)
def test_reasons_sum_to_the_forecast(name, models, panel):
    customers = panel.at(panel.windows[-1])
    forecast = models[name].predict(customers)

    for position in range(0, len(customers), 7):
        explained = models[name].explain(customers.iloc[[position]])
        total = explained.base + sum(reason.amount for reason in explained.reasons)
        assert total == pytest.approx(forecast.spend[position], abs=0.005, rel=1e-6)
        shortened = explained.largest(5)
        assert shortened.base + sum(reason.amount for reason in shortened.reasons) == pytest.approx(total)
        assert len(shortened.reasons) <= 6


def test_reasons_name_what_differs(models, panel):
    """The same customer with a larger recent spend gets more because of it."""
    customers = panel.at(panel.windows[-1])
    quiet = customers.iloc[[0]].copy()
    amounts = {
        factor: sum(
            reason.amount
            for reason in models["lasso_6"].explain(quiet.assign(total_spend=quiet["total_spend"] * factor)).reasons
            if reason.feature == "total_spend"
        )
        for factor in (1, 3)
    }

    assert amounts[3] > amounts[1]


def test_a_customers_forecast_does_not_depend_on_who_is_asked_about_with_them(models, panel):
    customers = panel.at(panel.windows[-1])
    model = models["history_blend"]

    together = model.predict(customers).spend
    alone = np.concatenate([model.predict(customers.iloc[[position]]).spend for position in range(10)])
    assert alone == pytest.approx(together[:10], rel=1e-9)


def test_with_too_few_windows_bgnbd_answers_alone(panel, hindcasts):
    early = panel.windows[LEAST_WINDOWS - 1]

    model = fit_history_model(panel, early.as_of, hindcasts, panel.btyd[early.as_of], seed=0)

    assert model.hurdle is None
    assert (model.predict(panel.at(early)).spend > 0).all()


def test_without_a_past_window_to_judge_by_the_whole_mix_is_bgnbd():
    assert choose_share({}) == 1.0


def test_the_mixture_uses_complete_windows_only(panel, hindcasts):
    window = panel.windows[-2]
    known = {at: hindcast for at, hindcast in hindcasts.items() if at + timedelta(days=30) <= window.as_of}

    assert learn_mixture(panel, window.as_of, hindcasts) == learn_mixture(panel, window.as_of, known)
