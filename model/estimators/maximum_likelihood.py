"""Maximum likelihood of a few positive parameters, searched for on the log scale."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from model.arrays import FloatArray

# Of every log parameter: keeps a flat likelihood (few repeat buyers) from running to infinity.
_LOG_BOUNDS = (-7.0, 9.0)
_EDGE = 0.5


def bounded_exp(log_parameters: FloatArray) -> FloatArray:
    """The parameters, none of them at infinity."""
    return np.asarray(np.exp(np.clip(log_parameters, *_LOG_BOUNDS)))


def best_minimum(  # Any: scipy's result
    loss: Callable[[FloatArray], float], nearby: FloatArray | None, afar: Sequence[Sequence[float]]
) -> Any:
    """One quasi-Newton search from nearby; else the best of several from afar, polished by simplex search.

    From the edge, where a young shop without dropouts lies, a search leaves by luck of the last digits or not at all.
    """
    from scipy.optimize import minimize  # noqa: PLC0415 - see ``model.estimators.special_functions``

    if nearby is not None and not np.all((nearby > _LOG_BOUNDS[0] + _EDGE) & (nearby < _LOG_BOUNDS[1] - _EDGE)):
        nearby = None
    starts = afar if nearby is None else [nearby]
    runs = [minimize(loss, start, method="L-BFGS-B", bounds=[_LOG_BOUNDS] * len(start)) for start in starts]
    best = min(runs, key=lambda run: float(run.fun))
    if nearby is None:
        polished = minimize(loss, best.x, method="Nelder-Mead", options={"xatol": 1e-5, "fatol": 1e-10, "maxiter": 400})
        if polished.fun <= best.fun and np.all(np.abs(polished.x) <= 9.0):
            best = polished
    best.x = np.clip(best.x, *_LOG_BOUNDS)
    return best
