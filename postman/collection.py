"""The collection and its environment, from the OpenAPI document and the named examples."""

import json
import tomllib
from collections.abc import Mapping
from http import HTTPStatus
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode

from scripts.cases import CASES, Case

ROOT = Path(__file__).parent.parent
SERVICE, ADMINISTRATION = "Service", "/admin/"
GONE_WRONG = "What goes wrong"
DESCRIPTION = """\
Every route with examples, and every error.

1. Set `baseUrl` to your service, in the environment or here; and `apiKey` where it asks for one; `adminKey`
   is for `POST /admin/reload` alone.
2. Send any request. A sleeping host (Render's free plan) is waited for: `/ready` is asked for up to two minutes first.
3. To rank a shop, choose an order file in the form; `{{baseUrl}}/sample_orders.csv` is one to try.

Errors are `application/problem+json`: `detail` says what was wrong, `errors` names place, value and rule. Ask again
after `Retry-After` where 503 tells that too much is under way or the model is not loaded yet; nothing else is worth
repeating unchanged. The service itself never answers 429; a host in front of it may, when it is asked too often.
"""
WAKE_UP = """\
// A host that sleeps takes up to a minute to wake, so /ready is asked until it answers; again after ten quiet minutes.
const service = pm.variables.replaceIn("{{baseUrl}}").replace(/\\/+$/, "");
pm.variables.set("baseUrl", service);
const [awake, since] = (pm.collectionVariables.get("awake") || "|0").split("|");
const deadline = Date.now() + 120000;
const wake = () => pm.sendRequest(service + "/ready", (error, response) => {
    if (!error && response.code === 200) pm.collectionVariables.set("awake", `${service}|${Date.now()}`);
    else if (Date.now() < deadline) setTimeout(wake, 2000);
    else throw new Error(`${service} is not ready after two minutes`);
});
if (awake !== service || Date.now() - since > 600000) wake();
"""
ALWAYS = """\
pm.test("no server error", () => pm.expect(pm.response.code).to.be.below(500));
pm.test("carries a request id", () => pm.response.to.have.header("X-Request-ID"));
if (pm.response.code >= 400) {
    pm.test("an error is problem+json", () => {
        pm.expect(pm.response.headers.get("Content-Type")).to.equal("application/problem+json");
        pm.expect(pm.response.json()).to.include.all.keys("type", "title", "status", "detail", "errors");
        pm.expect(pm.response.json().status).to.equal(pm.response.code);
    });
}
"""

Json = dict[str, Any]  # Any: JSON


class Recorded(NamedTuple):
    """An answer as the document shows it; its body is parsed where it is JSON."""

    status: int
    content_type: str
    body: Any  # Any: JSON, or text


def collection(document: Json, checks: Json) -> Json:
    """The collection, version 2.1; without ids, so that the same document gives the same text."""
    return {
        "info": {
            "name": document["info"]["title"],
            "description": DESCRIPTION,
            "version": document["info"]["version"],
            "schema": "https://schema.getpostman.com/json/collection/v2.1.0/collection.json",
        },
        "variable": _variables(),
        "auth": _auth("apiKey"),
        "event": [_script("prerequest", WAKE_UP), _script("test", ALWAYS)],
        "item": [
            _folder(name, list(cases), document, checks)
            for name, cases in groupby(CASES, lambda case: _folder_name(case, document))
        ],
    }


def _auth(variable: str) -> Json:
    """The key of this variable, as a header."""
    sent = {"key": "X-API-Key", "value": f"{{{{{variable}}}}}", "in": "header"}
    return {"type": "apikey", "apikey": [{"key": key, "value": value, "type": "string"} for key, value in sent.items()]}


def environment() -> Json:
    """Base URL and key, to be set by whoever imports it."""
    values = [{**variable, "enabled": True} for variable in _variables()]
    return {"name": "Customer value", "values": values, "_postman_variable_scope": "environment"}


def _variables() -> list[Json]:
    return [
        {"key": "baseUrl", "value": "http://127.0.0.1:8000", "type": "default"},
        {"key": "apiKey", "value": "", "type": "secret"},
        {"key": "adminKey", "value": "", "type": "secret"},
    ]


def _operation(case: Case, document: Json) -> Json:
    described: Json = document["paths"].get(case.path, {}).get(case.method.lower(), {})
    return described


def _recorded(case: Case, document: Json) -> Recorded | None:
    response = _operation(case, document).get("responses", {}).get(str(case.status), {})
    for content_type, content in response.get("content", {}).items():
        if case.name in content["examples"]:
            return Recorded(case.status, content_type, content["examples"][case.name]["value"])
    return None


def _folder_name(case: Case, document: Json) -> str:
    operation = _operation(case, document)
    return operation["summary"] if "customers" in operation.get("tags", ()) else SERVICE


def _folder(name: str, cases: list[Case], document: Json, checks: Json) -> Json:
    """The requests of a route, and those that it refuses in a folder of their own."""
    items = [(case, _item(case, _recorded(case, document), document, checks)) for case in cases]
    good = [item for case, item in items if case.status == HTTPStatus.OK]
    bad = [item for case, item in items if case.status != HTTPStatus.OK]
    described = "What answers, whether it can, and what it has counted."
    if name != SERVICE:
        operation = _operation(cases[0], document)
        described = operation["description"]
        good[0]["response"] += _unseen_answers(good[0]["request"], operation)
    return {
        "name": name,
        "description": described,
        "item": [*good, {"name": GONE_WRONG, "description": "Each is refused with a reason.", "item": bad}],
    }


def _item(case: Case, answer: Recorded | None, document: Json, checks: Json) -> Json:
    request = _request(case, _operation(case, document))
    events = [_script("test", _tests(case, answer, checks))]
    if case.padding:
        events.insert(0, _script("prerequest", f'pm.variables.set("padding", "x".repeat({case.padding}));'))
    responses = [] if answer is None else [_saved_answer(case.summary, request, answer)]
    return {"name": case.summary, "event": events, "request": request, "response": responses}


def _request(case: Case, operation: Json) -> Json:
    asked = urlencode(case.query, safe=",")
    query: list[Json] = [{"key": name, "value": value} for name, value in case.query.items()]
    for parameter in operation.get("parameters", ()):
        told = {"key": parameter["name"], "description": parameter["description"]}
        given = [entry for entry in query if entry["key"] == parameter["name"]]
        if given:
            given[0].update(told)
        else:
            query.append({**told, "value": str(parameter["schema"]["examples"][0]), "disabled": True})
    request = {
        "method": case.method,
        "header": [{"key": name, "value": value} for name, value in case.all_headers.items()],
        "url": {
            "raw": f"{{{{baseUrl}}}}{case.path}" + (f"?{asked}" if asked else ""),
            "host": ["{{baseUrl}}"],
            "path": case.path[1:].split("/"),
            "query": query,
        },
    }
    if operation:
        request["description"] = operation["description"]
    if case.status == HTTPStatus.UNAUTHORIZED:
        request["auth"] = {"type": "noauth"}  # its own header would not win against the collection's key
    if case.path.startswith(ADMINISTRATION):
        request["auth"] = _auth("adminKey")
    has_body = case.body is not None or case.upload is not None
    return {**request, "body": _body(case)} if has_body else request


def _body(case: Case) -> Json:
    if case.upload is not None:
        part = {"key": "file", "type": "file", "src": case.upload, "description": "An export of order lines."}
        return {"mode": "formdata", "formdata": [part]}
    return {"mode": "raw", "raw": case.text, "options": {"raw": {"language": "json"}}}


def _tests(case: Case, answer: Recorded | None, checks: Json) -> str:
    """Status, content type, keys or the broken rule, and what ``checks.toml`` has for this request."""
    if case.status == HTTPStatus.UNAUTHORIZED:
        return (
            'const expected = pm.variables.get("apiKey") ? 401 : 200;  // a service without API_KEYS asks for none\n'
            'pm.test("is refused where keys are set", () => pm.response.to.have.status(expected));'
        )
    if case.path.startswith(ADMINISTRATION):
        return (
            'const expected = pm.variables.get("adminKey") ? 200 : 404;  // without ADMIN_KEY it is not there\n'
            'pm.test("answers an administrator", () => pm.response.to.have.status(expected));'
        )
    lines = [f'pm.test("is answered {case.status}", () => pm.response.to.have.status({case.status}));']
    if answer is not None:
        lines += _promises(answer)
    if case.status == HTTPStatus.OK and case.path in checks["folder"]:
        lines.append(checks["folder"][case.path]["script"].strip())
    if case.name in checks["request"]:
        lines.append(checks["request"][case.name].strip())
    return "\n".join(lines)


def _promises(answer: Recorded) -> list[str]:
    """What the recorded answer tells of any other: its type, its keys, and where and why it was refused."""
    content_type = answer.content_type
    lines = [
        f'pm.test("is {content_type}", () => '
        f'pm.expect(pm.response.headers.get("Content-Type")).to.match(/^{_pattern(content_type)}/));'
    ]
    match content_type, answer.body:
        case "application/problem+json", {"errors": [{"loc": loc}, *_]}:
            lines += [
                "const answer = pm.response.json();",
                f'pm.test("says where", () => pm.expect(answer.errors[0].loc).to.eql({json.dumps(loc)}));',
                'pm.test("says what would be right", () => pm.expect(answer.errors[0].rule).to.not.be.empty);',
            ]
        case "application/json", [dict(first), *_]:
            lines += ["const answer = pm.response.json();", _keys("answer[0]", first)]
        case "application/json", dict(body):
            lines += ["const answer = pm.response.json();", _keys("answer", body)]
            if isinstance(body.get("customers"), list):
                lines.append(_keys("answer.customers[0]", body["customers"][0]))
        case "application/x-ndjson", str(text):
            lines += [
                'const answer = pm.response.text().trim().split("\\n").map(JSON.parse);',
                _keys("answer[0]", json.loads(text.splitlines()[0])),
            ]
        case "text/csv", str(text):
            header = json.dumps(text.splitlines()[0])
            lines.append(
                f'pm.test("has the columns of the contract", () => '
                f"pm.expect(pm.response.text().split(/\\r?\\n/)[0]).to.equal({header}));"
            )
    return lines


def _keys(value: str, recorded: Mapping[str, Any]) -> str:  # Any: JSON
    """More keys may be added later, at the end."""
    keys = json.dumps(list(recorded))
    return (
        f'pm.test("{value} has the keys of the contract", () => '
        f"pm.expect(Object.keys({value}).slice(0, {len(recorded)})).to.eql({keys}));"
    )


def _pattern(content_type: str) -> str:
    return content_type.replace("/", "\\/").replace("+", "\\+").replace(".", "\\.")


def _saved_answer(name: str, request: Json, answer: Recorded) -> Json:
    body = answer.body
    return {
        "name": name,
        "originalRequest": {name: value for name, value in request.items() if name != "description"},
        "status": HTTPStatus(answer.status).phrase,
        "code": answer.status,
        "_postman_previewlanguage": "json" if "json" in answer.content_type else "text",
        "header": [{"key": "Content-Type", "value": answer.content_type}],
        "cookie": [],
        "body": body if isinstance(body, str) else json.dumps(body, indent=2, ensure_ascii=False),
    }


def _unseen_answers(request: Json, operation: Json) -> list[Json]:
    """The failures that no request brings about at will, as the document shows them."""
    return [
        _saved_answer(
            example["summary"],
            request,
            Recorded(int(status), "application/problem+json", example["value"]),
        )
        for status, response in operation["responses"].items()
        if status >= "500"
        for example in response["content"]["application/problem+json"]["examples"].values()
    ]


def _script(listen: str, text: str) -> Json:
    return {"listen": listen, "script": {"type": "text/javascript", "exec": text.splitlines()}}


def files() -> dict[str, str]:
    """What ``make postman`` writes, by name."""
    document = json.loads((ROOT / "docs" / "openapi.json").read_text())
    checks = tomllib.loads((ROOT / "postman" / "checks.toml").read_text())
    written = {"collection.json": collection(document, checks), "environment.json": environment()}
    return {name: json.dumps(content, indent=2, ensure_ascii=False) + "\n" for name, content in written.items()}


if __name__ == "__main__":
    for name, text in files().items():
        (ROOT / "postman" / name).write_text(text)
