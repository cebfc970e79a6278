"""What of a changed API breaks those who call it today."""

from copy import deepcopy
from typing import Any

import pytest

from sandbox.contracts_files.openapi_comparison import broken_calls

CALL = "POST /v1/dossiers/{}/acceptance"


def document() -> dict[str, Any]:
    body = {"type": "object", "properties": {"note": {"type": "string"}, "kind": {"enum": ["a", "b"]}}, "required": []}
    answer = {"type": "object", "properties": {"code": {"type": "string"}}, "required": ["code"]}
    return {
        "openapi": "3.1.0",
        "paths": {
            "/v1/dossiers/{code}/acceptance": {
                "post": {
                    "parameters": [
                        {"name": "code", "in": "path", "required": True, "schema": {"type": "string"}},
                        {"name": "limit", "in": "query", "schema": {"type": "integer", "maximum": 200}},
                    ],
                    "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/In"}}}},
                    "responses": {
                        "200": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Out"}}}},
                        "409": {"description": "Conflict"},
                    },
                }
            }
        },
        "components": {"schemas": {"In": body, "Out": answer}},
    }


@pytest.fixture
def new() -> dict[str, Any]:
    return document()


def operation(of: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = of["paths"]["/v1/dossiers/{code}/acceptance"]["post"]
    return found


def test_the_same_api_breaks_nobody(new: dict[str, Any]) -> None:
    assert broken_calls(document(), new) == []


def test_additions_break_nobody(new: dict[str, Any]) -> None:
    new["paths"]["/v1/new"] = {"get": {"responses": {}}}
    operation(new)["parameters"].append({"name": "after", "in": "query", "schema": {"type": "string"}})
    operation(new)["responses"]["429"] = {"description": "Too many"}
    new["components"]["schemas"]["In"]["properties"]["more"] = {"type": "string"}
    new["components"]["schemas"]["Out"]["properties"]["more"] = {"type": "string"}
    new["components"]["schemas"]["Out"]["required"].append("more")
    new["components"]["schemas"]["In"]["properties"]["kind"]["enum"].append("c")
    assert broken_calls(document(), new) == []


def test_a_removed_operation_is_told_whether_path_or_method_went(new: dict[str, Any]) -> None:
    new["paths"]["/v1/dossiers/{code}/acceptance"] = {"put": operation(new)}
    assert broken_calls(document(), new) == [f"{CALL}: operation removed"]
    assert broken_calls(document(), {"paths": {}}) == [f"{CALL}: operation removed"]


def test_a_parameter_of_the_path_may_get_another_name(new: dict[str, Any]) -> None:
    renamed = deepcopy(operation(new))
    renamed["parameters"][0]["name"] = "dossier"
    new["paths"] = {"/v1/dossiers/{dossier}/acceptance": {"post": renamed}}
    assert broken_calls(document(), new) == []


def test_a_parameter_newly_required_breaks(new: dict[str, Any]) -> None:
    operation(new)["parameters"][1]["required"] = True
    operation(new)["parameters"].append({"name": "unit", "in": "query", "required": True, "schema": {}})
    said = broken_calls(document(), new)
    assert said == [f"{CALL} query limit: parameter newly required", f"{CALL} query unit: parameter newly required"]


def test_a_removed_or_tighter_parameter_breaks(new: dict[str, Any]) -> None:
    operation(new)["parameters"][1]["schema"]["maximum"] = 100
    assert broken_calls(document(), new) == [f"{CALL} query limit: maximum is 100, was 200"]
    del operation(new)["parameters"][1]
    assert broken_calls(document(), new) == [f"{CALL} query limit: parameter removed"]


def test_parameters_may_stand_at_the_path(new: dict[str, Any]) -> None:
    item = new["paths"]["/v1/dossiers/{code}/acceptance"]
    item["parameters"] = operation(new).pop("parameters")
    assert broken_calls(document(), new) == []


def test_a_request_that_must_hold_more_or_may_hold_less_breaks(new: dict[str, Any]) -> None:
    body = new["components"]["schemas"]["In"]
    body["required"] = ["note"]
    body["properties"]["kind"]["enum"] = ["a"]
    said = broken_calls(document(), new)
    assert said == [f"{CALL} body: /note: property newly required", f"{CALL} body: /kind: value no longer taken: b"]


def test_a_body_newly_required_breaks(new: dict[str, Any]) -> None:
    operation(new)["requestBody"]["required"] = True
    assert broken_calls(document(), new) == [f"{CALL} body: newly required"]


def test_a_removed_answer_breaks(new: dict[str, Any]) -> None:
    del operation(new)["responses"]["409"]
    assert broken_calls(document(), new) == [f"{CALL} answer 409: removed"]


def test_an_answer_that_holds_less_breaks(new: dict[str, Any]) -> None:
    new["components"]["schemas"]["Out"]["properties"] = {}
    new["components"]["schemas"]["Out"]["required"] = []
    assert broken_calls(document(), new) == [f"{CALL} answer 200: /code: property removed or renamed"]


def test_an_answer_in_another_media_type_breaks(new: dict[str, Any]) -> None:
    content = operation(new)["responses"]["200"]["content"]
    content["application/xml"] = content.pop("application/json")
    assert broken_calls(document(), new) == [f"{CALL} answer 200: no longer application/json"]


def test_to_ask_for_a_token_where_none_was_needed_breaks(new: dict[str, Any]) -> None:
    operation(new)["security"] = [{"bearer": []}]
    assert broken_calls(document(), new) == [f"{CALL} security: no token no longer suffices"]
    assert broken_calls(new, document()) == []


def test_to_ask_for_another_scope_breaks_and_for_fewer_does_not(new: dict[str, Any]) -> None:
    one, two = document(), document()
    one["security"] = [{"oauth": ["payment:read"]}]
    two["security"] = [{"oauth": ["payment:read", "payment:write"]}]
    assert broken_calls(one, two) == [f"{CALL} security: oauth payment:read no longer suffices"]
    assert broken_calls(two, one) == []
