"""Every route says who may call it, what it is for, how it can fail, and shows an example."""

import re
from collections.abc import Iterator
from typing import Annotated, Any

import jsonschema_rs
import pytest
from fastapi import Depends, FastAPI
from starlette.requests import Request
from starlette.responses import Response

from chassis.auth import Allow, Public
from contracts.registry import SERVICES
from sandbox.contracts_files.schema_comparison import resolved
from tests.architecture.house import Route, routes_in, routes_of

every_service = pytest.mark.parametrize("service", SERVICES)

OPERATION_ID = re.compile(r"[a-z][a-zA-Z0-9]*(-[a-z0-9]+)*")
JSON = "application/json"
PROBLEM = "application/problem+json"


def described(service: str) -> list[Route]:
    """The routes that the OpenAPI document has."""
    return [route for route in routes_of(service) if route.operation]


@every_service
def test_every_route_declares_exactly_one_guard(service: str) -> None:
    assert {str(route): route.guards for route in routes_of(service) if len(route.guards) != 1} == {}


@every_service
def test_every_guard_lets_somebody_pass(service: str) -> None:
    closed = [
        str(route)
        for route in routes_of(service)
        for guard in route.guards
        if isinstance(guard, Allow) and not (guard.citizens or guard.roles or guard.scope)
    ]
    assert closed == []


@every_service
def test_every_scope_is_one_of_the_service(service: str) -> None:
    foreign = {
        str(route): guard.scope
        for route in routes_of(service)
        for guard in route.guards
        if isinstance(guard, Allow) and guard.scope and not guard.scope.startswith(f"{service}:")
    }
    assert foreign == {}


@every_service
def test_every_route_is_in_the_document(service: str) -> None:
    assert [str(route) for route in routes_of(service) if not route.operation] == []


@every_service
def test_every_route_has_a_summary_and_says_more_below_it(service: str) -> None:
    mute = [str(route) for route in described(service) if not _has(route.operation, "summary", "description", "tags")]
    assert mute == []


@every_service
def test_every_route_has_a_name_of_its_own_for_generated_clients(service: str) -> None:
    names = {str(route): str(route.operation["operationId"]) for route in described(service)}
    assert {route: name for route, name in names.items() if not OPERATION_ID.fullmatch(name)} == {}
    assert len(set(names.values())) == len(names)


@every_service
def test_every_guarded_route_asks_for_a_token_and_says_so(service: str) -> None:
    silent = [
        str(route)
        for route in described(service)
        if not route.public and not (route.operation.get("security") and {"401", "403"} <= _statuses(route))
    ]
    assert silent == []
    assert [str(route) for route in described(service) if route.public and route.operation.get("security")] == []


@every_service
def test_every_error_is_a_problem(service: str) -> None:
    """Except where another says what an answer looks like: the probes, and the ministries' and providers' own words."""
    others = [
        f"{route} {status}"
        for route in described(service)
        for status, answer in route.operation["responses"].items()
        if status >= "400" and PROBLEM not in answer.get("content", {}) and str(route) not in _NO_PROBLEMS
    ]
    assert others == []


_NO_PROBLEMS = {
    "GET /healthz": "503 is told to whoever restarts the process, with what died in it",
    "GET /readyz": "503 is told to a load balancer, with what is away",
    "POST /oauth2/token": "RFC 6749 says what its errors look like",
    "POST /oauth2/introspect": "RFC 7662 says what its errors look like",
    "POST /oauth2/revoke": "RFC 7009 says what its errors look like",
}


@every_service
def test_every_route_to_one_thing_says_what_happens_where_it_is_not(service: str) -> None:
    silent = [
        str(route)
        for route in described(service)
        if "{" in route.path
        and str(route) not in _NEVER_MISSING
        and not {"404", "422"} & (_statuses(route) - _only_by_form(route))
    ]
    assert silent == []


_NEVER_MISSING = {
    "GET /v1/verifications/{token}": "a certificate that is not in the register is not missing: it is not genuine",
}


@every_service
def test_every_route_that_acts_once_says_what_a_key_can_meet(service: str) -> None:
    keyed = [
        route
        for route in described(service)
        if any(parameter["name"] == "Idempotency-Key" for parameter in route.operation.get("parameters", ()))
    ]
    assert [str(route) for route in keyed if not {"400", "409", "422"} <= _statuses(route)] == []


@every_service
def test_every_parameter_is_described(service: str) -> None:
    unsaid = [
        f"{route} {parameter['name']}"
        for route in described(service)
        for parameter in route.operation.get("parameters", ())
        if not (parameter.get("description") or parameter["in"] == "path" or _explained_elsewhere(parameter["name"]))
    ]
    assert unsaid == []


@every_service
def test_everything_that_is_posted_or_answered_to_a_post_has_an_example(service: str) -> None:
    bare = [
        f"{route} {where}"
        for route in described(service)
        if route.method == "POST"
        for where, media in _json_of(route)
        if not ("example" in media or "examples" in media or _exemplified(media["schema"], route.document))
    ]
    assert bare == []


@every_service
def test_every_example_keeps_its_schema(service: str) -> None:
    document = routes_of(service)[0].document
    faults = {}
    for name, schema in document["components"]["schemas"].items():
        whole = {"$ref": f"#/components/schemas/{name}", "components": document["components"]}
        validator = jsonschema_rs.Draft202012Validator(whole, validate_formats=True)
        for example in [*schema.get("examples", ()), *([schema["example"]] if "example" in schema else ())]:
            wrong = [f"{error.instance_path}: {error.message}" for error in validator.iter_errors(example)]
            if wrong:
                faults[name] = wrong
    assert faults == {}


def _explained_elsewhere(parameter: str) -> bool:
    """`Accept` is HTTP's own and OpenAPI wants it ignored; what VNPAY sends is explained by VNPAY."""
    return parameter.lower() == "accept" or parameter.startswith("vnp_")


def _has(operation: dict[str, Any], *fields: str) -> bool:
    return all(operation.get(field) for field in fields)


def _statuses(route: Route) -> set[str]:
    return set(route.operation["responses"])


def _only_by_form(route: Route) -> set[str]:
    """422 counts for what is not there only where the service says more than that the request is badly formed."""
    words = route.operation["responses"].get("422", {}).get("description", "")
    return {"422"} if words == "Problem: `invalid-payload`" else set()


def _json_of(route: Route) -> Iterator[tuple[str, dict[str, Any]]]:
    """What the route takes and gives as JSON when all goes well."""
    operation = route.operation
    if JSON in (content := operation.get("requestBody", {}).get("content", {})):
        yield "body", content[JSON]
    for status, answer in operation["responses"].items():
        if status.startswith("2") and JSON in answer.get("content", {}):
            yield status, answer["content"][JSON]


def _exemplified(schema: dict[str, Any], document: dict[str, Any]) -> bool:
    """Whether the schema has an example, or each part of it has."""
    schema = dict(resolved(schema, document))
    if "example" in schema or "examples" in schema:
        return True
    parts = [*schema.get("properties", {}).values(), *([schema["items"]] if "items" in schema else ())]
    return bool(parts) and all(_exemplified(part, document) for part in parts)


# That the tests above see what they look for.


def an_app() -> FastAPI:
    app = FastAPI()
    allowed = Depends(Allow(roles={"cashier"}))

    async def twice_guarded(_: Annotated[Any, allowed]) -> None:
        return None

    async def nothing(_: Request) -> Response:
        return Response()

    app.get("/none")(lambda: None)
    app.get("/one", dependencies=[allowed])(lambda: None)
    app.get("/deep", dependencies=[Depends(twice_guarded)])(lambda: None)
    app.get("/two", dependencies=[allowed, Depends(Public())])(lambda: None)
    app.add_route("/plain", nothing)
    return app


def test_guards_are_found_however_deep_and_missed_where_there_are_none() -> None:
    counts = {route.path: len(route.guards) for route in routes_in(an_app()) if route.method != "HEAD"}
    assert {path: counts[path] for path in ("/none", "/one", "/deep", "/two", "/plain")} == {
        "/none": 0,
        "/one": 1,
        "/deep": 1,
        "/two": 2,
        "/plain": 0,
    }
