"""The four connection modes of the law (hình thức kết nối) and which ways lead to one other side on a day. Pure; calls nobody.

Which modes there are is the law's on sharing data; which of them lead to whom, in which order, is data of the deployment.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Mode(StrEnum):
    """How the city's systems reach a national one."""

    LGSP_AND_NATIONAL = "lgsp-national"  # through the LGSP and the national platform (NDXP)
    NATIONAL = "national"  # through the national platform only
    LGSP = "lgsp"  # through the LGSP only
    DIRECT = "direct"  # straight to the other side


@dataclass(frozen=True, slots=True)
class Route:
    """One way to one other side. `source` is the agreement or law it rests on; both days belong to its time."""

    adapter: str
    mode: Mode
    base_url: str
    valid_from: date | None = None
    valid_to: date | None = None
    source: str = ""

    def in_force(self, day: date) -> bool:
        """Whether the way may be used on that Hanoi day."""
        begun = self.valid_from is None or self.valid_from <= day
        return begun and (self.valid_to is None or day <= self.valid_to)

    def to(self, path: str) -> str:
        """The address of a path by this way."""
        return self.base_url.rstrip("/") + path


def in_force(routes: Iterable[Route], day: date) -> tuple[Route, ...]:
    """The ways of that day, in the order of preference they were given in."""
    return tuple(route for route in routes if route.in_force(day))
