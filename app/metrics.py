"""What the service counts, and how Prometheus reads it; each app in a process counts for itself."""

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

# Anybody may invent a method, and a label for each would fill the memory.
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
BUCKETS_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Metrics:
    """Counters of requests, insights and calls to Groq."""

    content_type = CONTENT_TYPE_LATEST

    def __init__(self) -> None:
        self._registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        self.requests = Counter("http_requests", "Requests answered.", ["method", "route", "status"], registry=registry)
        self.request_seconds = Histogram(
            "http_request_seconds",
            "Time from request to answer.",
            ["method", "route"],
            buckets=BUCKETS_SECONDS,
            registry=registry,
        )
        self.insights = Counter("insights", "Insights served, by who worded them.", ["source"], registry=registry)
        self.insight_fallbacks = Counter(
            "insight_fallbacks", "Insights worded by rules though Groq was wanted.", ["reason"], registry=registry
        )
        self.groq_calls = Counter("groq_calls", "Calls to Groq.", ["model", "outcome"], registry=registry)

    def request_finished(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one answer; ``route`` is the path template, never the path."""
        known_method = method if method in METHODS else "other"
        self.requests.labels(known_method, route, status).inc()
        self.request_seconds.labels(known_method, route).observe(seconds)

    def exposition(self) -> bytes:
        """All counters in the Prometheus text format."""
        return generate_latest(self._registry)

    def insight_served(self, source: str, count: int = 1) -> None:
        """Count insights by their source: groq, cache or rules."""
        self.insights.labels(source).inc(count)

    def insight_fallback(self, reason: str) -> None:
        """Count one insight that rules worded because Groq could not; ``reason`` is from a closed list."""
        self.insight_fallbacks.labels(reason).inc()

    def groq_call(self, model: str, outcome: str) -> None:
        """Count one call to Groq; ``outcome`` is from a closed list."""
        self.groq_calls.labels(model, outcome).inc()
