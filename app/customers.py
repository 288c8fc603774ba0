"""``POST /predict_customer_value``: one customer in, numbers and words out."""

import math
from collections.abc import Mapping
from operator import itemgetter
from typing import Any, NamedTuple

import orjson

from app.body import parse_model, require_json
from app.errors import ContractBroken
from app.exchange import Answer, Exchange
from app.insights import Insight, InsightMode
from app.keys import require_key
from app.schemas import LONGEST_ID, UNPRINTABLE, PredictionRequest
from app.violations import Violation
from model.features import FEATURE_NAMES
from model.predictor import Prediction
from model.reasons import Reasons

NUMBERS = frozenset({int, float})
values_by_name = itemgetter(*FEATURE_NAMES)


class Customer(NamedTuple):
    """An id, and the six features in the order of ``FEATURES``."""

    customer_id: str
    features: tuple[float, ...]


async def predict(exchange: Exchange) -> Answer:
    """Spend and purchase probability of the next 30 days, segment, insight and recommended action."""
    service = exchange.service
    require_caller(exchange)
    customer_id, features = read_customer(await exchange.body(service.settings.max_body_bytes))
    mode = insight_mode(exchange.query(), InsightMode.AUTO)
    prediction = service.predictor.predict(features)
    insight = await service.insights.write(prediction, mode=mode)
    fields = answer_fields(customer_id, prediction, insight, service.predictor.card.model_version)
    return Answer(orjson.dumps(fields))


def require_caller(exchange: Exchange) -> None:
    """Refuse strangers, then bodies that are no JSON, before a byte of the body is read."""
    require_known(exchange)
    require_json(exchange.header(b"content-type"))


def require_known(exchange: Exchange) -> None:
    """Refuse strangers."""
    require_key(
        exchange.service.api_keys,
        authorization=exchange.header(b"authorization"),
        x_api_key=exchange.header(b"x-api-key"),
    )


def read_customer(body: bytes) -> Customer:
    """The customer in a body; raises ContractBroken with every broken rule."""
    return usual_customer(body) or any_customer(body)


def usual_customer(body: bytes) -> Customer | None:
    """The customer in a body without a flaw or an oddity; None where ``any_customer`` must look, which takes longer.

    Without escapes, the quotation marks tell that no name stands there twice: two each for the id and the names.
    """
    try:
        customer = orjson.loads(body)
        customer_id, features = customer["customer_id"], customer["features"]
        values = tuple(features) if type(features) is list else values_by_name(features)
        quotes = 6 if type(features) is list else 6 + 2 * len(FEATURE_NAMES)
        is_usual = (
            len(customer) == 2
            and type(customer_id) is str
            and body.count(b'"') == quotes
            and b"\\" not in body
            and len(features) == len(FEATURE_NAMES)
            and NUMBERS.issuperset(map(type, values))
            and 0 <= min(values) <= max(values) < math.inf
            and 0 < len(customer_id) <= LONGEST_ID
            and not customer_id.isspace()
            and UNPRINTABLE.search(customer_id) is None
        )
    except (ValueError, TypeError, LookupError):
        return None
    return Customer(customer_id, values) if is_usual else None


def any_customer(body: bytes) -> Customer:
    """What ``PredictionRequest`` makes of a body; raises ContractBroken with every broken rule."""
    request = parse_model(PredictionRequest, body)
    return Customer(request.customer_id, tuple(request.features_in_order()))


def insight_mode(query: Mapping[str, str], default: InsightMode) -> InsightMode:
    """Who is to word the insight; raises ContractBroken for a name that nobody knows."""
    given = query.get("insight", default)
    try:
        return InsightMode(given)
    except ValueError:
        *names, last = (repr(mode.value) for mode in InsightMode)
        rule = f"Input should be {', '.join(names)} or {last}"
        raise ContractBroken([Violation.of(("query", "insight"), rule, given)]) from None


def answer_fields(
    customer_id: str, prediction: Prediction, insight: Insight, model_version: str
) -> dict[str, Any]:  # Any: JSON
    """The fields of ``CustomerAnswer``, in its order."""
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
        "prediction_interval_80": interval_fields(prediction.interval_80),
        "reasons": reasons_fields(prediction.reasons),
        "segment_changes": [str(change) for change in prediction.segment_changes],
        "prompt_version": insight.prompt_version,
    }


def interval_fields(interval: tuple[float, float] | None) -> dict[str, float] | None:
    """The fields of ``Interval``."""
    return None if interval is None else {"low": interval[0], "high": interval[1]}


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
