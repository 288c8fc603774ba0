"""``python -m benchmarks.insights [ORDERS]``: what a misbehaving Groq costs, measured on the real service.

Prints one line for each bar: answers under every behaviour, untrue or harmful words that came through, good texts
refused, the price of a hanging Groq before and after the models rest, and, with order lines at hand, the calls that a
burst of real customers makes.
"""

import argparse
import asyncio
import json
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from app.insights import Insight
from app.insights.catalogue import load_catalogue
from app.insights.schemas import Situation, Template
from app.insights.validation import Validator
from model import FEATURE_NAMES, Predictor, load_artifact
from model.features.definitions import build_features
from model.orders.orders import read_orders
from model.segments import Segment
from scripts.evaluate_insights import stray_numbers
from tests.app.insights.customers import attacks, good_texts, situation
from tests.groq_server import BEHAVIOURS, RAW_TEXT_MARK, FakeGroq, fake_groq
from tests.support import ROOT, free_port, running

CONNECTIONS = 16
REQUESTS = 500
BURST_REQUESTS = 10_000
ROUNDS = 6
DEADLINE_SECONDS = 4.0
KEY = "gsk_this_is_the_secret_key"
SECRETS = (KEY, RAW_TEXT_MARK, "secret-customer", "marketing team of a shop", "permitted_segments")

Features = tuple[float, ...]


@dataclass(frozen=True)
class Reply:
    """One answer of the service and how long it took."""

    status: int
    text: str
    seconds: float


def main() -> int:
    """Measure and print all bars; 1 if one is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.insights", description=__doc__)
    parser.add_argument("orders", nargs="?", type=Path, help="order lines; without them the burst is left out")
    parser.add_argument("--model-dir", type=Path, default=ROOT / "model")
    options = parser.parse_args()
    predictor = Predictor(load_artifact(options.model_dir))
    with tempfile.TemporaryDirectory() as scratch, fake_groq() as groq:
        bench = Bench(groq, predictor, options.model_dir, Path(scratch))
        met = [bench.answers_under_every_behaviour(), bench.no_harmful_words(), *texts_judged()]
        met += [bench.slowest_while_groq_hangs(), bench.cost_of_resting_models()]
        if options.orders is not None:
            met.append(bench.burst_of_real_customers(options.orders))
        met.append(bench.nothing_leaked())
    return 0 if all(met) else 1


@dataclass(frozen=True)
class Bench:
    """A fake Groq, the model whose numbers must come out, and a place for logs."""

    groq: FakeGroq
    predictor: Predictor
    model_dir: Path
    scratch: Path
    harmful: list[str] = field(default_factory=list)

    def answers_under_every_behaviour(self) -> bool:
        """All 200 with the numbers of the model, whatever Groq does."""
        customers = made_up_customers(REQUESTS)
        failed = []
        for behaviour in BEHAVIOURS:
            self.groq.behave(behaviour)
            with self._service(behaviour, GROQ_TIMEOUT_SECONDS="1", INSIGHT_BUDGET_MS="500") as url:
                replies = asyncio.run(ask(url, customers, "auto"))
            self.harmful.extend(
                reply.text
                for reply, features in zip(replies, customers, strict=True)
                if not self._is_faithful(reply, features)
            )
            right = sum(self._is_right(reply, features) for reply, features in zip(replies, customers, strict=True))
            print(f"  {behaviour:<22} {right} of {len(replies)} answers 200 with the right numbers")
            if right < len(customers):
                failed.append(behaviour)
        return bar("answers under every behaviour", f"{len(BEHAVIOURS) - len(failed)}/{len(BEHAVIOURS)}", not failed)

    def no_harmful_words(self) -> bool:
        """No answer of the above holds a number that is not the customer's own, or a word of a bad text."""
        for text in self.harmful[:5]:
            print(f"  {text}")
        number = REQUESTS * len(BEHAVIOURS)
        return bar(
            f"untrue or harmful words in {number} answers under {len(BEHAVIOURS)} behaviours",
            str(len(self.harmful)),
            not self.harmful,
        )

    def slowest_while_groq_hangs(self) -> bool:
        """No model rests, every answer is willing to wait."""
        self.groq.behave("hang")
        with self._service("hang-closed") as url:
            replies = asyncio.run(ask(url, made_up_customers(CONNECTIONS), "groq"))
        slowest = max(reply.seconds for reply in replies)
        limit = DEADLINE_SECONDS + 0.3
        return bar(
            f"slowest answer, Groq hanging, no model resting (limit {limit} s)", f"{slowest:.2f} s", slowest <= limit
        )

    def cost_of_resting_models(self) -> bool:
        """p99 with Groq hanging against p99 with rules alone, in turns, when the models rest."""
        self.groq.behave("hang")
        customers = made_up_customers(REQUESTS)
        with self._service("hang-open", GROQ_TIMEOUT_SECONDS="1", INSIGHT_BUDGET_MS="500") as url:
            for _ in range(8):
                asyncio.run(ask(url, customers[:CONNECTIONS], "auto"))
            rounds = [
                (asyncio.run(ask(url, customers, "rules")), asyncio.run(ask(url, customers, "auto")))
                for _ in range(ROUNDS)
            ]
        rules = p99([reply.seconds for one, _ in rounds for reply in one])
        hanging = p99([reply.seconds for _, one in rounds for reply in one])
        figures = f"{hanging * 1000:.1f} ms / {rules * 1000:.1f} ms = {hanging / rules:.2f}"
        return bar("p99, Groq hanging, models resting, against rules (limit 1.5)", figures, hanging <= 1.5 * rules)

    def burst_of_real_customers(self, orders: Path) -> bool:
        """Ten thousand requests of all customers of a shop at once."""
        self.groq.behave("good")
        customers = real_customers(orders)
        asked = [customers[number % len(customers)] for number in range(BURST_REQUESTS)]
        calls_before = self.groq.calls
        with self._service("burst") as url:
            started = time.perf_counter()
            replies = asyncio.run(ask(url, asked, "auto"))
            seconds = time.perf_counter() - started
            sources = Counter(json.loads(reply.text)["insight_source"] for reply in replies)
        calls = self.groq.calls - calls_before
        all_right = all(self._is_right(reply, features) for reply, features in zip(replies, asked, strict=True))
        figures = f"{calls} calls in {seconds:.0f} s, " + ", ".join(
            f"{count} {name}" for name, count in sources.items()
        )
        minutes = 1 + int(seconds // 60)
        return bar(f"burst of {len(asked)} by {len(customers)} customers", figures, all_right and calls <= 25 * minutes)

    def nothing_leaked(self) -> bool:
        """The logs of all services above, at level DEBUG, hold no secret, prompt or raw text."""
        logs = "".join(path.read_text() for path in self.scratch.glob("*.log"))
        found = [secret for secret in SECRETS if secret in logs]
        return bar(
            f"secrets, prompts, raw texts in {len(logs)} characters of log", str(len(found)), bool(logs) and not found
        )

    @contextmanager
    def _service(self, name: str, **settings: str) -> Iterator[str]:
        port = free_port()
        log = self.scratch / f"{name}.log"
        serve = f"exec {sys.executable} -m uvicorn app:app --app-dir {ROOT} --port {port} >{log} 2>&1"
        variables = {
            "MODEL_DIR": str(self.model_dir.resolve()),
            "GROQ_API_KEY": KEY,
            "GROQ_BASE_URL": self.groq.url,
            "GROQ_TIMEOUT_SECONDS": str(DEADLINE_SECONDS),
            "LOG_LEVEL": "DEBUG",
            **settings,
        }
        with running(["sh", "-c", serve], variables, f"http://127.0.0.1:{port}") as url:
            yield url

    def _is_faithful(self, reply: Reply, features: Features) -> bool:
        prediction, answer = self.predictor.predict(features), json.loads(reply.text)
        insight = Insight(
            Segment(answer["customer_segment"]),
            answer["insight"],
            answer["recommended_action"],
            answer["action_id"],
            answer["insight_source"],
            None,
        )
        return RAW_TEXT_MARK not in reply.text and not stray_numbers(insight, prediction, "GBP", load_catalogue(None))

    def _is_right(self, reply: Reply, features: Features) -> bool:
        expected = self.predictor.predict(features)
        if reply.status != 200 or RAW_TEXT_MARK in reply.text:
            return False
        answer = json.loads(reply.text)
        return (
            answer["predicted_future_spend_30d"] == expected.future_spend_30d
            and answer["purchase_probability_30d"] == expected.purchase_probability_30d
            and bool(answer["insight"] and answer["recommended_action"])
        )


def texts_judged() -> list[bool]:
    """What validation makes of attacks, of good texts, and of good texts that write their numbers themselves."""
    validator = Validator(load_catalogue(None))

    def passed(texts: Iterable[tuple[Template, Situation]]) -> tuple[int, int]:
        results = [isinstance(validator.review(template, about), Template) for template, about in texts]
        return sum(results), len(results)

    through, tried = passed((attack, situation()) for _, attack in attacks())
    untold, numbered = passed(good_texts("texts_with_numbers.toml"))
    accepted, good = passed([*good_texts(), *good_texts("fresh_texts.toml")])
    share = (good - accepted) / good
    return [
        bar(f"attacks through, of {tried}", str(through), through == 0),
        bar(f"texts with numbers of their own through, of {numbered}", str(untold), untold == 0),
        bar(f"good texts refused, of {good} (limit 2 %)", f"{good - accepted} = {share:.1%}", share <= 0.02),
    ]


async def ask(url: str, customers: Sequence[Features], mode: str) -> list[Reply]:
    """One request for each customer, at sixteen connections."""
    gate = asyncio.Semaphore(CONNECTIONS)
    async with httpx.AsyncClient(base_url=url, timeout=60) as client:

        async def one(number: int, features: Features) -> Reply:
            async with gate:
                started = time.perf_counter()
                response = await client.post(
                    f"/predict_customer_value?insight={mode}",
                    json={"customer_id": f"secret-customer-{number}", "features": features},
                )
                return Reply(response.status_code, response.text, time.perf_counter() - started)

        return await asyncio.gather(*(one(number, features) for number, features in enumerate(customers)))


def made_up_customers(number: int) -> list[Features]:
    """Customers of every segment and many patterns."""
    rows = ((400.0 + 37 * position, 1 + position % 15, position % 120) for position in range(number))
    return [(spend, spend / orders, float(orders), 10.0 * orders, 12.0, float(days)) for spend, orders, days in rows]


def real_customers(orders: Path) -> list[Features]:
    """The six features of every customer of a shop, seen from the midnight after its last order line."""
    with read_orders(orders) as history:
        features = build_features(history, history.ends_at)
    return [tuple(float(value) for value in row) for row in features[list(FEATURE_NAMES)].to_numpy()]


def p99(seconds: list[float]) -> float:
    """The 99th percentile."""
    return statistics.quantiles(seconds, n=100)[98]


def bar(name: str, figure: str, is_met: bool) -> bool:
    """Print one bar."""
    print(f"{'met   ' if is_met else 'MISSED'} {name}: {figure}", flush=True)
    return is_met


if __name__ == "__main__":
    sys.exit(main())
