"""How each contract file is held against the one before it."""

import json
from typing import Any

from sandbox.contracts_files.compatibility import broken_promises

SCHEMA = "contracts/schemas/payment.fee-assessed.v1.json"
OPENAPI = "contracts/openapi/payment.json"
PROBLEMS = "contracts/problems.json"


def held(path: str, old: Any, new: Any) -> list[str]:
    return broken_promises({path: json.dumps(old)}, {path: json.dumps(new)})


def test_an_event_type_that_is_gone_breaks() -> None:
    assert broken_promises({SCHEMA: "{}"}, {}) == [f"{SCHEMA}: removed; what it promised is gone"]


def test_a_new_version_beside_the_old_breaks_nobody() -> None:
    assert broken_promises({SCHEMA: "{}"}, {SCHEMA: "{}", SCHEMA.replace("v1", "v2"): "{}"}) == []


def test_an_event_is_held_to_both_sides() -> None:
    old, new = {"enum": ["a"]}, {"enum": ["a", "b"]}
    assert held(SCHEMA, old, new) == [f"{SCHEMA}: /: value added to a closed list: b"]


def test_an_api_is_held_by_its_calls() -> None:
    old: dict[str, Any] = {"paths": {"/v1/x": {"get": {"responses": {}}}}}
    assert held(OPENAPI, old, {"paths": {}}) == [f"{OPENAPI}: GET /v1/x: operation removed"]


def test_examples_and_pages_bind_nobody() -> None:
    assert (
        broken_promises({"contracts/examples/x.json": "{}", "docs/events.md": "x", "contracts/asyncapi.yaml": "x"}, {})
        == []
    )


def problem(
    slug: str = "not-paid", status: int = 409, service: str = "payment", title: str = "Not paid"
) -> dict[str, Any]:
    return {"slug": slug, "status": status, "service": service, "title": {"en": title, "vi": title}}


def test_a_problem_that_is_gone_or_has_another_status_breaks() -> None:
    assert held(PROBLEMS, [problem()], []) == [f"{PROBLEMS}: payment: problem not-paid removed"]
    said = held(PROBLEMS, [problem()], [problem(status=404)])
    assert said == [f"{PROBLEMS}: payment: problem not-paid has status 404, had 409"]


def test_the_same_slug_in_another_service_is_another_problem() -> None:
    both = [problem(), problem(service="submission", status=422)]
    assert held(PROBLEMS, both, both) == []


def test_another_title_or_another_problem_breaks_nobody() -> None:
    assert held(PROBLEMS, [problem()], [problem(title="Unpaid"), problem("other")]) == []
