"""The fields of an answer, from a prediction and its words."""

from typing import Any

from app.insights import Insight
from model import Prediction
from model.estimators.attributions import Reasons
from model.estimators.intervals import COVERAGE, SpendIfPurchase
from model.features.definitions import FEATURE_NAMES


def customer_fields(
    customer_id: str, prediction: Prediction, insight: Insight, model_version: str
) -> dict[str, Any]:  # Any: JSON
    """The fields of ``CustomerResponse``."""
    return {
        "customer_id": customer_id,
        "predicted_future_spend_30d": prediction.future_spend_30d,
        "purchase_probability_30d": prediction.purchase_probability_30d,
        "customer_segment": insight.segment,
        "insight": insight.insight,
        "recommended_action": insight.recommended_action,
        "insight_source": insight.source,
        "model_version": model_version,
        "warnings": prediction.warnings,
        "segment_reason": _segment_reason(prediction, insight),
        "action_id": insight.action_id,
        "features": dict(zip(FEATURE_NAMES, prediction.features, strict=True)),
        "spend_if_purchase": spend_fields(prediction.spend_if_purchase),
        "reasons": reasons_fields(prediction.reasons),
        "segment_changes": [str(change) for change in prediction.segment_changes],
        "prompt_version": insight.prompt_version,
    }


def spend_fields(told: SpendIfPurchase[float] | None) -> dict[str, float] | None:
    """The fields of ``SpendIfPurchaseBody``."""
    return None if told is None else {**told._asdict(), "coverage": COVERAGE}


def reasons_fields(reasons: Reasons | None) -> dict[str, Any] | None:  # Any: JSON
    """The fields of ``ReasonsBody``, in cents."""
    if reasons is None:
        return None
    base, amounts = reasons.in_cents()
    return {
        "base": base,
        "amounts": [
            {"feature": reason.feature, "amount": amount, "value": reason.value}
            for reason, amount in zip(reasons.reasons, amounts, strict=True)
        ],
    }


def _segment_reason(prediction: Prediction, insight: Insight) -> str:
    if insight.segment == prediction.segment:
        return prediction.segment_reason
    return f"{prediction.segment_reason}: {prediction.segment}, but close enough to a threshold for {insight.segment}"
