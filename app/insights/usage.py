"""What the insights cost today: calls, tokens, money, and who wrote the words instead."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime

from pydantic import BaseModel, ConfigDict, Field

from app.insights.schemas import InsightSource

# US dollars per million tokens in and out, as console.groq.com/docs/models lists them; the free plan costs nothing.
PRICES_USD = {"openai/gpt-oss-20b": (0.075, 0.30), "openai/gpt-oss-120b": (0.15, 0.60)}


Today = Callable[[], date]


def today_in_utc() -> date:
    """The date that quotas and counts go by."""
    return datetime.now(UTC).date()


class UsageReport(BaseModel):
    """The day so far (UTC), of this process."""

    model_config = ConfigDict(frozen=True)

    day: date = Field(description="The day that all counts are of, in UTC.", examples=["2026-11-22"])
    calls: int = Field(description="Calls made to Groq, failed ones included (count).", examples=[41])
    calls_left_today: int = Field(description="Left of GROQ_CALLS_PER_DAY (count); 0 without a key.", examples=[859])
    calls_by_outcome: dict[str, int] = Field(description="How these calls ended (count).", examples=[{"answered": 40}])
    insights_by_source: dict[str, int] = Field(
        description="Insights served, by who worded them (count).", examples=[{"groq": 40, "cache": 310, "rules": 12}]
    )
    cache_hits: int = Field(description="Insights served from the cache (count).", examples=[310])
    fallbacks_by_reason: dict[str, int] = Field(
        description="Why rules worded an insight though Groq was wanted (count).", examples=[{"minute_budget": 11}]
    )
    prompt_tokens: int = Field(description="Tokens sent (count).", examples=[38200])
    completion_tokens: int = Field(description="Tokens received, hidden reasoning included (count).", examples=[9100])
    estimated_cost_usd: float = Field(
        description="List price of these tokens (US dollars); 0 for models without a known price.", examples=[0.005595]
    )
    models_without_price: tuple[str, ...] = Field(description="Models called that have no known price.", examples=[[]])


class UsageMeter:
    """Counts since midnight UTC."""

    def __init__(self, today: Today = today_in_utc) -> None:
        self._today = today
        self._start_day(today())

    def call_ended(self, model: str, outcome: str) -> None:
        """Count one call to Groq."""
        self._roll_over()
        self._outcomes[outcome] += 1
        self._models[model] += 1

    def tokens_used(self, model: str, prompt_tokens: int, completion_tokens: int) -> None:
        """Count the tokens of one answer."""
        self._roll_over()
        price_in, price_out = PRICES_USD.get(model, (0.0, 0.0))
        self._prompt_tokens += prompt_tokens
        self._completion_tokens += completion_tokens
        self._cost_usd += (prompt_tokens * price_in + completion_tokens * price_out) / 1e6

    def served(self, source: InsightSource, count: int = 1) -> None:
        """Count insights."""
        self._roll_over()
        self._sources[source] += count

    def fell_back(self, reason: str) -> None:
        """Count one insight that rules worded though Groq was wanted."""
        self._roll_over()
        self._fallbacks[reason] += 1

    def report(self, calls_left_today: int) -> UsageReport:
        """Everything counted today."""
        self._roll_over()
        return UsageReport(
            day=self._day,
            calls=self._outcomes.total(),
            calls_left_today=calls_left_today,
            calls_by_outcome=dict(self._outcomes),
            insights_by_source=dict(self._sources),
            cache_hits=self._sources["cache"],
            fallbacks_by_reason=dict(self._fallbacks),
            prompt_tokens=self._prompt_tokens,
            completion_tokens=self._completion_tokens,
            estimated_cost_usd=round(self._cost_usd, 6),
            models_without_price=tuple(sorted(set(self._models) - set(PRICES_USD))),
        )

    def _roll_over(self) -> None:
        if (today := self._today()) != self._day:
            self._start_day(today)

    def _start_day(self, day: date) -> None:
        self._day = day
        self._outcomes, self._models, self._sources, self._fallbacks = (Counter[str]() for _ in range(4))
        self._prompt_tokens = self._completion_tokens = 0
        self._cost_usd = 0.0
