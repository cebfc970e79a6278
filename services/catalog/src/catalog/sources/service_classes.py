"""The names of the service levels and classes, and when each scheme counts. Reads the data file only."""

from datetime import date
from functools import cache

from catalog.sources.files import Row, read_yaml
from contracts.codes import ServiceLevel


class ServiceClass(Row):
    """A level or class: what it is called, and what a citizen can do at it. `number` is the national systems' own."""

    code: ServiceLevel
    name: str
    name_en: str
    number: int | None = None
    meaning: str
    meaning_en: str


class Scheme(Row):
    """A scheme of levels or classes, with the decree it is from."""

    id: str
    legal_source: str
    valid_from: date | None = None
    valid_to: date | None = None
    classes: tuple[ServiceClass, ...]


@cache
def schemes() -> tuple[Scheme, ...]:
    """Both schemes, the older first."""
    return tuple(Scheme.model_validate(row) for row in read_yaml("service_classes.yaml")["schemes"])
