"""How people type: what stands for what, and the words that narrow nothing. Reads the data file only."""

from functools import cache

from catalog.sources.files import Row, read_yaml


class Synonym(Row):
    """Who types `typed` means `means`, too; or nothing by it, if that is empty."""

    typed: str
    means: str


class Habits(Row):
    """Synonyms and abbreviations; `fillers` weigh next to nothing; `left_out` are not looked for at all."""

    synonyms: tuple[Synonym, ...] = ()
    fillers: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()


@cache
def habits() -> Habits:
    return Habits.model_validate(read_yaml("synonyms.yaml"))
