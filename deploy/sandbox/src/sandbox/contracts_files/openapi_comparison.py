"""What a changed OpenAPI document breaks for those who call the API today, in words. Pure: two documents in, sentences out."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from sandbox.contracts_files.schema_comparison import Comparison, Side, resolved

Document = Mapping[str, Any]
Operation = Mapping[str, Any]

_METHODS = frozenset({"get", "put", "post", "delete", "options", "head", "patch", "trace"})


def broken_calls(old: Document, new: Document) -> list[str]:
    """What `new` breaks for callers of `old`; empty if nothing. The name of a path's parameter may change."""
    before, after = _operations(old), _operations(new)
    found: list[str] = []
    for call, operation in before.items():
        if call not in after:
            found.append(f"{call}: operation removed")
        else:
            found += (f"{call} {said}" for said in _Call(old, new, operation, after[call]).changes())
    return list(dict.fromkeys(found))


def _operations(document: Document) -> dict[str, Operation]:
    return {
        f"{method.upper()} {re.sub(r'{[^}]*}', '{}', path)}": {"parameters": [], **item, **operation}
        | {"parameters": [*item.get("parameters", ()), *operation.get("parameters", ())]}
        for path, item in document.get("paths", {}).items()
        for method, operation in item.items()
        if method in _METHODS
    }


class _Call:
    """One operation in both documents."""

    def __init__(self, old_document: Document, new_document: Document, old: Operation, new: Operation) -> None:
        self._documents = (old_document, new_document)
        self._schemas = Comparison(old_document, new_document)
        self._old = old
        self._new = new

    def changes(self) -> Iterator[str]:
        yield from self._parameters()
        yield from self._body()
        yield from self._answers()
        yield from self._security()

    def _parameters(self) -> Iterator[str]:
        before, after = (
            _parameters(operation, document)
            for operation, document in zip((self._old, self._new), self._documents, strict=True)
        )
        for place in before.keys() - after.keys():
            yield f"{place}: parameter removed"
        for place, parameter in after.items():
            required = parameter.get("required", False)
            if required and not before.get(place, {}).get("required", False):
                yield f"{place}: parameter newly required"
            if place in before:
                old, new = before[place].get("schema", {}), parameter.get("schema", {})
                yield from self._schemas.changes(old, new, Side.WRITER, place)

    def _body(self) -> Iterator[str]:
        old, new = self._old.get("requestBody"), self._new.get("requestBody")
        if new is not None and new.get("required", False) and not (old or {}).get("required", False):
            yield "body: newly required"
        if old is not None:
            yield from self._content(old, new or {}, Side.WRITER, "body")

    def _answers(self) -> Iterator[str]:
        before, after = self._old.get("responses", {}), self._new.get("responses", {})
        for status in before:
            if status not in after:
                yield f"answer {status}: removed"
            else:
                old, new = (
                    resolved(answers[status], document)
                    for answers, document in zip((before, after), self._documents, strict=True)
                )
                yield from self._content(old, new, Side.READER, f"answer {status}")

    def _content(self, old: Document, new: Document, side: Side, where: str) -> Iterator[str]:
        before, after = old.get("content", {}), new.get("content", {})
        for media_type in before:
            if media_type not in after:
                yield f"{where}: no longer {media_type}"
            else:
                schemas = (before[media_type].get("schema", {}), after[media_type].get("schema", {}))
                yield from self._schemas.changes(*schemas, side, f"{where}: ")

    def _security(self) -> Iterator[str]:
        """What sufficed must still suffice: of each old way in, some new way asks for no more."""
        ways_before, ways_after = (
            operation.get("security", document.get("security", [])) or [{}]
            for operation, document in zip((self._old, self._new), self._documents, strict=True)
        )
        for way in ways_before:
            if not any(_asks_no_more(other, way) for other in ways_after):
                yield f"security: {_way(way)} no longer suffices"


def _parameters(operation: Operation, document: Document) -> dict[str, Document]:
    """By place and name; those in the path by their order, as their names never leave the document."""
    parameters: dict[str, Document] = {}
    for parameter in (resolved(each, document) for each in operation["parameters"]):
        inside = parameter["in"]
        in_path = sum(place.startswith("path ") for place in parameters)
        parameters[f"path {in_path + 1}" if inside == "path" else f"{inside} {parameter['name']}"] = parameter
    return parameters


def _asks_no_more(way: Mapping[str, list[str]], than: Mapping[str, list[str]]) -> bool:
    return all(scheme in than and set(scopes) <= set(than[scheme]) for scheme, scopes in way.items())


def _way(way: Mapping[str, list[str]]) -> str:
    return " and ".join(f"{scheme} {' '.join(scopes)}".strip() for scheme, scopes in way.items()) or "no token"
