"""The OpenAPI document of a service, completed with what no route has to repeat: guards, and the problems any route may give."""

from collections.abc import Callable, Iterator
from typing import Any

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.openapi.constants import REF_PREFIX
from fastapi.routing import iter_route_contexts

from chassis.auth import Allow, bearer_scheme
from chassis.problems import (
    MEDIA_TYPE,
    BadRequest,
    Forbidden,
    InvalidPayload,
    PayloadTooLarge,
    Problem,
    ProblemDetails,
    Unauthorized,
    Unavailable,
)

_ETAG = {
    "description": "Version of what is answered; send it as If-None-Match or If-Match",
    "schema": {"type": "string"},
}
_SCHEMA = {"$ref": f"{REF_PREFIX}ProblemDetails"}


def documented(app: FastAPI) -> Callable[[], dict[str, Any]]:
    """What replaces `app.openapi`: a route's own words about an answer are kept, what it left out is filled in."""
    plain = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            document = plain()
            _complete(app, document)
            app.openapi_schema = document
        return app.openapi_schema

    return openapi


def _complete(app: FastAPI, document: dict[str, Any]) -> None:
    components = document.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    schemas["ProblemDetails"] = ProblemDetails.model_json_schema(ref_template=REF_PREFIX + "{model}")
    for unused in (
        "HTTPValidationError",
        "ValidationError",
    ):  # FastAPI's own shape of 422, which nothing here answers with
        schemas.pop(unused, None)
    components["securitySchemes"] = {
        "bearer": bearer_scheme.model.model_dump(mode="json", by_alias=True, exclude_none=True)
    }
    for operation, guards in _operations(app, document):
        _guarded(operation, guards)
        _headers(operation)
        for problem in _possible(operation, guarded=bool(guards)):
            _mention(operation["responses"], problem)
        for status, answer in operation["responses"].items():
            if status >= "400":
                _as_problem(answer)


def _headers(operation: dict[str, Any]) -> None:
    """Headers that FastAPI cannot know: a key that is wanted though we refuse its absence ourselves, and validators."""
    for parameter in operation.get("parameters", ()):
        if parameter["name"] == "Idempotency-Key":
            parameter |= {"required": True, "schema": {"type": "string", "minLength": 1, "maxLength": 255}}
        if parameter["name"] == "If-None-Match":
            for status in operation["responses"].keys() & {"200", "304"}:
                operation["responses"][status].setdefault("headers", {})["ETag"] = _ETAG


def _operations(app: FastAPI, document: dict[str, Any]) -> Iterator[tuple[dict[str, Any], list[Allow]]]:
    for route in iter_route_contexts(app.routes):
        dependant = getattr(route, "dependant", None)
        for method in sorted(route.methods or ()):
            operation = document.get("paths", {}).get(route.path_format, {}).get(method.lower())
            if operation is not None and dependant is not None:
                yield operation, list(_guards(dependant))


def _guards(dependant: Dependant) -> Iterator[Allow]:
    if isinstance(dependant.call, Allow):
        yield dependant.call
    for needed in dependant.dependencies:
        yield from _guards(needed)


def _guarded(operation: dict[str, Any], guards: list[Allow]) -> None:
    if guards:
        operation["security"] = [{"bearer": []}]
        operation["x-allows"] = [guard.describe() for guard in guards]


def _possible(operation: dict[str, Any], *, guarded: bool) -> list[type[Problem]]:
    found: list[type[Problem]] = [Unauthorized, Forbidden] if guarded else []
    if "requestBody" in operation:
        found += [BadRequest, PayloadTooLarge]
    if "requestBody" in operation or "parameters" in operation:
        found.append(InvalidPayload)
    return [*found, Unavailable]


def _mention(answers: dict[str, Any], problem: type[Problem]) -> None:
    known = answers.get(str(problem.status))
    if known is None or known.get("description") == "Validation Error":
        answers[str(problem.status)] = {
            "description": f"Problem: `{problem.slug}`",
            "content": {"application/json": {"schema": _SCHEMA}},
        }


def _as_problem(answer: dict[str, Any]) -> None:
    """FastAPI documents a model under its route's media type; problems travel under their own, whatever the route gives."""
    content = answer.get("content", {})
    problems = [media_type for media_type, entry in content.items() if entry.get("schema") == _SCHEMA]
    if problems:
        kept = {media_type: entry for media_type, entry in content.items() if media_type not in problems}
        answer["content"] = {MEDIA_TYPE: {"schema": _SCHEMA}, **kept}
