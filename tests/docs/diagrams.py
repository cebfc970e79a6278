"""Draws the lifecycles from their tables as Mermaid, and puts them into docs/architecture.md. It invents no edge.

.venv/bin/python -m tests.docs.diagrams
"""

import re
from collections.abc import Callable, Iterable, Mapping
from enum import Enum
from pathlib import Path
from typing import Any

from catalog.domain import versions
from civil_registry.domain import lifecycle as birth_case
from gateway.domain import access_request, document, event_type, ministry_case, national_payment, partners, subscription
from payment.domain import lifecycle as payment
from submission.domain import lifecycle as dossier
from tests.docs.pages import ROOT

ARCHITECTURE = ROOT / "docs" / "architecture.md"

Edge = tuple[Enum | None, str, Enum]


def drawn(edges: Iterable[Edge], *starts: Enum) -> str:
    """A Mermaid state diagram. `starts`: where it begins, if the table has no edge from nothing."""
    rows = list(edges)
    lines = ["stateDiagram-v2"]
    lines += [f"    [*] --> {start.name}" for start in starts]
    lines += [f"    {origin.name if origin else '[*]'} --> {to.name} : {label}" for origin, label, to in rows]
    ends = dict.fromkeys(to for _, _, to in rows if all(origin is not to for origin, _, _ in rows))
    return "\n".join([*lines, *(f"    {end.name} --> [*]" for end in ends)]) + "\n"


def _obligation() -> str:
    return drawn(
        (origin, f"{action} / {event.type.split('.')[-2]}" if event else str(action), to)
        for (origin, action), (to, event) in payment.OBLIGATION.items()
    )


def _birth_case() -> str:
    edges = (
        (origin, f"{step} / {event.type.split('.')[-2]}", to)
        for (origin, step), (to, event) in birth_case.TRANSITIONS.items()
    )
    return drawn(edges, birth_case.CaseState.OPEN)


def _attempt() -> str:
    edges = ((origin, str(outcome), to) for (origin, outcome), to in payment.ATTEMPT.items())
    return drawn(edges, payment.AttemptState.CREATED)


def _plain(transitions: Mapping[Any, Any], *starts: Enum) -> Callable[[], str]:
    """Of a table whose keys are state and step, and whose values are states."""
    return lambda: drawn(((origin, str(step), to) for (origin, step), to in transitions.items()), *starts)


DIAGRAMS: Mapping[str, Callable[[], str]] = {
    "dossier": dossier.diagram,
    "obligation": _obligation,
    "payment attempt": _attempt,
    "birth case": _birth_case,
    "ministry case": _plain(ministry_case.TRANSITIONS, ministry_case.State.TO_PUSH),
    "procedure version": _plain(versions.TRANSITIONS, versions.Status.DRAFT),
    "registration": _plain(partners.TRANSITIONS, partners.State.REQUESTED, partners.State.APPROVED),
    "access request": _plain(access_request.TRANSITIONS, access_request.RequestState.WAITING),
    "subscription": _plain(subscription.TRANSITIONS, subscription.State.REQUESTED, subscription.State.ACTIVE),
    "event type": _plain(event_type.TRANSITIONS, partners.State.REQUESTED),
    "document": _plain(document.TRANSITIONS, document.State.QUEUED, document.State.RECEIVED),
    "national payment": _plain(national_payment.TRANSITIONS, national_payment.State.REQUESTED),
}
"""Every lifecycle of the house, by the name its place in the page has."""

_BLOCK = re.compile(r"<!-- diagram: ([a-z ]+) -->\n```mermaid\n(.*?)```\n", re.DOTALL)


def shown(page: str) -> dict[str, str]:
    """The diagrams that a page holds."""
    return dict(_BLOCK.findall(page))


def remade(page: str) -> str:
    """The page with each diagram as its table has it now."""
    return _BLOCK.sub(
        lambda block: f"<!-- diagram: {block.group(1)} -->\n```mermaid\n{DIAGRAMS[block.group(1)]()}```\n", page
    )


def put(file: Path = ARCHITECTURE) -> None:
    """Write the diagrams into the page."""
    file.write_text(remade(file.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    put()
