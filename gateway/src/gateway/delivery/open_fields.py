"""Reads which fields of which event are personal and which are open (`data/personal_fields.yaml`). It decides nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import yaml


@dataclass(frozen=True)
class Fields:
    """The fields of an event type's data, top level: `personal` ones need a right that names them."""

    open: frozenset[str]
    personal: frozenset[str]


@cache
def classified() -> Mapping[str, Fields]:
    """By event type."""
    document = yaml.safe_load((files("gateway") / "data" / "personal_fields.yaml").read_text(encoding="utf-8"))
    return {
        entry["type"]: Fields(frozenset(_flat(entry["open"])), frozenset(_flat(entry.get("personal", ()))))
        for entry in document["events"]
    }


def open_fields(event_type: str) -> frozenset[str]:
    """What of a type's data is not personal; nothing, where the file does not know the type."""
    known = classified().get(event_type)
    return known.open if known is not None else frozenset()


def _flat(names: object) -> list[str]:
    """YAML has no way to join two lists: a list within a list is the fields that several types have in common."""
    if isinstance(names, list | tuple):
        return [name for part in names for name in _flat(part)]
    return [str(names)]
