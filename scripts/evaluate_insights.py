"""``python -m scripts.evaluate_insights [--provider rules|groq]``: how good are the words, measured on trial customers.

With ``--provider rules`` nothing leaves the machine. With ``groq`` (the default
where GROQ_API_KEY is set) every trial customer costs a call, at the pace given.
"""

import argparse
import asyncio
import re
import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle

from app.insights import Insight, InsightMode, InsightService, UsageReport
from app.insights.placeholders import fill, numbers_of
from app.metrics import Metrics
from app.settings import Settings, SettingsError, read_settings
from model import ModelError, Predictor, load_artifact
from model.prediction.predictor import Prediction
from model.ranking.actions import Catalogue
from model.segments import SegmentThresholds

CALLS_PER_MINUTE = 10
CURRENCIES = ("GBP", "EUR", "USD", "JPY", "SEK")
NEAR = (0.95, 1.0, 1.05)


@dataclass(frozen=True)
class TrialCustomer:
    """Six features in the order of ``FEATURES``, and the currency of the money among them."""

    name: str
    features: tuple[float, ...]
    currency: str


@dataclass(frozen=True)
class Trial:
    """One customer, the words that were written, and how they did."""

    customer: TrialCustomer
    prediction: Prediction
    insight: Insight
    seconds: float
    stray_numbers: list[str]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the catalogue of trial customers and print the figures; 1 if any served text is unfaithful."""
    parser = argparse.ArgumentParser(prog="python -m scripts.evaluate_insights", description=__doc__)
    parser.add_argument("--provider", choices=["rules", "groq"], help="who writes; groq where GROQ_API_KEY is set")
    parser.add_argument("--calls-per-minute", type=float, default=CALLS_PER_MINUTE, help="pace of the calls to Groq")
    parser.add_argument("--texts", action="store_true", help="print every text as well")
    options = parser.parse_args(arguments)
    try:
        settings = read_settings()
        predictor = Predictor(load_artifact(settings.model_dir, allow_unverified=settings.allow_unverified_model))
        provider = options.provider or ("rules" if settings.groq_api_key is None else "groq")
        if provider == "groq" and settings.groq_api_key is None:
            raise SettingsError("GROQ_API_KEY is not set; set it, or use --provider rules")
        trials, reports = asyncio.run(_run(settings, predictor, InsightMode(provider), options.calls_per_minute))
    except (SettingsError, ModelError) as error:
        print(error, file=sys.stderr)
        return 2
    if options.texts:
        _print_texts(trials)
    return _print_figures(provider, trials, reports)


async def _run(
    settings: Settings, predictor: Predictor, mode: InsightMode, calls_per_minute: float
) -> tuple[list[Trial], list[UsageReport]]:
    """All trials, one after the other; nothing is cached, so every customer is written for."""
    # one currency is one service, so there is a service for each
    services: dict[str, InsightService] = {}
    trials = []
    for customer in trial_customers(predictor.card.segments):
        if customer.currency not in services:
            own = settings.model_copy(
                update={"currency": customer.currency, "insight_cache_size": 0, "redis_url": None}
            )
            services[customer.currency] = InsightService(own, Metrics())
        service = services[customer.currency]
        started = time.perf_counter()
        prediction = predictor.predict(customer.features)
        insight = await service.write(prediction, mode=mode)
        seconds = time.perf_counter() - started
        strays = stray_numbers(insight, prediction, customer.currency, service.catalogue)
        trials.append(Trial(customer, prediction, insight, seconds, strays))
        if mode is InsightMode.GROQ:
            await asyncio.sleep(max(60 / calls_per_minute - seconds, 0))
    reports = [service.usage() for service in services.values()]
    for service in services.values():
        await service.aclose()
    return trials, reports


def stray_numbers(insight: Insight, prediction: Prediction, currency: str, catalogue: Catalogue) -> list[str]:
    """The numbers in a text that are neither the customer's own nor the action's; none if it is faithful."""
    numbers = numbers_of(prediction)
    action = catalogue.get(insight.action_id)
    known = [fill(f"{{{name}}}", numbers, currency) for name in numbers]
    if action is not None:
        known += [fill(action.title, numbers, currency), action.effort]
    text = f"{insight.insight}\n{insight.recommended_action}"
    for reading in sorted(known, key=len, reverse=True):
        text = text.replace(reading, "")
        text = text.replace(reading.partition(" ")[0] + "-day", "")
    return re.findall(r"[0-9][0-9.,%]*", text)


def _print_figures(provider: str, trials: list[Trial], reports: list[UsageReport]) -> int:
    served = [trial for trial in trials if trial.insight.source == provider]
    faithful = [trial for trial in trials if not trial.stray_numbers]
    agreeing = [trial for trial in served if trial.insight.segment is trial.prediction.segment]
    milliseconds = sorted(trial.seconds * 1000 for trial in trials)
    refusals = [
        f"{count} {name}"
        for report in reports
        for name, count in {**report.calls_by_outcome, **report.fallbacks_by_reason}.items()
        if name != "answered"
    ]
    print(f"provider                  {provider}")
    print(f"trial customers           {len(trials)}")
    print(f"accepted                  {len(served) / len(trials):.1%}")
    print(f"refused or failed         {', '.join(refusals) or 'none'}")
    print(f"faithful as served        {len(faithful) / len(trials):.1%}")
    print(f"segment as the rules say  {len(agreeing) / max(len(served), 1):.1%}")
    print(f"latency p50 / p95         {statistics.median(milliseconds):.1f} / {_p95(milliseconds):.1f} ms")
    print(f"tokens in / out           {_total(reports, 'prompt_tokens')} / {_total(reports, 'completion_tokens')}")
    print(f"list price                ${sum(report.estimated_cost_usd for report in reports):.4f}")
    for trial in trials:
        if trial.stray_numbers:
            print(f"unfaithful: {trial.customer.name}: {', '.join(trial.stray_numbers)}", file=sys.stderr)
    return 0 if len(faithful) == len(trials) else 1


def _print_texts(trials: list[Trial]) -> None:
    for trial in trials:
        print(f"{trial.customer.name} [{trial.insight.segment}, {trial.insight.source}]")
        print(f"  {trial.insight.insight}\n  {trial.insight.recommended_action}\n")


def _p95(values: list[float]) -> float:
    return values[min(int(0.95 * len(values)), len(values) - 1)]


def _total(reports: list[UsageReport], name: str) -> int:
    return sum(getattr(report, name) for report in reports)


def trial_customers(thresholds: SegmentThresholds) -> list[TrialCustomer]:
    """Every archetype in every currency, and every borderline in one of them."""
    currencies = cycle(CURRENCIES)
    everywhere = [
        TrialCustomer(f"{name}, {currency}", features, currency)
        for name, features in _archetypes(thresholds)
        for currency in CURRENCIES
    ]
    at_the_edge = [TrialCustomer(name, features, next(currencies)) for name, features in _borderlines(thresholds)]
    return everywhere + at_the_edge


def _customer(*, spend: float, orders: int, days: float, units: int = 24, products: int = 8) -> tuple[float, ...]:
    """Six features that agree with each other."""
    return (round(spend, 2), round(spend / max(orders, 1), 2), float(orders), float(units), float(products), days)


def _archetypes(thresholds: SegmentThresholds) -> Iterator[tuple[str, tuple[float, ...]]]:
    some, late = thresholds.high_order_value * 4, thresholds.lapsed_after_days
    yield "high value", _customer(spend=some * 5, orders=20, days=6, units=2_400, products=110)
    yield "wholesaler", _customer(spend=some * 100, orders=150, days=2, units=60_000, products=900)
    yield "habitual buyer", _customer(spend=some / 6, orders=8, days=late * 0.7 // 1)
    yield "new customer", _customer(spend=some / 6, orders=1, days=3)
    yield "bought today", _customer(spend=some / 9, orders=1, days=0, units=1, products=1)
    yield "no order yet", _customer(spend=0, orders=0, days=0, units=0, products=0)
    yield "at risk", _customer(spend=some * 2, orders=11, days=late * 1.4 // 1)
    yield "one large order, long ago", _customer(spend=some * 3, orders=1, days=late * 1.6 // 1, units=400, products=1)
    yield "low value", _customer(spend=some / 12, orders=2, days=late * 1.5 // 1, units=3, products=2)
    yield "few orders, lately", _customer(spend=some / 2, orders=2, days=12)


def _borderlines(thresholds: SegmentThresholds) -> Iterator[tuple[str, tuple[float, ...]]]:
    order, late = thresholds.high_order_value, thresholds.lapsed_after_days
    for share in NEAR:
        yield f"{share:.0%} of a high order", _customer(spend=order * share * 5, orders=5, days=late * 1.3 // 1)
        yield f"{share:.0%} of the days of a lapse", _customer(spend=order, orders=6, days=late * share // 1)
        yield f"{share:.0%} of both", _customer(spend=order * share * 2, orders=2, days=late * share // 1)
    for orders in (1, 2):
        yield f"{orders} orders", _customer(spend=order / 2, orders=orders, days=20)


if __name__ == "__main__":
    sys.exit(main())
