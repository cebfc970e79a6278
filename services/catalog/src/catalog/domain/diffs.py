"""What changed between two versions of a procedure, part by part. Pure: two JSON documents in, changes out.

A change is in the manner of RFC 6902: a JSON pointer, an operation, and here also the value before and after. Rows of a
list are matched by what names them (id, code, channel, number), not by where they stand: a row that is moved is not a
row that is taken out and another put in.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

Op = Literal["add", "remove", "replace", "move"]


@dataclass(frozen=True)
class Change:
    """One difference. `names` are the keys of the rows that the pointer goes through, from the outside in.

    The pointer leads into the newer document for `add` and `move`, into the older one for `remove` and `replace`. `move`
    is of a whole list: `before` and `after` are the keys that both have, in the order of each.
    """

    op: Op
    pointer: str
    before: Any = None
    after: Any = None
    names: tuple[str, ...] = ()


_KEYS: dict[str, Callable[[Any], Any]] = {
    "legalSources": lambda row: row["number"],
    "timeLimits": lambda row: (row["channel"], row.get("case")),
    "fees": lambda row: row["id"],
    "tiers": lambda row: row.get("upTo"),
    "components": lambda row: row["code"],
    "cases": lambda row: row["code"] if isinstance(row, dict) else row,
    "steps": lambda row: row.get("case") if isinstance(row, dict) else row,
    "results": lambda row: row["code"],
    "offerings": lambda row: (row["validFrom"], row.get("units"), row["channels"]),
}
_ORDERED = {"fees", "steps", "tiers"}
"""Lists whose order says something: the first fee rule that holds counts, steps follow each other."""


def changes(before: dict[str, Any], after: dict[str, Any]) -> tuple[Change, ...]:
    """Every difference between the content of two versions, in the order of their parts."""
    return tuple(_objects(before, after, "", ()))


def _values(before: Any, after: Any, name: str, pointer: str, names: tuple[str, ...]) -> Iterator[Change]:
    if isinstance(before, dict) and isinstance(after, dict):
        yield from _objects(before, after, pointer, names)
    elif isinstance(before, list) and isinstance(after, list):
        yield from _lists(before, after, name, pointer, names)
    elif _differ(before, after):
        yield Change("replace", pointer, before, after, names)


def _objects(before: dict[str, Any], after: dict[str, Any], pointer: str, names: tuple[str, ...]) -> Iterator[Change]:
    for name in [*before, *(name for name in after if name not in before)]:
        at = f"{pointer}/{_escaped(name)}"
        if name not in after:
            yield Change("remove", at, before=before[name], names=names)
        elif name not in before:
            yield Change("add", at, after=after[name], names=names)
        else:
            yield from _values(before[name], after[name], name, at, names)


def _lists(
    before: Sequence[Any], after: Sequence[Any], name: str, pointer: str, names: tuple[str, ...]
) -> Iterator[Change]:
    old, new = _keyed(before, name), _keyed(after, name)
    for key, (index, row) in old.items():
        at, path = f"{pointer}/{index}", (*names, _told(key))
        if key not in new:
            yield Change("remove", at, before=row, names=path)
        else:
            yield from _values(row, new[key][1], "", at, path)
    for key, (index, row) in new.items():
        if key not in old:
            yield Change("add", f"{pointer}/{index}", after=row, names=(*names, _told(key)))
    stayed, stay = [key for key in old if key in new], [key for key in new if key in old]
    if name in _ORDERED and stayed != stay:
        yield Change("move", pointer, [_told(key) for key in stayed], [_told(key) for key in stay], names)


def _keyed(rows: Sequence[Any], name: str) -> dict[str, tuple[int, Any]]:
    """Rows by their key; a second row of the same key is told from the first by its count."""
    found: dict[str, tuple[int, Any]] = {}
    for index, row in enumerate(rows):
        plain = key = _text(_KEYS[name](row) if name in _KEYS and _keyable(row, name) else row)
        count = 1
        while key in found:
            count += 1
            key = f"{plain} #{count}"
        found[key] = (index, row)
    return found


def _keyable(row: Any, name: str) -> bool:
    """Whether a row is one of ours: a form may well have a property of its own that is called `fees`."""
    try:
        _KEYS[name](row)
    except (KeyError, TypeError, AttributeError):
        return False
    return True


def _text(key: Any) -> str:
    return json.dumps(key, ensure_ascii=False, sort_keys=True)


def _told(key: str) -> str:
    """A key as a person reads it: without the marks that JSON puts around text."""
    try:
        value = json.loads(key)
    except ValueError:  # a second row of the same key
        return key
    if isinstance(value, list):
        return ", ".join(str(part) for part in value if part is not None)
    return value if isinstance(value, str) else key


def _differ(before: Any, after: Any) -> bool:
    """1 and true are equal in Python, and are not the same JSON."""
    return type(before) is not type(after) or bool(before != after)


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")
