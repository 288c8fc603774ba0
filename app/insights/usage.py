"""What the insights cost today: calls, tokens, money, and who wrote the words instead."""

from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import UTC, date, datetime

from pydantic import Field

from app.insights.schemas import InsightSource
from app.metrics import Metrics
from model.documents import Described

# US dollars per million tokens in and out, as console.groq.com/docs/models lists them; the free plan costs nothing.
PRICES_USD = {"openai/gpt-oss-20b": (0.075, 0.30), "openai/gpt-oss-120b": (0.15, 0.60)}

Today = Callable[[], date]


def today_in_utc() -> date:
    """The date that quotas and counts go by."""
    return datetime.now(UTC).date()


class UsageReport(Described, frozen=True):
    """The day so far (UTC), of this process."""

    day: date = Field(description="The day that all counts are of, in UTC.", examples=["2026-11-22"])
    calls: int = Field(description="Calls made to Groq, failed ones included (count).", examples=[41])
    calls_left_today: int = Field(description="Left of GROQ_CALLS_PER_DAY (count); 0 without a key.", examples=[859])
    calls_by_outcome: dict[str, int] = Field(description="How these calls ended (count).", examples=[{"answered": 40}])
    insights_by_source: dict[str, int] = Field(examples=[{"groq": 40, "cache": 310, "rules": 12}])
    """Insights served, by who worded them (count)."""
    cache_hits: int = Field(description="Insights served from the cache (count).", examples=[310])
    fallbacks_by_reason: dict[str, int] = Field(examples=[{"minute_budget": 11}])
    """Why rules worded an insight though Groq was wanted (count)."""
    prompt_tokens: int = Field(description="Tokens sent (count).", examples=[38200])
    completion_tokens: int = Field(description="Tokens received, hidden reasoning included (count).", examples=[9100])
    estimated_cost_usd: float = Field(examples=[0.005595])
    """List price of these tokens (US dollars); 0 for models without a known price."""
    models_without_price: tuple[str, ...] = Field(description="Models called that have no known price.", examples=[[]])


class UsageMeter:
    """Counts since midnight UTC, and for Prometheus since the start."""

    def __init__(self, metrics: Metrics, today: Today = today_in_utc) -> None:
        self._metrics, self._today = metrics, today
        self._day, self._counts = today(), defaultdict[str, Counter[str]](Counter)

    def call_ended(self, model: str, outcome: str) -> None:
        """Count one call to Groq."""
        self._metrics.groq_calls.labels(model, outcome).inc()
        self._of_today["outcomes"][outcome] += 1
        self._of_today["models"][model] += 1

    def tokens_used(self, model: str, prompt_tokens: int, completion_tokens: int) -> None:
        """Count the tokens of one answer."""
        for kind, tokens in (("prompt", prompt_tokens), ("completion", completion_tokens)):
            self._metrics.groq_tokens.labels(model, kind).inc(tokens)
            self._of_today[kind][model] += tokens

    def served(self, source: InsightSource, count: int = 1) -> None:
        """Count insights."""
        self._metrics.insights.labels(source).inc(count)
        self._of_today["sources"][source] += count

    def fell_back(self, reason: str) -> None:
        """Count one insight that rules worded though Groq was wanted."""
        self._metrics.insight_fallbacks.labels(reason).inc()
        self._of_today["fallbacks"][reason] += 1

    def report(self, calls_left_today: int) -> UsageReport:
        """Everything counted today."""
        counts = self._of_today
        prompt, completion, sources = counts["prompt"], counts["completion"], counts["sources"]
        cost = sum(
            prompt[model] * price_in + completion[model] * price_out
            for model, (price_in, price_out) in PRICES_USD.items()
        )
        return UsageReport(
            day=self._day,
            calls=counts["outcomes"].total(),
            calls_left_today=calls_left_today,
            calls_by_outcome=counts["outcomes"],
            insights_by_source=sources,
            cache_hits=sources["cache"],
            fallbacks_by_reason=counts["fallbacks"],
            prompt_tokens=prompt.total(),
            completion_tokens=completion.total(),
            estimated_cost_usd=round(cost / 1e6, 6),
            models_without_price=tuple(sorted(counts["models"].keys() - PRICES_USD)),
        )

    @property
    def _of_today(self) -> defaultdict[str, Counter[str]]:
        if (today := self._today()) != self._day:
            self._day, self._counts = today, defaultdict(Counter)
        return self._counts
