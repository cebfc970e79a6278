"""The AsyncAPI document: that it stands as AsyncAPI 3 wants it, and says of the bus what the registry says."""

import json
from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest
import yaml

from contracts.registry import EVENTS, SUBSCRIPTIONS
from sandbox.contracts_files.asyncapi import asyncapi_file
from sandbox.contracts_files.event_files import example_files, file_of, schema_files

DOCUMENT: dict[str, Any] = yaml.safe_load(asyncapi_file())
SCHEMAS = {f"schemas/{name}": json.loads(text) for name, text in schema_files().items()}


def references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for key, value in node.items():
            if key != "examples":
                yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


def found(reference: str) -> Any:
    """What a reference leads to, or KeyError."""
    file, _, pointer = reference.partition("#")
    node = SCHEMAS[file] if file else DOCUMENT
    for step in filter(None, pointer.split("/")):
        node = node[step.replace("~1", "/").replace("~0", "~")]
    return node


def test_every_reference_leads_somewhere() -> None:
    all_references = list(references(DOCUMENT))
    assert len(all_references) > 5 * len(EVENTS)
    for reference in all_references:
        assert found(reference), reference


def test_the_document_has_what_asyncapi_requires() -> None:
    assert DOCUMENT["asyncapi"] == "3.0.0"
    assert {"title", "version"} <= DOCUMENT["info"].keys()
    for server in DOCUMENT["servers"].values():
        assert {"host", "protocol"} <= server.keys()
    for name, channel in DOCUMENT["channels"].items():
        assert channel["address"] == name
        binding = channel["bindings"]["amqp"]
        assert ("queue" in binding) is (binding["is"] == "queue")
        assert ("exchange" in binding) is (binding["is"] == "routingKey")
    for operation in DOCUMENT["operations"].values():
        assert operation["action"] in {"send", "receive"}
        assert operation["channel"]["$ref"].startswith("#/channels/")


def test_the_messages_of_an_operation_are_messages_of_its_channel() -> None:
    for operation in DOCUMENT["operations"].values():
        for message in operation.get("messages", ()):
            assert message["$ref"].startswith(operation["channel"]["$ref"] + "/messages/")


def test_each_service_sends_its_own_events_and_no_others() -> None:
    sent = {
        found(found(message["$ref"])["$ref"])["name"]: name.removesuffix(".state")
        for name, operation in DOCUMENT["operations"].items()
        if name.endswith(".state")
        for message in operation["messages"]
    }
    assert sent == {name: model.producer for name, model in EVENTS.items()}


@pytest.mark.parametrize("service", [service for service, models in SUBSCRIPTIONS.items() if models])
def test_each_queue_holds_what_its_service_subscribes_to(service: str) -> None:
    channel = DOCUMENT["channels"][f"{service}.events"]
    names = {found(message["$ref"])["name"] for message in channel["messages"].values()}
    assert names == {model.type for model in SUBSCRIPTIONS[service]}
    operation = DOCUMENT["operations"][f"{service}.hear"]
    assert (operation["action"], operation["channel"]["$ref"]) == ("receive", f"#/channels/{service}.events")


@pytest.mark.parametrize("model", EVENTS.values(), ids=lambda model: model.event_name)
def test_a_message_takes_the_example_of_its_event_and_refuses_another(model: Any) -> None:
    payload = DOCUMENT["components"]["messages"][model.__name__]["payload"]
    schema = _with_files_inside(payload)
    examples = {name: json.loads(text) for name, text in example_files().items()}
    own = examples.pop(file_of(model.type))
    validator = jsonschema_rs.Draft202012Validator(schema, validate_formats=False)
    validator.validate(own)
    assert not any(validator.is_valid(other) for other in examples.values())


def _with_files_inside(payload: Any) -> Any:
    """The payload with each file that it refers to put in its place, as a schema resource of its own."""
    if isinstance(payload, dict):
        if payload.get("$ref") in SCHEMAS:
            return {"$id": f"test:/{payload['$ref']}", **SCHEMAS[payload["$ref"]]}
        return {key: _with_files_inside(value) for key, value in payload.items()}
    return [_with_files_inside(value) for value in payload] if isinstance(payload, list) else payload
