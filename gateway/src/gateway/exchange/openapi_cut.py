"""An OpenAPI document cut to what one client may call of it, at the addresses of the exchange. Pure; it decides no right."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

_METHODS = frozenset({"get", "put", "post", "delete", "options", "head", "patch"})
_REFERENCE = "#/components/"


def cut(document: Mapping[str, Any], *, below: str, at: str, allowed: Callable[[str, str], bool]) -> dict[str, Any]:
    """The operations below a path of the document that `allowed(method, rest of the path)` lets pass, and what they refer to.

    `at` is the address that stands for `below`, with a leading slash. Who may call is told by grants, so the document's own
    security is left out.
    """
    server, slash, code = at.rpartition("/")
    paths: dict[str, Any] = {}
    for path, item in document.get("paths", {}).items():
        if path != below and not path.startswith(below + "/"):
            continue
        rest = path[len(below) :]
        kept = {
            name: _open(part)
            for name, part in item.items()
            if name not in _METHODS or allowed(name.upper(), rest.strip("/"))
        }
        if _METHODS & kept.keys():
            paths[slash + code + rest] = kept
    whole = {
        "openapi": document.get("openapi", "3.1.0"),
        "info": document.get("info", {}),
        "servers": [{"url": server}],
        "paths": paths,
    }
    components = _components(document.get("components", {}), paths)
    return {**whole, "components": components} if components else whole


def _open(part: Any) -> Any:
    return {name: value for name, value in part.items() if name != "security"} if isinstance(part, Mapping) else part


def _components(components: Mapping[str, Any], paths: Mapping[str, Any]) -> dict[str, Any]:
    """Those that the paths refer to, and those that these refer to."""
    found: dict[str, Any] = {}
    waiting = list(_references(paths))
    seen: set[tuple[str, str]] = set()
    while waiting:
        kind, _, name = waiting.pop().partition("/")
        part = components.get(kind, {}).get(name)
        if (kind, name) in seen or part is None:
            continue
        seen.add((kind, name))
        found.setdefault(kind, {})[name] = part
        waiting.extend(_references(part))
    return found


def _references(part: Any) -> Iterator[str]:
    if isinstance(part, Mapping):
        reference = part.get("$ref")
        if isinstance(reference, str) and reference.startswith(_REFERENCE):
            yield reference.removeprefix(_REFERENCE)
        for value in part.values():
            yield from _references(value)
    elif isinstance(part, list):
        for value in part:
            yield from _references(value)
