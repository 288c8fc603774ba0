"""A check for Schemathesis: what the schema allows is refused for reasons alone that no schema can tell."""

import schemathesis
from schemathesis.generation import GenerationMode

from app.validation_errors import RULES

# JSON has numbers without end, and JSON Schema no word against them.
TOLD_BY_THE_SCHEMA = {rule for kind, rule in RULES.items() if kind != "finite_number"}


@schemathesis.check
def refusals_of_what_the_schema_allows_have_another_reason(
    _: schemathesis.CheckContext, response: schemathesis.Response, case: schemathesis.Case
) -> None:
    if case.meta is None or case.meta.generation.mode is not GenerationMode.POSITIVE or response.status_code != 422:
        return
    errors = response.json()["errors"]
    assert errors, "a refusal names place and rule"
    assert not {error["rule"] for error in errors} & TOLD_BY_THE_SCHEMA, errors
