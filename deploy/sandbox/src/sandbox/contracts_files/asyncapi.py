"""The AsyncAPI 3 document of the bus: channels, messages and who sends and receives them. Made from the registry, adds nothing."""

from typing import Any

import yaml

from chassis.bus.rabbitmq import EVENTS as EVENTS_EXCHANGE
from chassis.bus.rabbitmq import INGRESS, events_queue
from contracts.envelope import CONTENT_TYPE
from contracts.event import Event
from contracts.registry import EVENTS, SERVICES, SUBSCRIPTIONS
from sandbox.contracts_files.event_files import ENVELOPE, example_of, file_of

ROUTER = "gateway"
_BINDING = "0.3.0"

_DESCRIPTION = """\
Every service states its events at the gateway (`lgsp.ingress`). The gateway checks form, schema and the sender's right to
state them, writes them to its ledger, and sends them on (`lgsp.events`) to the queues of those who subscribe, in the
order of the ledger. Delivery is at least once: keep the ids you have handled. Events of one subject keep their order,
and `sequence` is the version that the subject reached.
"""


def asyncapi_file() -> str:
    """The whole document, as YAML."""
    document = {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Liên Thông: the events between the services",
            "version": "1.0.0",
            "description": _DESCRIPTION,
            "license": {"name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"},
        },
        "defaultContentType": CONTENT_TYPE,
        "servers": {"broker": _server()},
        "channels": _channels(),
        "operations": _operations(),
        "components": {
            "messages": {_name(model): _message(model) for model in EVENTS.values()},
            "securitySchemes": {
                "brokerUser": {
                    "type": "userPassword",
                    "description": "One broker user for each service: it writes to `lgsp.ingress`, reads its own queue, no more",
                }
            },
        },
    }
    return yaml.dump(document, Dumper=_PlainDumper, sort_keys=False, allow_unicode=True, width=110)


def _server() -> dict[str, Any]:
    return {
        "host": "{host}:5672",
        "protocol": "amqp",
        "protocolVersion": "0.9.1",
        "title": "RabbitMQ",
        "description": "The city's broker. The all-in-one sandbox has none: there the same events pass inside the process.",
        "variables": {"host": {"default": "rabbitmq", "description": "Where this installation's RabbitMQ is"}},
        "security": [{"$ref": "#/components/securitySchemes/brokerUser"}],
        "bindings": {"amqp": {}},
    }


def _channels() -> dict[str, Any]:
    everything = tuple(EVENTS.values())
    heard = tuple(model for model in everything if any(model in models for models in SUBSCRIPTIONS.values()))
    channels = {
        INGRESS: _channel(
            "The gateway's ingress: every event is sent here, by the service that states it.",
            everything,
            exchange=_exchange(INGRESS, "fanout"),
        ),
        EVENTS_EXCHANGE: _channel(
            "What the gateway sends on, routed by the event's type to each queue that is bound to it.",
            heard,
            exchange=_exchange(EVENTS_EXCHANGE, "topic"),
        ),
    }
    for service, models in SUBSCRIPTIONS.items():
        if models:
            queue = events_queue(service)
            channels[queue] = _channel(
                f"What {service} subscribes to. A quorum queue with a single active consumer: order is kept.",
                models,
                queue={"name": queue, "durable": True, "exclusive": False, "autoDelete": False, "vhost": "/"},
            )
    return channels


def _channel(description: str, models: tuple[type[Event], ...], **place: dict[str, Any]) -> dict[str, Any]:
    ((kind, binding),) = place.items()
    return {
        "address": binding["name"],
        "description": description,
        "messages": {_name(model): {"$ref": f"#/components/messages/{_name(model)}"} for model in models},
        "bindings": {
            "amqp": {"is": "queue" if kind == "queue" else "routingKey", kind: binding, "bindingVersion": _BINDING}
        },
    }


def _exchange(name: str, kind: str) -> dict[str, Any]:
    return {"name": name, "type": kind, "durable": True, "autoDelete": False, "vhost": "/"}


def _operations() -> dict[str, Any]:
    operations: dict[str, Any] = {}
    for service in SERVICES:
        stated = [model for model in EVENTS.values() if model.producer == service]
        if stated:
            operations[f"{service}.state"] = _operation(
                "send", INGRESS, f"{service} states what happened in it.", stated
            )
    operations[f"{ROUTER}.route"] = _operation(
        "receive", INGRESS, "The gateway checks each event and records it in the ledger, or puts it in quarantine."
    )
    operations[f"{ROUTER}.distribute"] = _operation(
        "send", EVENTS_EXCHANGE, "The gateway sends on what somebody subscribes to, in the order of the ledger."
    )
    for service, models in SUBSCRIPTIONS.items():
        if models:
            operations[f"{service}.hear"] = _operation(
                "receive", events_queue(service), f"{service} acts on what others stated."
            )
    return operations


def _operation(action: str, channel: str, summary: str, models: list[type[Event]] | None = None) -> dict[str, Any]:
    """Without `models`, all messages of the channel, as AsyncAPI defines it."""
    operation: dict[str, Any] = {
        "action": action,
        "channel": {"$ref": f"#/channels/{channel}"},
        "summary": summary,
    }
    if models is not None:
        operation["messages"] = [{"$ref": f"#/channels/{channel}/messages/{_name(model)}"} for model in models]
    return operation


def _message(model: type[Event]) -> dict[str, Any]:
    return {
        "name": model.type,
        "title": model.__name__,
        "summary": " ".join((model.__doc__ or "").split()),
        "contentType": CONTENT_TYPE,
        "payload": {
            "allOf": [
                {"$ref": f"schemas/{ENVELOPE}"},
                {
                    "type": "object",
                    "properties": {
                        "type": {"const": model.type},
                        "source": {"const": f"/{model.producer}"},
                        "data": {"$ref": f"schemas/{file_of(model.type)}"},
                    },
                },
            ]
        },
        "examples": [{"name": "example", "payload": example_of(model)}],
    }


def _name(model: type[Event]) -> str:
    return model.__name__


class _PlainDumper(yaml.SafeDumper):
    """Writes a value out each time, instead of YAML's anchors that a reader would have to chase."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 - the name and parameters are PyYAML's
        return True

    def represent_text(self, text: str) -> yaml.ScalarNode:
        """Paragraphs as they are written, line by line."""
        return self.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_PlainDumper.add_representer(str, _PlainDumper.represent_text)
