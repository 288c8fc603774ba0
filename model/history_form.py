"""The serving form of the history model: the same model with its trees and lines as arrays, and its few numbers.

training   HistoryModel ─ export_history_form ─> history_model.npz     beside history_model.pkl
service    history_model.npz ─ load_history_form ─> HistoryModel, without scikit-learn and scipy
"""

import io
import json
from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from model.buy_till_you_die import BgNbd, BuyTillYouDie, GammaGamma
from model.export import TOLERANCE, many_customers
from model.features import HISTORY_FEATURE_NAMES
from model.history_model import HistoryModel, Level, Mixture, Tail, WithIntervals
from model.hurdle import Parts, ServedHurdle
from model.serving import BROKEN_ARCHIVE, FloatArray, form_nested, nested
from model.spend_distribution import SpendDistribution


def export_history_form(model: WithIntervals, pickle_sha256: str) -> bytes | None:
    """The bytes of the ``.npz`` beside a pickle with this SHA-256; None where the model is of another kind.

    Raises
    ------
    ArithmeticError
        If form and pickle differ on any of ten thousand customers by more than 1e-9; nothing may be saved then.
    """
    if not isinstance(model, HistoryModel):
        return None
    content = _dumped(model, pickle_sha256)
    form = load_history_form(content, pickle_sha256)
    assert form is not None  # noqa: S101 - it was written for this pickle
    check_equal_forecasts(form, model)
    return content


def load_history_form(content: bytes, pickle_sha256: str) -> HistoryModel | None:
    """The model; None where the bytes are broken or belong to another pickle."""
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as file:
            if str(file["pickle_sha256"]) != pickle_sha256:
                return None
            return _model({name: file[name] for name in file.files})
    except BROKEN_ARCHIVE:
        return None


def _dumped(model: HistoryModel, pickle_sha256: str) -> bytes:
    numbers: dict[str, Any] = {  # Any: JSON
        "horizon_days": model.horizon_days,
        "typical": model.typical,
        "bgnbd": vars(model.btyd.bgnbd_),
        "gamma_gamma": vars(model.btyd.gamma_gamma_),
        "mixture": asdict(replace(model.mixture, distribution=None)),
        "distribution": None if model.distribution is None else model.distribution.model_dump(),
    }
    arrays: dict[str, npt.NDArray[Any]] = {"pickle_sha256": np.array(pickle_sha256)}  # Any: numbers, texts, nodes
    if model.hurdle is not None:
        hurdle = model.hurdle
        numbers["hurdle"] = {"log_spend_limits": hurdle.log_spend_limits_, "log_smearing": hurdle.log_smearing_}
        for name, part in hurdle.parts._asdict().items():
            arrays |= nested(name, part)
    buffer = io.BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, numbers=np.array(json.dumps(numbers)), **arrays)
    return buffer.getvalue()


def _model(arrays: Mapping[str, npt.NDArray[Any]]) -> HistoryModel:  # Any: see ``_dumped``
    numbers = json.loads(str(arrays["numbers"]))
    btyd, bgnbd, gamma_gamma = BuyTillYouDie(), BgNbd(), GammaGamma()
    vars(bgnbd).update(numbers["bgnbd"])
    vars(gamma_gamma).update(numbers["gamma_gamma"])
    btyd.bgnbd_, btyd.gamma_gamma_ = bgnbd, gamma_gamma
    mixture, distribution = numbers["mixture"], numbers["distribution"]
    return HistoryModel(
        horizon_days=numbers["horizon_days"],
        btyd=btyd,
        typical=tuple(numbers["typical"]),
        hurdle=_hurdle(numbers["hurdle"], arrays) if "hurdle" in numbers else None,
        mixture=Mixture(
            bgnbd_share=mixture["bgnbd_share"],
            level=Level(**mixture["level"]),
            tail=Tail(**mixture["tail"]),
            distribution=None if distribution is None else SpendDistribution(**distribution),
        ),
    )


def _hurdle(numbers: Mapping[str, Any], arrays: Mapping[str, npt.NDArray[Any]]) -> ServedHurdle:  # Any: see above
    parts = Parts(**{name: form_nested(name, arrays) for name in Parts._fields})  # type: ignore[arg-type]  # by kind
    return ServedHurdle(
        parts, log_spend_limits=tuple(numbers["log_spend_limits"]), log_smearing=numbers["log_smearing"]
    )


def check_equal_forecasts(form: HistoryModel, model: HistoryModel) -> None:
    """Raise ArithmeticError unless both forecast the same for ten thousand histories, to 1e-9."""
    import pandas as pd  # noqa: PLC0415 - training has it at hand

    snapshots = pd.DataFrame(many_histories(), columns=list(HISTORY_FEATURE_NAMES))
    ours, theirs = form.predict(snapshots), model.predict(snapshots)
    for name in ("spend", "probability"):
        expected = getattr(theirs, name)
        differences = np.abs(getattr(ours, name) - expected) / np.maximum(np.abs(expected), 1.0)
        if not (worst := float(differences.max())) <= TOLERANCE:
            raise ArithmeticError(f"the serving form's {name} differs from the pickle's by {worst:.3g}")


def many_histories() -> FloatArray:
    """Ten thousand histories of every size that could be; shape (n_customers, n_features), some values missing."""
    histories = many_customers(len(HISTORY_FEATURE_NAMES))
    position = {name: place for place, name in enumerate(HISTORY_FEATURE_NAMES)}
    histories[np.random.default_rng(1).random(histories.shape) < 0.05] = np.nan
    # What decides when and how often somebody bought is known of everybody, and no last purchase is before the first.
    known = np.abs(many_customers(4)) % 1000
    histories[:, position["purchase_days"]] = 1 + np.floor(known[:, 0])
    histories[:, position["first_to_last_days"]] = np.where(known[:, 0] < 1, 0, known[:, 1])
    histories[:, position["tenure_days"]] = histories[:, position["first_to_last_days"]] + known[:, 2]
    histories[:, position["total_spend"]] = 0.01 + known[:, 3]
    return histories
