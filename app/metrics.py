"""What the service counts, and how Prometheus reads it; each app in a process counts for itself.

Counting is adding to a dictionary: prometheus_client is imported when somebody first asks for ``GET /metrics``.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator
from itertools import accumulate
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from prometheus_client import Metric

# Anybody may invent a method, and a label for each would fill the memory.
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
BUCKETS_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Durations:
    """A histogram of seconds."""

    def __init__(self) -> None:
        self.counts = [0] * (len(BUCKETS_SECONDS) + 1)
        self.total_seconds = 0.0

    def add(self, seconds: float) -> None:
        """Count one duration."""
        self.counts[bisect_left(BUCKETS_SECONDS, seconds)] += 1
        self.total_seconds += seconds

    def buckets(self) -> list[tuple[str, float]]:
        """Upper bounds and how many durations lie below, as Prometheus has it."""
        bounds = [*(str(bound) for bound in BUCKETS_SECONDS), "+Inf"]
        return list(zip(bounds, map(float, accumulate(self.counts)), strict=True))


class Metrics:
    """Counters of requests, insights and calls to Groq."""

    content_type = "text/plain; version=1.0.0; charset=utf-8"

    def __init__(self) -> None:
        self._requests: Counter[tuple[str, str, int]] = Counter()
        self._request_seconds: dict[tuple[str, str], Durations] = {}
        self._insights: Counter[str] = Counter()
        self._fallbacks: Counter[str] = Counter()
        self._groq_calls: Counter[tuple[str, str]] = Counter()

    def request_finished(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one answer; ``route`` is the path template, never the path."""
        known_method = method if method in METHODS else "other"
        self._requests[known_method, route, status] += 1
        if (durations := self._request_seconds.get((known_method, route))) is None:
            durations = self._request_seconds[known_method, route] = Durations()
        durations.add(seconds)

    def insight_served(self, source: str, count: int = 1) -> None:
        """Count insights by their source: groq, cache or rules."""
        self._insights[source] += count

    def insight_fallback(self, reason: str) -> None:
        """Count one insight that rules worded because Groq could not; ``reason`` is from a closed list."""
        self._fallbacks[reason] += 1

    def groq_call(self, model: str, outcome: str) -> None:
        """Count one call to Groq; ``outcome`` is from a closed list."""
        self._groq_calls[model, outcome] += 1

    def exposition(self) -> bytes:
        """All counters in the Prometheus text format."""
        from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest  # noqa: PLC0415 - see above

        registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        registry.register(self)
        return generate_latest(registry)

    def collect(self) -> "Iterator[Metric]":
        """Every counter, for a registry of prometheus_client."""
        from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily  # noqa: PLC0415 - see above

        requests = CounterMetricFamily("http_requests", "Requests answered.", labels=["method", "route", "status"])
        for (method, route, status), count in self._requests.items():
            requests.add_metric([method, route, str(status)], count)
        yield requests
        seconds = HistogramMetricFamily(
            "http_request_seconds", "Time from request to answer.", labels=["method", "route"]
        )
        for labels, durations in self._request_seconds.items():
            seconds.add_metric(labels, durations.buckets(), durations.total_seconds)
        yield seconds
        for name, meaning, label, counts in (
            ("insights", "Insights served, by who worded them.", "source", self._insights),
            ("insight_fallbacks", "Insights worded by rules though Groq was wanted.", "reason", self._fallbacks),
        ):
            family = CounterMetricFamily(name, meaning, labels=[label])
            for value, count in counts.items():
                family.add_metric([value], count)
            yield family
        calls = CounterMetricFamily("groq_calls", "Calls to Groq.", labels=["model", "outcome"])
        for (model, outcome), count in self._groq_calls.items():
            calls.add_metric([model, outcome], count)
        yield calls
