"""The committed history model by hand, from its JSON alone; and the laws of its two parts."""

import json
import math
from datetime import datetime

import numpy as np
import pytest

from model.artifact.history_artifact import HistoryArtifact
from model.artifact.store import HISTORY_FILE
from model.estimators.history_model import HistoryModel, Level
from model.estimators.hurdle import TwoPartForecast
from model.features.definitions import build_snapshots
from tests.orders import shop, transactions
from tests.support import ROOT

AS_OF = datetime(2025, 1, 15)


@pytest.fixture(scope="module")
def artifact() -> HistoryArtifact:
    return HistoryArtifact.model_validate_json((ROOT / "model" / HISTORY_FILE).read_bytes())


@pytest.fixture(scope="module")
def known(artifact: HistoryArtifact) -> dict[str, np.ndarray]:
    """A shop of the committed model's kind, with all that it needs of everybody."""
    snapshots = build_snapshots(transactions(shop(customers=300, days=400)), [AS_OF], columns=artifact.needs)
    return {name: snapshots[name].to_numpy() for name in artifact.needs}


def by_hand(told: dict, known: dict[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Probability and spend from the numbers of ``history_model.json``, as its descriptions tell."""
    model, days = told["model"], told["model"]["horizon_days"]
    r, alpha, a, b, p, q, v = (model["bgnbd_gamma_gamma"][name] for name in ("r", "alpha", "a", "b", "p", "q", "v"))
    n, t_x, t = known["purchase_days"], known["first_to_last_days"], known["tenure_days"]
    x, value = n - 1, known["total_spend"] / n
    dead = a / (b + np.maximum(x, 1) - 1) * ((alpha + t) / (alpha + t_x)) ** (r + x)
    alive = np.where(x > 0, 1 / (1 + dead), 1.0)
    buys = np.clip(alive * (1 - ((alpha + t) / (alpha + t + days)) ** (r + x)), 1e-4, 1 - 1e-4)
    inputs = [
        np.log(buys / (1 - buys)),
        np.log(p * (v + n * value) / (p * n + q - 1)),
        np.log(1 + known["last_age_days"]),
        np.log(1 + known["orders_halflife_30d"]),
        np.log(1 + known["spend_halflife_120d"]),
        known["mean_ln_order_spend_halflife_90d"],
        np.log(1 + known["spend_horizon_last_year"]),
    ]
    hurdle, level = model["hurdle"], model["level"]
    log_odds = hurdle["log_odds"] + level["log_odds"]
    log_spend = hurdle["log_spend"] + hurdle["log_smearing"] + level["log_spend"]
    for curve, given in zip(hurdle["curves"], inputs, strict=True):
        z = np.clip((given - curve["mean"]) / curve["scale"], -curve["clip_deviations"], curve["clip_deviations"])
        basis = [z] + [np.maximum(z - knot, 0) - max(-knot, 0) for knot in curve["knots"]]
        log_odds = log_odds + sum(slope * part for slope, part in zip(curve["odds_slopes"], basis, strict=True))
        log_spend = log_spend + sum(slope * part for slope, part in zip(curve["spend_slopes"], basis, strict=True))
    probability = np.clip(1 / (1 + np.exp(-log_odds)), 1e-4, 1 - 1e-4)
    rails, order = told["guardrails"], np.minimum(known["avg_spend"], told["guardrails"]["feature_limits"]["avg_spend"])
    most = np.minimum(probability * rails["most_orders"] * order, rails["max_spend"])
    least = np.minimum(probability * rails["least_orders"] * order, most)
    return probability, np.clip(probability * np.exp(log_spend), least, most)


def test_anybody_can_forecast_by_hand_from_the_json(artifact, known):
    probability, spend = by_hand(json.loads((ROOT / "model" / HISTORY_FILE).read_text()), known)

    answers = artifact.answer(known)

    assert answers.probability == pytest.approx(probability, rel=1e-9)
    assert answers.spend == pytest.approx(spend, rel=1e-9)


def test_chance_times_spend_if_buying_is_the_forecast(artifact, known):
    forecast = artifact.model.predict(known)

    assert forecast.spend == pytest.approx(forecast.probability * forecast.spend_if_buying)
    assert ((forecast.probability > 0) & (forecast.probability < 1)).all()


def test_reasons_add_up_for_every_customer(artifact, known):
    forecast = artifact.model.predict(known)

    for row in range(0, len(forecast.spend), 25):
        reasons = artifact.model.explain({name: values[row : row + 1] for name, values in known.items()})
        total = reasons.base + sum(each.amount for each in reasons.reasons)
        assert total == pytest.approx(forecast.spend[row], rel=1e-9)


def test_parts_add_up_on_the_log_scale(artifact, known):
    """Log odds and log spend if buying are sums of what each input adds."""
    from model.estimators.history_inputs import history_inputs

    model = artifact.model
    assert model.hurdle is not None
    odds, spends = model.hurdle.parts(history_inputs(known, model.btyd))
    forecast = model.predict(known)

    log_odds = np.log(forecast.probability) - np.log1p(-forecast.probability)
    assert log_odds == pytest.approx(model.hurdle.typical[0] + model.level.log_odds + odds.sum(axis=1))
    log_spend = np.log(forecast.spend_if_buying)
    assert log_spend == pytest.approx(model.hurdle.typical[1] + model.level.log_spend + spends.sum(axis=1))


def test_who_has_been_quiet_for_longer_is_less_likely_to_buy(artifact, known):
    """The same purchases, all moved further into the past."""
    typical = {name: np.full(5, float(np.median(values))) for name, values in known.items()}
    waiting = np.array([0.0, 30.0, 90.0, 180.0, 365.0])
    later = typical | {
        "last_age_days": typical["last_age_days"] + waiting,
        "tenure_days": typical["tenure_days"] + waiting,
        "orders_halflife_30d": typical["orders_halflife_30d"] * 0.5 ** (waiting / 30),
        "spend_halflife_120d": typical["spend_halflife_120d"] * 0.5 ** (waiting / 120),
    }

    assert (np.diff(artifact.model.predict(later).probability) < 0).all()


def test_bgnbd_alone_is_purchases_times_order_value_and_explains_itself(artifact, known):
    alone = artifact.model.model_copy(update={"hurdle": None})
    first = {name: values[:1] for name, values in known.items()}
    purchases = alone.btyd.purchases.predict(first)[0]

    forecast, reasons = alone.predict(first), alone.explain(first)

    assert forecast.spend[0] == pytest.approx(purchases * alone.btyd.value.predict(first)[0])
    assert reasons.base == pytest.approx(math.exp(sum(alone.typical)))
    assert reasons.base + sum(each.amount for each in reasons.reasons) == pytest.approx(forecast.spend[0])


def test_a_model_survives_its_own_json(artifact, known):
    again = HistoryModel.model_validate_json(artifact.model.model_dump_json())

    assert np.array_equal(again.predict(known).spend, artifact.model.predict(known).spend)


def test_a_level_shifts_odds_and_spend_of_everybody():
    """Worked by hand: odds of 1 become odds of 3, a spend of 50 becomes 75."""
    level = Level(log_odds=np.log(3), log_spend=np.log(1.5))

    forecast = TwoPartForecast.of(*level.of(np.array([0.0]), np.log(np.array([50.0]))))

    assert forecast.probability == pytest.approx([0.75])
    assert forecast.spend_if_buying == pytest.approx([75.0])
    assert forecast.spend == pytest.approx([56.25])


def test_a_level_moves_nobody_past_another():
    random = np.random.default_rng(0)
    log_odds, log_spend = random.normal(size=(2, 50))

    before = TwoPartForecast.of(*Level().of(log_odds, log_spend))
    after = TwoPartForecast.of(*Level(log_odds=-1.0, log_spend=0.5).of(log_odds, log_spend))

    assert (np.argsort(before.probability) == np.argsort(after.probability)).all()
