"""The pages of docs/ that are tables of the code: settings, events, problems. They repeat what the code says, no more."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pydantic import SecretStr
from pydantic.alias_generators import to_camel
from pydantic.fields import FieldInfo

from chassis.problems import Problem
from chassis.service import Service
from chassis.settings import Settings
from contracts.registry import EVENTS, SUBSCRIPTIONS
from sandbox.contracts_files.event_files import file_of
from sandbox.contracts_files.rooms import HOUSE, FoundProblem

_MADE = "<!-- Made from the code by `make contracts`; change it there. -->\n"

_SETTINGS_INTRO = """\
Every process reads its settings from environment variables when it starts, and refuses to start with one that is wrong. Each
service has its own environment, so the same name means each service's own. Lists and objects are written as JSON.
"""

_EVENTS_INTRO = """\
Events are CloudEvents 1.0 in JSON (structured mode). Every event goes through the gateway, which checks it and keeps it in the
ledger. `contracts/schemas/` has the schema of each `data`, `contracts/examples/` a whole example, and
`contracts/asyncapi.yaml` says on which queue it comes.
"""

_PROBLEMS_INTRO = """\
Every error answer is a problem (RFC 9457, `application/problem+json`). Act on `type`, which is `/problems/` and the slug, and
never on a title, which is for people. Titles come in the language of `Accept-Language`, else in Vietnamese; `messages` has both.
The same list as JSON: `contracts/problems.json`.
"""


def settings_page(services: Sequence[Service]) -> str:
    """`docs/settings.md`: what every service reads, then what each reads besides."""
    parts = [
        _MADE,
        "# Settings\n",
        _SETTINGS_INTRO,
        "## Every service\n",
        _settings_table(Settings, Settings.model_fields),
    ]
    for service in services:
        own = {
            name: field for name, field in service.settings.model_fields.items() if name not in Settings.model_fields
        }
        table = _settings_table(service.settings, own) if own else "Nothing besides.\n"
        parts += [f"## {service.name}\n", table]
    return "\n".join(parts)


def events_page() -> str:
    """`docs/events.md`: every event, whose it is, who listens, what it means."""
    rows = []
    for name, model in EVENTS.items():
        listeners = [service for service, models in SUBSCRIPTIONS.items() if model in models]
        meaning = " ".join((model.__doc__ or "").split())
        file = f"[{name}](../contracts/schemas/{file_of(name)})"
        rows.append((file, f"`{to_camel(model.subject_field)}`", model.producer, ", ".join(listeners), meaning))
    header = ("Event", "Subject", "Stated by", "Heard by", "Meaning")
    return "\n".join([_MADE, "# Events\n", _EVENTS_INTRO, _table(header, rows)])


def problems_page(problems: Sequence[FoundProblem]) -> str:
    """`docs/problems.md`: every problem by its slug."""
    rows = [
        (
            f"`{found.kind.slug}`",
            str(found.kind.status),
            "every service" if found.owner == HOUSE else found.owner,
            found.kind.title.vi,
            found.kind.title.en,
            _meaning(found.kind),
        )
        for found in problems
    ]
    header = ("Slug", "Status", "Of", "Tiêu đề", "Title", "Meaning")
    return "\n".join([_MADE, "# Problems\n", _PROBLEMS_INTRO, _table(header, sorted(rows))])


def problems_file(problems: Sequence[FoundProblem]) -> str:
    """`contracts/problems.json`. `service` is `*` for what every service may answer."""
    entries = [
        {
            "type": f"/problems/{found.kind.slug}",
            "slug": found.kind.slug,
            "status": found.kind.status,
            "service": "*" if found.owner == HOUSE else found.owner,
            "title": {"vi": found.kind.title.vi, "en": found.kind.title.en},
            "meaning": _meaning(found.kind),
        }
        for found in problems
    ]
    entries.sort(key=lambda entry: (entry["slug"], entry["service"]))
    return json.dumps(entries, ensure_ascii=False, indent=2) + "\n"


def _meaning(kind: type[Problem]) -> str:
    """The docstring, without the status that stands in a column of its own."""
    text = " ".join((kind.__doc__ or "").split()).removeprefix(f"{kind.status}: ")
    return text[:1].upper() + text[1:]


def _settings_table(settings: type[Settings], fields: Mapping[str, FieldInfo]) -> str:
    prefix = settings.model_config.get("env_prefix", "")
    schemas = settings.model_json_schema()["properties"]
    rows = [
        (f"`{prefix}{name.upper()}`", _type(schemas[name]), _default(field), field.description or "")
        for name, field in fields.items()
    ]
    return _table(("Variable", "Type", "Default", "What it is for"), rows)


def _type(schema: Mapping[str, Any]) -> str:
    schema = next((part for part in schema.get("anyOf", ()) if part.get("type") != "null"), schema)
    words = {
        "integer": "whole number",
        "number": "number",
        "boolean": "true or false",
        "array": "JSON list",
        "object": "JSON object",
        "string": {"password": "secret text", "path": "path"}.get(schema.get("format", ""), "text"),
    }
    signs = {"minimum": "≥", "exclusiveMinimum": ">", "maximum": "≤", "exclusiveMaximum": "<"}
    bounds = [f"{sign} {schema[rule]}" for rule, sign in signs.items() if rule in schema]
    kind = words.get(schema.get("type", "string"), "text")
    return f"{kind}, {' and '.join(bounds)}" if bounds else kind


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "**must be set**"
    value = field.get_default(call_default_factory=True, validated_data={})
    if value is None:
        return "not set"
    if isinstance(value, SecretStr):
        value = value.get_secret_value()
    # A setting is typed into an environment, so JSON is shown as it would be typed there.
    return f"`{json.dumps(value) if isinstance(value, (dict, tuple, list, bool)) else value}`"


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(_cell(cell) for cell in line) + " |" for line in lines) + "\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
