"""How often a JSON Schema looks at one place of a document, at worst: what refers on doubles with each step. Pure; it holds no data."""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any
from urllib.parse import unquote

from gateway.domain.agency_event import DEEPEST

MOST_VISITS = 1000
_LISTS_HERE = ("allOf", "anyOf", "oneOf")
_HERE = ("not", "if", "then", "else", "propertyNames")


class NotCountable(ValueError):
    """A reference leads to what is no place of the schema, or too far."""


def visits(schema: Mapping[str, Any]) -> int:
    """The most that any one place is looked at, by documents of at most DEEPEST levels. Raises NotCountable.

    Counted no further than is needed to say that it is more than MOST_VISITS.
    """
    try:
        return _Count(schema).at(schema, DEEPEST)
    except RecursionError:
        raise NotCountable("its references lead too far") from None


class _Count:
    def __init__(self, root: Mapping[str, Any]) -> None:
        self._root = root
        self._named = dict(_anchors(root))
        self._known: dict[tuple[int, int], int] = {}

    def at(self, schema: Any, levels: int) -> int:
        """Of a schema at a place that has so many levels below it."""
        if not isinstance(schema, dict):
            return 1
        key = id(schema), levels
        if key not in self._known:
            self._known[key] = 0  # one that leads back to itself at the same place is looked at once by the library
            self._known[key] = min(self._counted(schema, levels), MOST_VISITS + 1)
        return self._known[key]

    def _counted(self, schema: Mapping[str, Any], levels: int) -> int:
        here = sum(self.at(part, levels) for part in self._in_place(schema))
        if levels == 0 or here > MOST_VISITS:
            return 1 + here
        below = partial(self.at, levels=levels - 1)

        def one(*names: str) -> int:
            return max((below(schema[name]) for name in names if name in schema), default=0)

        # Of what is named or numbered apart, one alone looks at a place; what matches or contains looks at it as well.
        named = max(map(below, _values(schema.get("properties"))), default=0)
        named += sum(map(below, _values(schema.get("patternProperties"))))
        in_object = max(named, one("additionalProperties", "unevaluatedProperties"))
        numbered = max(map(below, _values(schema.get("prefixItems"))), default=0)
        in_list = max(numbered, one("items", "unevaluatedItems")) + one("contains")
        return 1 + here + max(in_object, in_list)

    def _in_place(self, schema: Mapping[str, Any]) -> Iterator[Any]:
        for name in _LISTS_HERE:
            yield from _values(schema.get(name))
        yield from (schema[name] for name in _HERE if name in schema)
        yield from _values(schema.get("dependentSchemas"))
        yield from (self._target(str(schema[name])) for name in ("$ref", "$dynamicRef") if name in schema)

    def _target(self, reference: str) -> Any:
        fragment = unquote(reference.removeprefix("#"))
        if fragment and not fragment.startswith("/"):
            if fragment not in self._named:
                raise NotCountable("a reference leads nowhere")
            return self._named[fragment]
        found: Any = self._root
        for part in fragment.split("/")[1:]:
            name = part.replace("~1", "/").replace("~0", "~")
            try:
                found = found[int(name)] if isinstance(found, list) else found[name]
            except (LookupError, ValueError, TypeError):
                raise NotCountable("a reference leads nowhere") from None
        return found


def _anchors(root: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    waiting: list[Any] = [root]
    while waiting:
        here = waiting.pop()
        if isinstance(here, dict):
            if "$id" in here and here is not root:
                raise NotCountable("a part of it has an $id of its own")
            yield from ((str(here[name]), here) for name in ("$anchor", "$dynamicAnchor") if name in here)
            waiting += here.values()
        elif isinstance(here, list):
            waiting += here


def _values(part: Any) -> list[Any]:
    return list(part.values()) if isinstance(part, dict) else part if isinstance(part, list) else []
