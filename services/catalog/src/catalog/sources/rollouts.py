"""The waves by which services went online. Reads the data file only."""

from datetime import date

from catalog.sources.files import Row, read_yaml


class Rollout(Row):
    """Đợt triển khai: how many units went online on which day; `units` only where the list is known."""

    id: str
    name: str
    starts_on: date
    unit_count: int
    units: tuple[str, ...] = ()
    note: str = ""
    source: str


def rollouts() -> tuple[Rollout, ...]:
    """Every wave, in order."""
    data = read_yaml("rollouts.yaml")
    return tuple(Rollout.model_validate({"source": data["source"], **row}) for row in data["rollouts"])
