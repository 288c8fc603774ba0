"""What runs on Spark's workers: features in, forecasts out. A worker needs numpy, pydantic and Arrow."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from model.arrays import FloatArray
from model.artifact.history_artifact import WRITTEN
from model.estimators.intervals import HIGH, LOW
from model.prediction.scorers import Scorer, shown
from model.segments import SEGMENT_FEATURES, SEGMENTS, SegmentThresholds, segment_codes

if TYPE_CHECKING:
    import pyarrow as pa


def scores_batches(scorer: Callable[[], Scorer]) -> Any:  # Any: a function on iterators of Arrow batches
    """A function for mapInArrow."""

    def scored_batches(batches: Iterator["pa.RecordBatch"]) -> Iterator["pa.RecordBatch"]:
        for batch in batches:
            yield _scored(batch, scorer())

    return scored_batches


def segments_batches(thresholds: SegmentThresholds) -> Any:  # Any: see ``scores_batches``
    """A function for mapInArrow that adds the segment of each customer."""

    def segmented_batches(batches: Iterator["pa.RecordBatch"]) -> Iterator["pa.RecordBatch"]:
        import pyarrow as pa  # noqa: PLC0415 - runs on the workers

        for batch in batches:
            columns = {name: _numbers(batch, name) for name in (WRITTEN["spend"], *SEGMENT_FEATURES)}
            codes = segment_codes(columns, columns[WRITTEN["spend"]], thresholds)
            segments = pa.array([str(SEGMENTS[code]) for code in codes.tolist()])
            yield batch.append_column("customer_segment", segments)

    return segmented_batches


def _numbers(batch: "pa.RecordBatch", name: str) -> FloatArray:
    return np.asarray(batch.column(name).to_numpy(zero_copy_only=False), dtype=np.float64)


def _scored(batch: "pa.RecordBatch", scorer: Scorer) -> "pa.RecordBatch":
    import pyarrow as pa  # noqa: PLC0415 - runs on the workers

    numbers = {name: _numbers(batch, name) for name in scorer.features}
    scores = shown(scorer.score(numbers))
    columns = {
        "customer_id": batch.column("customer_id"),
        **{name: pa.array(scores[name]) for name in WRITTEN.values()},
        **{name: batch.column(name) for name in ("is_active", *SEGMENT_FEATURES)},
    }
    columns |= {name: pa.array(scores[name]) for name in (LOW, HIGH) if name in scores}
    if "reasons" in scores:
        columns["reasons"] = pa.array(scores["reasons"].tolist())
    return pa.RecordBatch.from_pydict(columns)
