"""The serving form of a model: arrays that answer as the pickle does, without scikit-learn.

    training   pipeline ─ export ─> form ─ dump_form ─> model.npz     beside model.pkl
    service    model.npz ─ load_form ─> form.predict(inputs)

A form is a tree of few kinds (``Scaled``, ``Linear``, ``Blend`` here; ``Trees`` in ``model.trees``). Each
knows the arrays that it consists of; a nested form keeps its own under a prefix. The file is a plain ``.npz``
and never unpickled. A new kind is a frozen dataclass of arrays with ``kind`` and ``predict``; one with forms
inside says in ``to_arrays`` and ``from_arrays`` how it keeps them. How an estimator becomes one is said in
``model.export``.
"""

import io
import tokenize
import zipfile
import zlib
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from importlib import import_module
from operator import mul
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
Arrays = dict[str, npt.NDArray[Any]]  # Any: numbers, or one short text

# What numpy raises where bytes of an archive have changed.
BROKEN_ARCHIVE = (
    ValueError, KeyError, TypeError, OSError, EOFError, RuntimeError, SyntaxError, tokenize.TokenError,
    zipfile.BadZipFile, zlib.error,
)  # fmt: skip
# Forms that live elsewhere are imported when a file first names them.
MODULES = {"trees": "model.trees", "boosted": "model.hurdle_parts", "linear_on_logs": "model.hurdle_parts"}


class ServingForm(ABC):
    """A fitted estimator as arrays."""

    kind: ClassVar[str]
    _kinds: ClassVar[dict[str, "type[ServingForm]"]] = {}

    def __init_subclass__(cls) -> None:
        """Make the kind known to ``form_of``."""
        ServingForm._kinds[cls.kind] = cls

    @abstractmethod
    def predict(self, inputs: FloatArray) -> FloatArray:
        """Predict for inputs of shape (n_rows, n_inputs); a float64 array of shape (n_rows,)."""

    def predict_one(self, inputs: Sequence[float]) -> float:
        """Predict for one row."""
        return float(self.predict(np.array([inputs]))[0])

    def to_arrays(self) -> Arrays:
        """Everything that ``from_arrays`` needs: all fields, by name."""
        return {name: getattr(self, name) for name in self._names()}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, npt.NDArray[Any]]) -> Self:  # Any: see ``Arrays``
        """The form that ``to_arrays`` was called on; raises KeyError where an array is missing."""
        return cls(**{name: arrays[name] for name in cls._names()})

    @classmethod
    def _names(cls) -> tuple[str, ...]:
        return tuple(field.name for field in fields(cls))  # type: ignore[arg-type]  # every kind is a dataclass


def arrays_of(form: ServingForm) -> Arrays:
    """The arrays of a form, with its kind."""
    return {"kind": np.array(form.kind), **form.to_arrays()}


def form_of(arrays: Mapping[str, npt.NDArray[Any]]) -> ServingForm:  # Any: see ``Arrays``
    """The form that ``arrays_of`` was called on; raises KeyError for a kind that nobody knows."""
    kind = str(arrays["kind"])
    if kind in MODULES:
        import_module(MODULES[kind])
    return ServingForm._kinds[kind].from_arrays(arrays)


def nested(prefix: str, form: ServingForm) -> Arrays:
    """The arrays of an inner form, for the ``to_arrays`` of the outer one."""
    return {f"{prefix}/{name}": array for name, array in arrays_of(form).items()}


def form_nested(prefix: str, arrays: Mapping[str, npt.NDArray[Any]]) -> ServingForm:  # Any: see ``Arrays``
    """The inner form that ``nested`` was called on."""
    start = f"{prefix}/"
    return form_of({name.removeprefix(start): array for name, array in arrays.items() if name.startswith(start)})


@dataclass(frozen=True)
class Scaled(ServingForm):
    """Inputs less ``mean`` over ``scale``, both of shape (n_inputs,), handed on to another form."""

    kind = "scaled"
    mean: FloatArray
    scale: FloatArray
    form: ServingForm

    def predict(self, inputs: FloatArray) -> FloatArray:
        """Scale, then predict."""
        return self.form.predict((inputs - self.mean) / self.scale)

    def predict_one(self, inputs: Sequence[float]) -> float:
        """The same in plain numbers."""
        scaled = [(value - mean) / scale for value, (mean, scale) in zip(inputs, self._numbers, strict=True)]
        return self.form.predict_one(scaled)

    @cached_property
    def _numbers(self) -> tuple[tuple[float, float], ...]:
        return tuple(zip(self.mean.tolist(), self.scale.tolist(), strict=True))

    def to_arrays(self) -> Arrays:
        """Mean, scale and the inner form."""
        return {"mean": self.mean, "scale": self.scale, **nested("form", self.form)}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, npt.NDArray[Any]]) -> Self:  # Any: see ``Arrays``
        """Read what ``to_arrays`` wrote."""
        return cls(mean=arrays["mean"], scale=arrays["scale"], form=form_nested("form", arrays))


@dataclass(frozen=True)
class Linear(ServingForm):
    """A weighted sum of inputs; ``coefficients`` of shape (n_inputs,), ``intercept`` of shape ()."""

    kind = "linear"
    coefficients: FloatArray
    intercept: FloatArray

    def predict(self, inputs: FloatArray) -> FloatArray:
        """Sum up."""
        return np.asarray(np.add.reduce((inputs * self.coefficients).T) + self.intercept)

    def predict_one(self, inputs: Sequence[float]) -> float:
        """The same in plain numbers."""
        coefficients, intercept = self._numbers
        return float(sum(map(mul, inputs, coefficients)) + intercept)

    @cached_property
    def _numbers(self) -> tuple[list[float], float]:
        return self.coefficients.tolist(), float(self.intercept)


@dataclass(frozen=True)
class Blend(ServingForm):
    """A weighted sum of the predictions of other forms, ``weights`` of shape (n_forms,)."""

    kind = "blend"
    weights: FloatArray
    forms: tuple[ServingForm, ...]

    def predict(self, inputs: FloatArray) -> FloatArray:
        """Predict with each, and sum up."""
        return np.asarray(self.weights @ np.stack([form.predict(inputs) for form in self.forms]))

    def to_arrays(self) -> Arrays:
        """Weights, and each form under its position."""
        arrays: Arrays = {"weights": self.weights}
        for position, form in enumerate(self.forms):
            arrays |= nested(str(position), form)
        return arrays

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, npt.NDArray[Any]]) -> Self:  # Any: see ``Arrays``
        """Read what ``to_arrays`` wrote."""
        weights = arrays["weights"]
        return cls(weights=weights, forms=tuple(form_nested(str(position), arrays) for position in range(len(weights))))


def dump_form(form: ServingForm, positions: tuple[int, ...], pickle_sha256: str) -> bytes:
    """The bytes of the ``.npz`` beside a pickle.

    Parameters
    ----------
    form : ServingForm
        Answers as the pickle does, see ``model.export.export_form``.
    positions : tuple of int
        ``positions[i]`` is the feature that input ``i`` takes, see ``InputMapping``.
    pickle_sha256 : str
        Of the pickle's bytes, in hex: the form is valid beside this pickle only.
    """
    buffer = io.BytesIO()
    arrays = {"pickle_sha256": np.array(pickle_sha256), "positions": np.array(positions, dtype=np.int64)}
    np.savez(buffer, allow_pickle=False, **arrays, **nested("form", form))
    return buffer.getvalue()


def load_form(content: bytes, pickle_sha256: str) -> tuple[ServingForm, tuple[int, ...]] | None:
    """The form and its input positions; None where the bytes are broken or belong to another pickle."""
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as file:
            if str(file["pickle_sha256"]) != pickle_sha256:
                return None
            arrays = {name: file[name] for name in file.files}
        return form_nested("form", arrays), tuple(arrays["positions"].tolist())
    except BROKEN_ARCHIVE:
        return None
