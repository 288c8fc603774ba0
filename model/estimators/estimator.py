"""scikit-learn's conventions for estimators, without importing it: answers are made where it is not needed."""

from collections.abc import Sequence
from inspect import signature
from typing import Any, Self

import numpy as np

from model.arrays import FloatArray

# A DataFrame, a mapping of names to columns, or an array of shape (n_customers, n_columns).
Table = Any


class Estimator:
    """Parameters are what the constructor takes; what ``fit`` learns ends in an underscore."""

    def get_params(self, deep: bool = True) -> dict[str, Any]:  # noqa: ARG002 - as scikit-learn asks
        """The parameters of the constructor; no part has parameters of its own."""
        return {name: getattr(self, name) for name in signature(type(self)).parameters}

    def set_params(self, **parameters: Any) -> Self:
        """Change parameters of the constructor; raises ValueError for one that there is not."""
        known = self.get_params()
        for name, value in parameters.items():
            if name not in known:
                raise ValueError(
                    f"{name!r} is no parameter of {type(self).__name__}; it has {', '.join(known) or 'none'}"
                )
            setattr(self, name, value)
        return self

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in self.get_params().items())})"

    def __sklearn_tags__(self) -> Any:  # Any: scikit-learn has no types
        from sklearn.utils import RegressorTags, Tags, TargetTags  # noqa: PLC0415 - asked for by scikit-learn alone

        return Tags("regressor", TargetTags(required=False), regressor_tags=RegressorTags())

    def __getattr__(self, name: str) -> Any:
        if name.endswith("_") and not name.startswith("_"):
            from sklearn.exceptions import NotFittedError  # noqa: PLC0415 - on the way to an error

            raise NotFittedError(f"this {type(self).__name__} has no {name} yet; call fit first")
        raise AttributeError(f"{type(self).__name__} has no attribute {name!r}")


def columns(table: Table, names: Sequence[str]) -> list[FloatArray]:
    """The columns of these names, or all columns of an array in this order; each of shape (n_customers,).

    Raises ValueError if one is missing, or the array has another shape.
    """
    if hasattr(table, "keys"):
        if missing := [name for name in names if name not in table]:
            raise ValueError(f"X lacks {', '.join(missing)}; it needs the columns {', '.join(names)}")
        return [np.asarray(table[name], dtype=np.float64) for name in names]
    array = np.asarray(table, dtype=np.float64)
    if array.ndim != 2 or array.shape[1] != len(names):
        raise ValueError(f"X has the shape {array.shape}; it must be (n_customers, {len(names)}): {', '.join(names)}")
    return list(array.T)
