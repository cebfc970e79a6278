"""What a JSON Schema of an OpenAPI document says: rows a person can read, and an example. It makes no HTML and no value up."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from gateway.openapi_documents import Document

Schema = Mapping[str, Any]

_NOTHING = object()


@dataclass(frozen=True)
class Constraint:
    """`length`, `items`, `value`, `pattern`, `each` or `default`, and what it is held to."""

    name: str
    text: str


@dataclass(frozen=True)
class Field:
    """One field: `lines[].amount` is in the objects of a list, `links.*` is under any name."""

    path: str
    kind: str
    required: bool
    constraints: tuple[Constraint, ...]
    choices: tuple[Any, ...]
    description: str


def fields(schema: Schema, document: Document) -> list[Field]:
    """Every field below a schema, each object followed by what is in it."""
    return list(_below("", schema, document, frozenset()))


def field(path: str, schema: Schema, document: Document, *, required: bool) -> Field:
    """The field itself, without what is in it."""
    known = _whole(schema, document)
    item = _whole(known.get("items", {}), document)
    return Field(
        path=path,
        kind=kind(schema, document),
        required=required,
        constraints=tuple(_constraints(known, item)),
        choices=_choices(known) or _choices(item),
        description=known.get("description", ""),
    )


def kind(schema: Schema, document: Document) -> str:
    """A schema in a word or two."""
    known = _whole(schema, document)
    options = _options(known)
    if options:
        words = " | ".join(kind(option, document) for option in options)
    elif known.get("type") == "array":
        words = f"array of {kind(known['items'], document)}" if known.get("items") else "array"
    elif isinstance(known.get("additionalProperties"), Mapping):
        words = f"map of names to {kind(known['additionalProperties'], document)}"
    elif known.get("additionalProperties") is True and "properties" not in known:
        words = "object of any fields"
    else:
        words = ", ".join(str(known[word]) for word in ("type", "format") if word in known)
    return f"{words} | null" if words and known.get("x-nullable") else words


def example(body: Mapping[str, Any], document: Document) -> Any:
    """The example of a body, or the one its schema gives, or one put together from those of its parts; None: there is none."""
    if "example" in body:
        return body["example"]
    for named in body.get("examples", {}).values():
        return named.get("value")
    found = _exemplified(body.get("schema", {}), document, frozenset())
    return None if found is _NOTHING else found


def example_of_parameter(parameter: Mapping[str, Any]) -> Any:
    """The example of a parameter; None: there is none."""
    schema = parameter.get("schema", {})
    return parameter.get("example", schema.get("example", next(iter(schema.get("examples", ())), None)))


def _below(path: str, schema: Schema, document: Document, above: frozenset[str]) -> Iterator[Field]:
    known = _whole(schema, document)
    name = known.get("x-name")
    if name in above:
        return
    above = above | {name} if name else above
    for option in _options(known):
        yield from _below(path, option, document, above)
    for child, inner in known.get("properties", {}).items():
        at = f"{path}.{child}" if path else child
        yield field(at, inner, document, required=child in known.get("required", ()))
        yield from _below(at, inner, document, above)
    if known.get("items"):
        yield from _below(f"{path}[]", known["items"], document, above)
    if isinstance(known.get("additionalProperties"), Mapping):
        yield from _below(f"{path}.*" if path else "*", known["additionalProperties"], document, above)


def _whole(schema: Schema, document: Document) -> Schema:
    """The schema with what it refers to, its own words first; `null or X` is X that may be null (`x-nullable`)."""
    known = dict(schema)
    while True:
        options = _options(known)
        reference = known.pop("$ref", None)
        if reference is not None:
            name = reference.rsplit("/", 1)[-1]
            known = {**document.get("components", {}).get("schemas", {}).get(name, {}), **known, "x-name": name}
        elif len(options) == 1:
            nullable = len(known.pop("anyOf", ())) + len(known.pop("oneOf", ())) > 1
            known = {**options[0], **known, **({"x-nullable": True} if nullable else {})}
        else:
            return known


def _options(schema: Schema) -> list[Schema]:
    return [option for one in ("anyOf", "oneOf") for option in schema.get(one, ()) if option.get("type") != "null"]


def _choices(schema: Schema) -> tuple[Any, ...]:
    return (schema["const"],) if "const" in schema else tuple(schema.get("enum", ()))


def _constraints(schema: Schema, item: Schema) -> Iterator[Constraint]:
    for name, text in (
        ("length", _range(schema, "minLength", "maxLength")),
        ("items", _range(schema, "minItems", "maxItems")),
        ("value", _range(schema, "minimum", "maximum")),
        ("value", _beyond(schema)),
        ("pattern", schema.get("pattern", "")),
        ("each", ", ".join(f"{one.name} {one.text}" for one in _constraints(item, {})) if item else ""),
    ):
        if text:
            yield Constraint(name, text)
    default = schema.get("default")
    if default is not None:
        words = default if default and isinstance(default, str) else json.dumps(default, ensure_ascii=False)
        yield Constraint("default", words)


def _range(schema: Schema, least: str, most: str) -> str:
    low, high = schema.get(least), schema.get(most)
    if low is not None and high is not None:
        return f"{low:.15g}" if low == high else f"{low:.15g}–{high:.15g}"
    return f"≥ {low:.15g}" if low is not None else f"≤ {high:.15g}" if high is not None else ""


def _beyond(schema: Schema) -> str:
    limits = (("> ", "exclusiveMinimum"), ("< ", "exclusiveMaximum"))
    return ", ".join(f"{sign}{schema[limit]:.15g}" for sign, limit in limits if limit in schema)


def _exemplified(schema: Schema, document: Document, above: frozenset[str]) -> Any:
    known = _whole(schema, document)
    if known.get("x-name") in above:
        return _NOTHING
    above = above | {known["x-name"]} if "x-name" in known else above
    given = [known["example"]] if "example" in known else [*known.get("examples", ()), *_choices(known)]
    if given:
        return given[0]
    if known.get("items"):
        item = _exemplified(known["items"], document, above)
        return item if item is _NOTHING else [item]
    if "properties" in known:
        return _exemplified_object(known, document, above)
    return None if known.get("x-nullable") else known.get("default", _NOTHING)


def _exemplified_object(known: Schema, document: Document, above: frozenset[str]) -> Any:
    """What is optional and has no example is left out; without one for what is required there is none."""
    parts = {name: _exemplified(part, document, above) for name, part in known["properties"].items()}
    if any(parts[name] is _NOTHING for name in known.get("required", ()) if name in parts):
        return _NOTHING
    return {name: part for name, part in parts.items() if part is not _NOTHING}
