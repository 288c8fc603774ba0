"""The candidates by name: each learns from labelled windows and forecasts the spend of the next."""

from collections.abc import Callable
from typing import Any, Protocol, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.ensemble import RandomForestRegressor
from sklearn.linear_model import Lasso
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from model.features import FEATURE_NAMES

FloatArray = npt.NDArray[np.float64]

LASSO_ALPHA = 0.1


class Candidate(Protocol):
    """What the comparison asks of a candidate."""

    def fit(self, windows: pd.DataFrame) -> Self:
        """Learn from labelled windows, see ``label_windows``."""

    def predict(self, windows: pd.DataFrame) -> FloatArray:
        """Forecast the spend of each row, in currency."""


class Constant:
    """The same forecast for everyone: zero, or the mean of the windows it learned from."""

    def __init__(self, value: float | None = None) -> None:
        self.value = value

    def fit(self, windows: pd.DataFrame) -> Self:
        """Take the mean, unless the constant is given."""
        if self.value is None:
            self.value = float(windows["future_spend"].mean())
        return self

    def predict(self, windows: pd.DataFrame) -> FloatArray:
        """Repeat the constant."""
        return np.full(len(windows), self.value, dtype=np.float64)


class LastThirtyDays:
    """What a customer spent in the 30 days before the cutoff, again; learns nothing."""

    def fit(self, windows: pd.DataFrame) -> Self:  # noqa: ARG002 - the protocol's argument
        """Learn nothing."""
        return self

    def predict(self, windows: pd.DataFrame) -> FloatArray:
        """Repeat the spend of the last 30 days."""
        return windows["spend_30d"].to_numpy(dtype=np.float64)


class Regression:
    """A scikit-learn regressor on named features."""

    def __init__(self, regressor: Any, features: tuple[str, ...] = FEATURE_NAMES) -> None:  # Any: no types there
        self.regressor = regressor
        self.features = list(features)

    def fit(self, windows: pd.DataFrame) -> Self:
        """Regress the future spend on the features."""
        self.regressor.fit(windows[self.features], windows["future_spend"])
        return self

    def predict(self, windows: pd.DataFrame) -> FloatArray:
        """Forecast, never negative: returns are cleaned away, so a negative forecast is the regressor's error."""
        return np.clip(np.asarray(self.regressor.predict(windows[self.features]), dtype=np.float64), 0, None)


def lasso_pipeline() -> Pipeline:
    """The pipeline that ``model.pkl`` holds: StandardScaler, then Lasso."""
    return Pipeline([("scale", StandardScaler()), ("lasso", Lasso(alpha=LASSO_ALPHA, max_iter=10_000))])


def random_forest(seed: int) -> RandomForestRegressor:
    """A forest whose leaves are wide enough not to learn single wholesalers by heart."""
    return RandomForestRegressor(n_estimators=100, min_samples_leaf=20, max_features=0.5, n_jobs=-1, random_state=seed)


def xgboost(seed: int) -> Any:  # Any: the package is optional
    """Gradient boosting by XGBoost; raises ImportError where the package is missing."""
    from xgboost import XGBRegressor  # noqa: PLC0415 - for comparison only, never needed to train or serve

    return XGBRegressor(n_estimators=200, max_depth=4, learning_rate=0.05, n_jobs=2, random_state=seed)


CANDIDATES: dict[str, Callable[[int], Candidate]] = {
    "zero": lambda _: Constant(0.0),
    "mean": lambda _: Constant(),
    "last_30_days": lambda _: LastThirtyDays(),
    "lasso_6": lambda _: Regression(lasso_pipeline()),
    "random_forest": lambda seed: Regression(random_forest(seed)),
    "xgboost": lambda seed: Regression(xgboost(seed)),
}
