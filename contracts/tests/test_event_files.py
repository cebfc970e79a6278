"""Schemas and examples of events: they hold each other, and every event that ever was admitted."""

import json
from typing import Any

import jsonschema_rs
import pytest

from contracts.envelope import CloudEvent
from contracts.event import Event
from contracts.registry import EVENTS
from sandbox.contracts_files.event_files import ENVELOPE, example_files, file_of, schema_files

SCHEMAS: dict[str, Any] = {name: json.loads(text) for name, text in schema_files().items()}
EXAMPLES: dict[str, Any] = {name: json.loads(text) for name, text in example_files().items()}

every_event = pytest.mark.parametrize("model", EVENTS.values(), ids=lambda model: model.event_name)


def validator(schema: Any) -> Any:
    return jsonschema_rs.Draft202012Validator(schema, validate_formats=True)


@every_event
def test_an_example_keeps_the_schemas_of_its_data_and_of_the_envelope(model: type[Event]) -> None:
    name = file_of(model.type)
    validator(SCHEMAS[ENVELOPE]).validate(EXAMPLES[name])
    # Without formats: the time of day of a cut-off is Hanoi's, and JSON Schema's `time` wants an offset from UTC.
    jsonschema_rs.Draft202012Validator(SCHEMAS[name], validate_formats=False).validate(EXAMPLES[name]["data"])


@every_event
def test_an_example_is_what_a_subscriber_can_read(model: type[Event]) -> None:
    envelope = CloudEvent.model_validate(EXAMPLES[file_of(model.type)])
    event = model.model_validate(envelope.data)
    assert event == model.from_example()
    assert (envelope.type, envelope.producer) == (model.type, model.producer)
    assert (envelope.subject, envelope.version) == (event.subject, event.version)


@every_event
def test_a_schema_refuses_an_event_without_its_subject(model: type[Event]) -> None:
    data = dict(EXAMPLES[file_of(model.type)]["data"])
    subject = model.model_fields[model.subject_field].alias
    assert subject is not None
    del data[subject]
    assert not jsonschema_rs.Draft202012Validator(SCHEMAS[file_of(model.type)]).is_valid(data)


@every_event
def test_a_schema_takes_an_event_with_a_property_of_tomorrow(model: type[Event]) -> None:
    data = {**EXAMPLES[file_of(model.type)]["data"], "addedTomorrow": 1}
    schema = SCHEMAS[file_of(model.type)]
    assert jsonschema_rs.Draft202012Validator(schema, validate_formats=False).is_valid(data)


def test_properties_are_named_as_on_the_wire() -> None:
    schema = SCHEMAS["payment.fee-assessed.v1.json"]
    assert schema["required"] == ["version", "dossierCode", "total"]


def test_every_example_has_an_id_of_its_own_that_stays() -> None:
    ids = [example["id"] for example in EXAMPLES.values()]
    assert len(set(ids)) == len(EVENTS)
    assert EXAMPLES["payment.fee-assessed.v1.json"]["id"] == "01a12e12-1760-7cb2-bcad-31f576336fb3"
    assert {example[14] for example in ids} == {"7"}
    assert {example[19] for example in ids} <= set("89ab")


def test_making_the_files_again_gives_the_same() -> None:
    assert (schema_files(), example_files()) == (schema_files(), example_files())
