"""The service is a FastAPI application, and what FastAPI's documentation offers works."""

import ast
import inspect
import json
import os
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import httpx
import pytest
from fastapi import APIRouter, FastAPI, HTTPException, Query
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from pydantic import BaseModel

from app import app
from app.dependencies import get_order_service, get_prediction_service, get_ranking_service
from app.openapi import EXAMPLES
from app.orders.router import router as orders
from app.orders.schemas import OrdersResponse
from app.predictions.router import router as predictions
from app.predictions.schemas import CustomerResponse
from app.rankings.router import router as rankings
from app.system.router import router as system
from app.web.router import router as web
from scripts.cases import CASES
from tests.support import ROOT, free_port, running

ANSWERS = json.loads(EXAMPLES.read_text())["paths"]
SHOP = "https://shop.example"
ROUTES = [
    route
    for router in (predictions, orders, rankings, system, web)
    for route in router.routes
    if isinstance(route, APIRoute)
]


def test_the_application_is_a_fastapi():
    assert isinstance(app, FastAPI)


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{min(route.methods)} {route.path}")
def test_every_path_operation_does_its_work_itself(route: APIRoute):
    (function,) = ast.parse(textwrap.dedent(inspect.getsource(route.endpoint))).body
    assert isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)

    names = {node.id for node in ast.walk(function) if isinstance(node, ast.Name)}
    assert "NotImplementedError" not in names
    assert any(isinstance(node, ast.Return) and node.value is not None for node in ast.walk(function))


class StandIn:
    """Answers in place of every service."""

    async def predict(self, customer: object, _: object) -> CustomerResponse:
        is_orders = isinstance(customer, bytes)
        path, name = ("/predict_from_orders", "regular") if is_orders else ("/predict_customer_value", "at_risk")
        model = OrdersResponse if is_orders else CustomerResponse
        body = ANSWERS[path]["post"]["responses"]["200"]["content"]["application/json"]["examples"][name]["value"]
        return model.model_validate({**body, "model_version": "stand-in"})

    def predict_many(self, *_: object) -> JSONResponse:
        return JSONResponse([{"model_version": "stand-in"}])

    def rank(self, *_: object) -> "StandIn":
        return self

    def pieces(self, *_: object) -> Iterator[bytes]:
        yield b'{"model_version": "stand-in"}'


@pytest.mark.parametrize(
    ("name", "dependency"),
    [
        ("habitual_buyer", get_prediction_service),
        ("two_customers", get_prediction_service),
        ("one_order", get_order_service),
        ("order_lines", get_ranking_service),
    ],
)
def test_overriding_the_dependency_that_gives_the_service_changes_the_answer(client, name, dependency):
    (case,) = (case for case in CASES if case.name == name)
    client.app.dependency_overrides[dependency] = StandIn

    answer = client.post(case.path, json=case.body)

    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert (body[0] if isinstance(body, list) else body)["model_version"] == "stand-in"


class Month(BaseModel):
    number: int


added = APIRouter(prefix="/added")


@added.get("/{shop}")
async def shop_name(shop: str, size: Annotated[int, Query(ge=1)] = 1) -> dict[str, object]:
    match shop:
        case "unknown":
            raise HTTPException(404, "no shop is called so", {"X-Reason": "name"})
        case "bad":
            raise HTTPException(400, "a shop has a better name")
        case "broken":
            raise RuntimeError("the password is swordfish")
    return {"shop": shop, "size": size}


@added.post("/months")
async def month(body: Month) -> Month:
    return body


@pytest.fixture
def extended(start):
    """A client of a service with a router more, that a page of another origin calls."""
    client = start(cors_origins=SHOP)
    client.app.include_router(added)
    client.headers["Origin"] = SHOP
    return client


@pytest.mark.parametrize(
    ("path", "status", "detail"),
    [
        ("/added/mugs", 200, None),
        ("/added/unknown", 404, "no shop is called so"),
        ("/added/bad", 400, "a shop has a better name"),
        ("/added/mugs?size=0", 422, "size is '0', but Input should be greater than or equal to 1"),
        ("/added/broken", 500, "The service failed; its log has the reason."),
    ],
)
def test_an_added_router_has_ids_cors_errors_counters_and_log_lines_like_ours(extended, caplog, path, status, detail):
    caplog.set_level("INFO", "app")

    answer = extended.get(path, headers={"X-Request-ID": "the-id"})

    assert answer.status_code == status
    assert answer.headers["x-request-id"] == "the-id"
    assert answer.headers["access-control-allow-origin"] == SHOP
    finished = [record for record in caplog.records if record.message == "request.finished"][-1]
    assert (finished.route, finished.status) == ("/added/{shop}", status)
    assert f'route="/added/{{shop}}",status="{status}"' in extended.get("/metrics").text
    if detail is not None:
        assert answer.headers["content-type"] == "application/problem+json"
        problem = answer.json()
        assert list(problem) == ["type", "title", "status", "detail", "request_id", "errors"]
        assert (problem["status"], problem["detail"], problem["request_id"]) == (status, detail, "the-id")
        assert [error["loc"] for error in problem["errors"]] == ([["query", "size"]] if status == 422 else [])
    assert ("request.failed" in caplog.messages) == (status == 500)


def test_headers_of_an_added_router_s_errors_are_kept(extended):
    assert extended.get("/added/unknown").headers["x-reason"] == "name"


@pytest.mark.parametrize(
    ("content", "loc"),
    [(b'{"number": "May"}', ["body", "number"]), (b"{", ["body"]), (b"\xff", ["body"]), (b"[" * 30_000, ["body"])],
)
def test_a_body_of_an_added_router_is_refused_with_its_place(extended, content, loc):
    answer = extended.post("/added/months", content=content, headers={"Content-Type": "application/json"})

    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["errors"][0]["loc"] == loc


@pytest.mark.parametrize("path", ["/health", "/ready"])
def test_monitors_may_ask_with_head_what_get_answers(client, path):
    head, get = client.head(path), client.get(path)

    assert (head.status_code, head.content) == (get.status_code, b"")
    assert head.headers["content-type"] == get.headers["content-type"]


@pytest.mark.parametrize("verb", ["run", "dev"])
def test_the_command_line_of_fastapi_starts_the_service(verb: str, model_dir: Path):
    """The entrypoint stands in pyproject.toml."""
    port = free_port()
    command = [str(Path(sys.executable).parent / "fastapi"), verb, "--host", "127.0.0.1", "--port", str(port)]
    env = {"MODEL_DIR": str(model_dir), "PYTHONIOENCODING": "utf-8", "HOME": os.environ.get("HOME", "/")}

    with running(command, env, f"http://127.0.0.1:{port}", cwd=ROOT) as base_url:
        assert httpx.get(f"{base_url}/ready").json()["model_version"] == "small-1"


EXTREMES = (0.0, -0.0, 5e-324, 1e-308, 1.0, 1e15, 1e300, 1.7976931348623157e308)


@pytest.mark.parametrize("number", EXTREMES)
@pytest.mark.parametrize("model", ["small", "included"])
def test_extreme_and_valid_numbers_are_answered(start, number, model):
    """Response models judge what is answered, and a breach would be a 500."""
    client = start(**({"model_dir": ROOT / "model"} if model == "included" else {}))
    features = [[number if place == at else 10.0 for place in range(6)] for at in range(6)] + [[number] * 6]
    customers = [{"customer_id": "é" * 128, "features": each} for each in features]

    alone = [client.post("/predict_customer_value", json=customer) for customer in customers]
    many = client.post("/predict_customer_values", json=customers)

    assert {answer.status_code for answer in (*alone, many)} == {200}
    for answer in (*(answer.json() for answer in alone), *many.json()):
        json.dumps(answer, allow_nan=False)
        assert answer["predicted_future_spend_30d"] >= 0
        assert 0 < answer["purchase_probability_30d"] < 1
