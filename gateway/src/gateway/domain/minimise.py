"""What of an event an agency may see: its envelope, and of its data the fields a right allows. Pure; no I/O.

Nothing leaves by default but what `data/personal_fields.yaml` calls open; of a type it does not know, nothing of the
data does. A right that names fields lets exactly those through, as dotted paths (`form.child.fullName`; a list is
gone into: `lines.amount`). Several rights add up.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

# Who acted, when, about what: CloudEvents attributes. What is not here is an extension, and does not leave.
ENVELOPE = frozenset(
    {
        "specversion",
        "id",
        "source",
        "type",
        "subject",
        "time",
        "sequence",
        "datacontenttype",
        "dataschema",
        "traceparent",
    }
)


@dataclass
class View:
    """A set of fields as a tree: `whole` means everything below."""

    whole: bool = False
    below: "dict[str, View]" = field(default_factory=dict)

    @classmethod
    def of(cls, paths: Iterable[str]) -> Self:
        """From dotted paths."""
        root = cls()
        for path in paths:
            at: View = root
            for name in path.split("."):
                at = at.below.setdefault(name, View())
            at.whole = True
        return root

    def seen(self, value: Any) -> Any:
        """What of a value is seen. Gives NOTHING where nothing is."""
        if self.whole:
            return value
        if isinstance(value, dict):
            parts = {name: view.seen(value[name]) for name, view in self.below.items() if name in value}
            return {name: part for name, part in parts.items() if part is not NOTHING} or NOTHING
        if isinstance(value, list):
            parts_of = [self.seen(item) for item in value]
            return [part for part in parts_of if part is not NOTHING] or NOTHING
        return NOTHING


NOTHING = object()


def view_of(rights: Sequence[frozenset[str] | None], open_fields: Iterable[str]) -> View:
    """The fields that rights allow together; a right that names none allows the type's open fields."""
    paths: set[str] = set()
    for named in rights:
        paths |= set(open_fields) if named is None else named
    return View.of(paths)


def minimised(event: Mapping[str, Any], view: View) -> dict[str, Any]:
    """The event as its subscriber gets it: always with `data`, be it empty."""
    envelope = {name: value for name, value in event.items() if name in ENVELOPE}
    data = view.seen(event.get("data"))
    return envelope | {"data": {} if data is NOTHING else data}


def minimised_bytes(body: bytes, view: View) -> dict[str, Any]:
    """The same of an event as it stands in the ledger."""
    return minimised(json.loads(body), view)
