"""Which of our six features each input of a loaded pipeline takes, by name, settled once."""

import re
import warnings
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from model.arrays import FloatArray
from model.errors import ArtifactError
from model.features.definitions import FEATURE_NAMES

# Names that published pipelines for this problem use for our features.
ALIASES = {
    "recency": "recency_days",
    "frequency": "num_transactions",
    "total_spent": "total_spend",
    "monetary": "total_spend",
    "avg_spent": "avg_spend",
}
PUBLISHED_ORDER = ("recency", "frequency", "total_spent", "avg_spent")


@dataclass(frozen=True)
class LoadedPipeline:
    """A scikit-learn pipeline that takes our six features in whatever order and form it wants them.

    ``positions[i]`` is the feature that its input ``i`` takes; ``frame_columns`` holds its own names where it demands
    a data frame.
    """

    pipeline: Any  # Any: whatever scikit-learn pipeline lies in the pickle
    positions: tuple[int, ...]
    frame_columns: tuple[str, ...] | None = None

    @classmethod
    def of(cls, pipeline: Any) -> Self:  # Any: see above
        """Settle the inputs of a fitted pipeline.

        Raises ArtifactError if it wants an input that nobody knows, or has no names and neither four nor six inputs.
        """
        names = _input_names(pipeline)
        loaded = cls(pipeline, tuple(FEATURE_NAMES.index(_known_name(name)) for name in names))
        if hasattr(pipeline, "feature_names_in_"):
            try:
                loaded.predict(np.ones((1, len(FEATURE_NAMES))))
            except ValueError:  # one that selects columns by name refuses a plain array
                return replace(loaded, frame_columns=names)
        return loaded

    def predict(self, features: FloatArray) -> FloatArray:
        """Spend (n,) before any guardrail, from features (n, 6) in the order of ``FEATURES``."""
        arranged: Any = features[:, self.positions]  # Any: see above
        if self.frame_columns is not None:
            import pandas as pd  # noqa: PLC0415 - heavy, and few pipelines need it

            arranged = pd.DataFrame(arranged, columns=list(self.frame_columns))
        return predict_quietly(self.pipeline, arranged)


def predict_quietly(pipeline: Any, inputs: Any) -> FloatArray:  # Any: an array or a data frame
    """Predict without the warning that a plain array has no names: the mapping has already settled the order."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="X does not have valid feature names")
        return np.asarray(pipeline.predict(inputs), dtype=np.float64).reshape(-1)


def _input_names(pipeline: Any) -> tuple[str, ...]:
    names = getattr(pipeline, "feature_names_in_", None)
    if names is not None:
        return tuple(str(name) for name in names)
    count = getattr(pipeline, "n_features_in_", None)
    if count == len(PUBLISHED_ORDER):
        return PUBLISHED_ORDER
    if count == len(FEATURE_NAMES):
        return FEATURE_NAMES
    raise ArtifactError(
        f"the pipeline has no input names and {count if count is not None else 'an unknown number of'} inputs; "
        f"without names it must take 4 ({', '.join(PUBLISHED_ORDER)}) or 6 ({', '.join(FEATURE_NAMES)}). "
        "Fit it on a data frame with named columns."
    )


def _known_name(name: str) -> str:
    plain = re.sub(r"[\s-]+", "_", name.strip().lower())
    known = ALIASES.get(plain, plain)
    if known not in FEATURE_NAMES:
        raise ArtifactError(
            f"the pipeline wants an input {name!r}, which the service does not know; "
            f"it has {', '.join(FEATURE_NAMES)} (also as {', '.join(ALIASES)}). Refit the pipeline on these names."
        )
    return known
