"""The events of a life (sự kiện trong đời) that procedures are found by. Reads the data file only."""

from functools import cache

from catalog.sources.files import Row, read_yaml


class LifeEvent(Row):
    """Sự kiện: what happens to a citizen, with its name in both languages. `words`: what people say of it."""

    code: str
    name: str
    name_en: str
    words: tuple[str, ...] = ()


@cache
def life_events() -> tuple[LifeEvent, ...]:
    """Every event, in the order of the file."""
    return tuple(LifeEvent.model_validate(row) for row in read_yaml("life_events.yaml")["life_events"])
