"""Learning: windows, labels, fitting, backtest, report.

``fit_shop`` fits the models of a shop in place, ``train`` saves a set with its card and report, ``backtest`` judges
every candidate on windows that are over, ``future_spend`` gives the labels. Imported with their first use.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from training.pipeline import TrainingOptions, backtest, train
    from training.shop import fit_shop
    from training.windows.labels import future_spend

_HOMES = {
    "TrainingOptions": "training.pipeline",
    "backtest": "training.pipeline",
    "train": "training.pipeline",
    "fit_shop": "training.shop",
    "future_spend": "training.windows.labels",
}

__all__ = ["TrainingOptions", "backtest", "fit_shop", "future_spend", "train"]


def __getattr__(name: str) -> Any:  # Any: classes and functions
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return __all__
