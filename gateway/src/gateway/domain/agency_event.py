"""An event that an agency publishes into the city: its envelope, its type's name, its time, its signature. Pure; stores nothing."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from pydantic import Field, ValidationError

from contracts.envelope import CloudEvent
from contracts.event import EVENT_PREFIX

TYPE = re.compile(r"[a-z0-9]+(?:\.[a-z0-9]+(?:-[a-z0-9]+)*){2,8}\.v[1-9][0-9]{0,2}")
LONGEST_TYPE = 200
DEEPEST = 40
"""Levels of a JSON document: what is cut to a subscriber's fields is gone through level by level, as deep as it is."""


class AgencyEvent(CloudEvent):
    """A CloudEvent whose `source` is the subsystem that states it. Without a `sequence` its subject has no order."""

    source: str = Field(pattern=r"^/[^/\s]+/[^/\s]+/[^/\s]+/[^/\s]+$", max_length=300)
    sequence: str = Field(default="0000000000", pattern=r"^\d{10}$")
    subject: str = Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")


@dataclass(frozen=True)
class Fault:
    """What is wrong with one event of a batch: where (JSON pointer), by which rule."""

    index: int
    where: str
    rule: str


@dataclass(frozen=True)
class Stated:
    """An event that may enter: its envelope, and the bytes the ledger keeps."""

    id: UUID
    type: str
    subject: str
    body: bytes


Validator = Callable[[Any], Sequence[tuple[str, str]]]
"""Holds data against a type's schema: the faults, as place and rule."""


def is_type_name(name: str) -> bool:
    """Whether an agency may give this name to a type: reverse DNS, ends in its version, and is not one of the city's."""
    return (
        len(name) <= LONGEST_TYPE
        and TYPE.fullmatch(name) is not None
        and not (name + ".").startswith(f"{EVENT_PREFIX}.")
    )


def is_too_deep(document: Any) -> bool:
    """Whether objects and lists lie in one another deeper than anybody will go through them."""
    level, depth = [document], 0
    while level and depth <= DEEPEST:
        nested = [item for item in level if isinstance(item, dict | list)]
        level = [inner for item in nested for inner in (item.values() if isinstance(item, dict) else item)]
        depth += 1
    return bool(level)


def stated(
    documents: Sequence[Any],
    source: str,
    schemas: Mapping[str, Validator],
    now: datetime,
    *,
    most_ahead: timedelta,
    most_behind: timedelta,
) -> tuple[list[Stated], list[Fault]]:
    """Judge a batch. `source` is who the caller proved to be; `schemas` the types it owns; `now` the machine's time."""
    good: list[Stated] = []
    faults: list[Fault] = []
    for index, document in enumerate(documents):
        try:
            event = AgencyEvent.model_validate(document)
        except ValidationError as error:
            faults += [Fault(index, _pointer(item["loc"]), item["type"]) for item in error.errors(include_input=False)]
            continue
        found = _faults(index, event, source, schemas, now, most_ahead, most_behind)
        faults += found
        if not found:
            good.append(Stated(event.id, event.type, event.subject, _bytes(document)))
    ids = [event.id for event in good]
    twice = {event_id for event_id in ids if ids.count(event_id) > 1} if len(set(ids)) < len(ids) else set()
    faults += [Fault(index, "/id", "twice_in_batch") for index, event in enumerate(good) if event.id in twice]
    return good, faults


def _faults(
    index: int,
    event: AgencyEvent,
    source: str,
    schemas: Mapping[str, Validator],
    now: datetime,
    most_ahead: timedelta,
    most_behind: timedelta,
) -> list[Fault]:
    found: list[Fault] = []
    if event.source != f"/{source}":
        found.append(Fault(index, "/source", "not_the_caller"))
    if event.time > now + most_ahead:
        found.append(Fault(index, "/time", "in_the_future"))
    if event.time < now - most_behind:
        found.append(Fault(index, "/time", "too_old"))
    validate = schemas.get(event.type)
    if validate is None:
        found.append(Fault(index, "/type", "not_yours"))
    else:
        found += [Fault(index, f"/data{where}", rule) for where, rule in validate(event.data)]
    return found


def _bytes(document: Any) -> bytes:
    """One event of a batch as the ledger keeps it: as it was sent, but for white space and the escaping of letters."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def _pointer(place: Sequence[int | str]) -> str:
    return "".join(f"/{part}" for part in place)
