"""A measured figure, its aim, and what it is held against. How it is shown is the report's."""

from dataclasses import dataclass, field
from statistics import median


@dataclass(frozen=True)
class Aim:
    """The number to hold: at least, or at most."""

    bound: float
    at_least: bool = False

    def met(self, value: float) -> bool:
        return value >= self.bound if self.at_least else value <= self.bound


def at_least(bound: float) -> Aim:
    return Aim(bound, at_least=True)


def at_most(bound: float) -> Aim:
    return Aim(bound)


@dataclass(frozen=True)
class Reference:
    """What the same machine does without us, measured in the same run; `rounds` in the order of the figure's own."""

    name: str
    rounds: tuple[float, ...]

    @property
    def value(self) -> float:
        return median(self.rounds)


@dataclass(frozen=True)
class Figure:
    """One line of the table: the median of its rounds. `name` is stable: it is the key in the JSON file."""

    name: str
    shown: str
    unit: str
    rounds: tuple[float, ...]
    aim: Aim | None = None
    references: tuple[Reference, ...] = ()

    @property
    def value(self) -> float:
        return median(self.rounds)

    @property
    def met(self) -> bool | None:
        """None where there is no aim."""
        return None if self.aim is None else self.aim.met(self.value)

    def ratio(self, reference: Reference) -> float:
        """The median of the rounds' own ratios: what slowed a round down slowed both."""
        pairs = zip(self.rounds, reference.rounds, strict=True)
        return median(own / other if other else 0.0 for own, other in pairs)


@dataclass(frozen=True)
class Section:
    """The figures of one measure, and what a reader must know of how they came about."""

    title: str
    figures: tuple[Figure, ...]
    notes: tuple[str, ...] = ()


@dataclass
class Rounds:
    """Collects the rounds of several quantities by name."""

    _of: dict[str, list[float]] = field(default_factory=dict)

    def add(self, **values: float) -> None:
        for name, value in values.items():
            self._of.setdefault(name, []).append(value)

    def __getitem__(self, name: str) -> tuple[float, ...]:
        return tuple(self._of[name])
