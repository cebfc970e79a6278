"""Lays out the drawing of who exchanges what with whom: clients left, services right. Geometry only; a template draws it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from gateway.queries.console import Traffic

WIDTH, ROW, TOP, LABEL = 960, 34, 14, 300
_MOST = 24
_CHARACTERS = 40


@dataclass(frozen=True)
class Place:
    """A name at a height."""

    name: str
    shown: str
    y: int


@dataclass(frozen=True)
class Arrow:
    """A flow from a client to a service. `kind`: well, errors or denied; `width` in pixels grows with the logarithm."""

    path: str
    width: float
    kind: str
    flow: Traffic


@dataclass(frozen=True)
class Drawing:
    """Everything that is drawn."""

    height: int
    clients: Sequence[Place]
    services: Sequence[Place]
    arrows: Sequence[Arrow]
    left_out: int


def drawing_of(flows: Sequence[Traffic]) -> Drawing:
    """The drawing of the busiest flows; the table beside it has them all."""
    shown = flows[:_MOST]
    clients = _places([flow.who for flow in shown])
    services = _places([flow.whom for flow in shown])
    left = {place.name: place.y for place in clients}
    right = {place.name: place.y for place in services}
    most = max((flow.exchanges for flow in shown), default=1)
    arrows = [
        Arrow(_curve(left[flow.who], right[flow.whom]), _width(flow.exchanges, most), _kind(flow), flow)
        for flow in shown
    ]
    rows = max(len(clients), len(services), 1)
    return Drawing(2 * TOP + rows * ROW, clients, services, arrows, len(flows) - len(shown))


def _places(names: Sequence[str]) -> list[Place]:
    return [
        Place(name, _short(name), TOP + number * ROW + ROW // 2) for number, name in enumerate(dict.fromkeys(names))
    ]


def _short(name: str) -> str:
    """The end of a name tells it apart: all begin with the same country and class."""
    return name if len(name) <= _CHARACTERS else f"…{name[1 - _CHARACTERS :]}"


def _curve(from_y: int, to_y: int) -> str:
    start, end = LABEL + 8, WIDTH - LABEL - 12
    middle = (start + end) // 2
    return f"M{start} {from_y} C{middle} {from_y} {middle} {to_y} {end} {to_y}"


def _width(exchanges: int, most: int) -> float:
    return round(1.5 + 5 * math.log1p(exchanges) / math.log1p(most), 1) if most else 1.5


def _kind(flow: Traffic) -> str:
    """Red where one call in twenty failed; yellow where the gateway turned as many callers away."""
    if flow.failed * 20 >= flow.exchanges:
        return "bad"
    return "denied" if flow.denied * 20 >= flow.exchanges else "well"
