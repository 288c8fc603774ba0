"""What runs on Spark's workers: features in, forecasts out. A worker needs numpy, pydantic and Arrow."""

from typing import TYPE_CHECKING

import numpy as np

from model.arrays import FloatArray
from model.artifact.history_artifact import WRITTEN
from model.estimators.intervals import HIGH, LOW
from model.prediction.scorers import Scorer, shown
from model.segments import SEGMENT_FEATURES, SEGMENTS, SegmentThresholds, segment_codes

if TYPE_CHECKING:
    import pyarrow as pa


def scored(batch: "pa.RecordBatch", scorer: Scorer) -> "pa.RecordBatch":
    """Forecasts of a batch of features, with what segments are decided by."""
    import pyarrow as pa  # noqa: PLC0415 - runs on the workers

    scores = shown(scorer.score({name: _numbers(batch, name) for name in scorer.features}))
    columns = {
        "customer_id": batch.column("customer_id"),
        **{name: pa.array(scores[name]) for name in WRITTEN.values()},
        **{name: batch.column(name) for name in ("is_active", *SEGMENT_FEATURES)},
    }
    columns |= {name: pa.array(scores[name]) for name in (LOW, HIGH) if name in scores}
    if "reasons" in scores:
        columns["reasons"] = pa.array(scores["reasons"].tolist())
    return pa.RecordBatch.from_pydict(columns)


def segmented(batch: "pa.RecordBatch", thresholds: SegmentThresholds) -> "pa.RecordBatch":
    """A batch of ``scored`` with the segment of each customer."""
    import pyarrow as pa  # noqa: PLC0415 - runs on the workers

    columns = {name: _numbers(batch, name) for name in (WRITTEN["spend"], *SEGMENT_FEATURES)}
    codes = segment_codes(columns, columns[WRITTEN["spend"]], thresholds)
    return batch.append_column("customer_segment", pa.array([str(SEGMENTS[code]) for code in codes.tolist()]))


def _numbers(batch: "pa.RecordBatch", name: str) -> FloatArray:
    return np.asarray(batch.column(name).to_numpy(zero_copy_only=False), dtype=np.float64)
