"""What a changed JSON Schema breaks, in words. Pure: two documents in, sentences out; it reads no file and no code.

A schema that takes *less* than before breaks who writes; one that gives *more* than before breaks who reads. So each
difference is one of two kinds, narrower or wider, and a `Side` says which of them hurts:

    READER   what a caller gets: an HTTP answer          wider breaks: a property may now be absent, null, another type
    WRITER   what a caller sends: an HTTP request        narrower breaks: newly required, fewer values, tighter bounds
    EVENT    both, because the ledger replays old events to new readers, while new events reach old readers

A new optional property breaks nobody: every reader ignores what it does not know. A new value in a list of values breaks
the readers of an event, whose models hold a closed list and would park it; a reader of HTTP answers is told
(contracts/README.md) to expect values that it does not know.
"""

import json
from collections.abc import Iterator, Mapping
from enum import Flag, auto
from itertools import zip_longest
from typing import Any

Schema = Mapping[str, Any]


class Side(Flag):
    """Who is bound by a schema; see the module."""

    READER = auto()
    WRITER = auto()
    CLOSED_LISTS = auto()
    EVENT = READER | WRITER | CLOSED_LISTS


_ANYTHING = "anything"
_AT_LEAST = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
_AT_MOST = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
_EXACT = ("format", "pattern", "multipleOf", "uniqueItems")


def breaking_changes(old: Schema, new: Schema, side: Side) -> list[str]:
    """What `new` breaks for those who rely on `old`; empty if nothing. Both are whole documents: `$ref`s stay inside."""
    return list(dict.fromkeys(Comparison(old, new).changes(old, new, side)))


class Comparison:
    """Two documents side by side; `changes` compares any schema of the one with any of the other."""

    def __init__(self, old_document: Schema, new_document: Schema) -> None:
        self._old = old_document
        self._new = new_document
        # A schema that holds itself is looked into once.
        self._under_way: set[str] = set()

    def changes(self, old: Schema, new: Schema, side: Side, at: str = "") -> Iterator[str]:
        """What is broken in this schema and below it; `at` is its place, as a JSON pointer."""
        pair = json.dumps([old, new, side.value], sort_keys=True)
        if pair in self._under_way:
            return
        self._under_way.add(pair)
        before, after = _by_kind(old, self._old), _by_kind(new, self._new)
        if Side.WRITER in side:
            for kind in _missing(before, after):
                yield f"{at or '/'}: {kind} is no longer taken"
            if "default" in old and old["default"] != new.get("default"):
                means, meant = (json.dumps(value, ensure_ascii=False) for value in (new.get("default"), old["default"]))
                yield f"{at or '/'}: left out, it now means {means}, not {meant}"
        if Side.READER in side:
            for kind in _missing(after, before):
                yield f"{at or '/'}: may now be {kind}"
        for kind in sorted(before.keys() & after.keys()):
            yield from self._branch(before[kind], after[kind], side, at)
        self._under_way.discard(pair)

    def _branch(self, old: Schema, new: Schema, side: Side, at: str) -> Iterator[str]:
        yield from _values(old, new, side, at or "/")
        yield from _bounds(old, new, side, at or "/")
        yield from self._properties(old, new, side, at)
        yield from self._items(old, new, side, at)

    def _properties(self, old: Schema, new: Schema, side: Side, at: str) -> Iterator[str]:
        before, after = old.get("properties", {}), new.get("properties", {})
        was_required, is_required = set(old.get("required", ())), set(new.get("required", ()))
        for name in sorted(before.keys() - after.keys()):
            yield f"{at}/{name}: property removed or renamed"
        for name in sorted(is_required - was_required):
            if Side.WRITER in side:
                yield f"{at}/{name}: property newly required"
        for name in sorted((was_required - is_required) & after.keys()):
            if Side.READER in side:
                yield f"{at}/{name}: property no longer always there"
        for name in sorted(before.keys() & after.keys()):
            yield from self.changes(before[name], after[name], side, f"{at}/{name}")
        yield from self._others(old.get("additionalProperties", True), new.get("additionalProperties", True), side, at)

    def _others(self, old: Schema | bool, new: Schema | bool, side: Side, at: str) -> Iterator[str]:
        """Properties that are not named."""
        if isinstance(old, Mapping) and isinstance(new, Mapping):
            yield from self.changes(old, new, side, f"{at}/*")
        elif old is not False and new is not True and old != new and Side.WRITER in side:
            yield f"{at}/*: properties that are not named are no longer taken as before"
        elif isinstance(old, Mapping) and new is True and Side.READER in side:
            yield f"{at}/*: properties that are not named may now hold anything"

    def _items(self, old: Schema, new: Schema, side: Side, at: str) -> Iterator[str]:
        if "items" in old and "items" in new:
            yield from self.changes(_schema(old["items"]), _schema(new["items"]), side, f"{at}/[]")
        elif "items" in new and Side.WRITER in side:
            yield f"{at}/[]: items are no longer free"
        elif "items" in old and Side.READER in side:
            yield f"{at}/[]: items may now be anything"
        places = zip_longest(old.get("prefixItems", ()), new.get("prefixItems", ()))
        for index, (before, after) in enumerate(places):
            if before is None or after is None:
                yield f"{at}/{index}: item {'added' if before is None else 'removed'}"
            else:
                yield from self.changes(before, after, side, f"{at}/{index}")


def resolved(schema: Schema, document: Schema) -> Schema:
    """The schema with its `$ref` followed and its `allOf` made one."""
    while "$ref" in schema:
        target: Any = document
        for step in schema["$ref"].removeprefix("#").strip("/").split("/"):
            target = target[step.replace("~1", "/").replace("~0", "~")]
        beside = {key: value for key, value in schema.items() if key != "$ref"}
        schema = {**target, **beside} if beside else target
    if "allOf" not in schema:
        return schema
    merged: dict[str, Any] = {key: value for key, value in schema.items() if key != "allOf"}
    for part in (resolved(part, document) for part in schema["allOf"]):
        properties = {**merged.get("properties", {}), **part.get("properties", {})}
        required = [*merged.get("required", ()), *part.get("required", ())]
        merged = {**part, **merged, "properties": properties, "required": required}
    return merged


def _by_kind(schema: Schema, document: Schema) -> dict[str, Schema]:
    """The alternatives of a schema by kind: by their type, numbered where two have the same."""
    branches: dict[str, Schema] = {}
    for alternative in _alternatives(schema, document):
        types = alternative.get("type") or _types_of_values(alternative)
        for kind in [types] if isinstance(types, str) else types:
            number = sum(name.partition("#")[0] == kind for name in branches)
            branches[f"{kind}#{number + 1}" if number else kind] = alternative
    return branches


def _alternatives(schema: Schema, document: Schema) -> Iterator[Schema]:
    schema = resolved(schema, document)
    parts = schema.get("anyOf") or schema.get("oneOf")
    if not parts:
        yield schema
        return
    outer = {key: value for key, value in schema.items() if key not in {"anyOf", "oneOf"}}
    for part in parts:
        for alternative in _alternatives(part, document):
            yield {**outer, **alternative}


def _missing(kinds: Mapping[str, Schema], among: Mapping[str, Schema]) -> list[str]:
    """Those kinds that the others do not cover: an integer is a number too, and everything is anything."""
    covered = {*among, *({"integer"} if "number" in among else ())}
    return [] if _ANYTHING in among else sorted({kind.partition("#")[0] for kind in kinds.keys() - covered})


def _values(old: Schema, new: Schema, side: Side, place: str) -> Iterator[str]:
    before, after = _listed(old), _listed(new)
    if before is None and after is None:
        return
    if before is None:
        if Side.WRITER in side:
            yield f"{place}: only these values are taken now: {_words(after or [])}"
        return
    if after is None:
        if Side.CLOSED_LISTS in side:
            yield f"{place}: may now hold other values than {_words(before)}"
        return
    if Side.WRITER in side and (gone := [value for value in before if value not in after]):
        yield f"{place}: value no longer taken: {_words(gone)}"
    if Side.CLOSED_LISTS in side and (added := [value for value in after if value not in before]):
        yield f"{place}: value added to a closed list: {_words(added)}"


def _bounds(old: Schema, new: Schema, side: Side, place: str) -> Iterator[str]:
    for rule in (*_AT_LEAST, *_AT_MOST):
        before, after = old.get(rule), new.get(rule)
        if before == after:
            continue
        tighter = before is None or (after is not None and (after > before) is (rule in _AT_LEAST))
        if (Side.WRITER if tighter else Side.READER) in side:
            yield f"{place}: {rule} is {_said(after)}, was {_said(before)}"
    for rule in _EXACT:
        before, after = old.get(rule), new.get(rule)
        if before == after:
            continue
        # To add a rule narrows, to drop one widens, to change one does both.
        hurt = Side.WRITER if before is None else Side.READER if after is None else Side.READER | Side.WRITER
        if hurt & side:
            yield f"{place}: {rule} is {_said(after)}, was {_said(before)}"


def _listed(schema: Schema) -> list[Any] | None:
    if "const" in schema:
        return [schema["const"]]
    return schema.get("enum")


def _types_of_values(schema: Schema) -> list[str]:
    """The types of a schema that names none: those of its listed values, else anything."""
    names = {str: "string", bool: "boolean", int: "integer", float: "number", type(None): "null"}
    return sorted({names.get(type(value), "object") for value in _listed(schema) or ()}) or [_ANYTHING]


def _schema(items: Schema | bool) -> Schema:
    """`items: false`, beside `prefixItems`, takes nothing; `true` anything."""
    return items if isinstance(items, Mapping) else {} if items else {"type": "nothing"}


def _words(values: list[Any]) -> str:
    return ", ".join(map(str, values))


def _said(value: object) -> str:
    return "absent" if value is None else str(value)
