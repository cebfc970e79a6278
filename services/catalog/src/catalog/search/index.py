"""The catalogue in memory, as it is searched: every version's texts, its words, where and when it is offered. Pure.

Built from rows, then read only. It ranks nothing (ranking.py) and knows no database (kept.py).
"""

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from catalog.search.vocabulary import Vocabulary, words_of
from catalog.sources.habits import Habits
from catalog.sources.life_events import LifeEvent
from chassis.text import nfc
from contracts.codes import Channel

Phrase = tuple[str, ...]


class Kind(StrEnum):
    """Which text of a procedure a word stands in."""

    NAME = "name"
    EVERYDAY_NAME = "everyday-name"
    CODE = "code"
    LIFE_EVENT = "life-event"
    FIELD = "field"


WEIGHTS = {Kind.NAME: 1.0, Kind.CODE: 1.0, Kind.EVERYDAY_NAME: 0.95, Kind.LIFE_EVENT: 0.55, Kind.FIELD: 0.45}
"""How much it tells that a word stands in a text of that kind."""


@dataclass(frozen=True, slots=True)
class Offered:
    """Where (None: everywhere), by which channels, from which day to which a version is offered."""

    units: frozenset[str] | None
    channels: frozenset[Channel]
    valid_from: date
    valid_to: date | None

    def stands(self, day: date, unit: str | None) -> bool:
        return _within(day, self.valid_from, self.valid_to) and (
            unit is None or self.units is None or unit in self.units
        )


@dataclass(frozen=True, slots=True)
class Procedure:
    """A version of a procedure that stands, as much of it as is searched and shown."""

    code: str
    version: int
    valid_from: date
    valid_to: date | None
    name: str
    field_code: str
    field_name: str
    keywords: tuple[str, ...]
    life_events: tuple[str, ...]
    offerings: tuple[Offered, ...]

    def in_force(self, day: date) -> bool:
        return _within(day, self.valid_from, self.valid_to)

    def channels(self, day: date, unit: str | None) -> tuple[Channel, ...]:
        """The channels by which it is offered that day: at a unit, or anywhere."""
        found = {channel for offered in self.offerings if offered.stands(day, unit) for channel in offered.channels}
        return tuple(sorted(found))


@dataclass(frozen=True, slots=True)
class Text:
    """A text of procedures: the place where each of its words stands first, and how much they weigh together.

    Where in the written text the words begin is found again when it is shown: the index holds a hundred thousand words.
    """

    kind: Kind
    written: str
    places: Mapping[str, int]
    weight: float


class Index:
    """Every version that stands, its texts, and for each word the texts it stands in."""

    def __init__(
        self, procedures: Iterable[Procedure], events: Iterable[LifeEvent] = (), habits: Habits | None = None
    ) -> None:
        self.procedures = tuple(procedures)
        self._events: Mapping[str, LifeEvent] = {event.code: event for event in events}
        self.synonyms = _synonyms(habits)
        self.fillers = _words(habits.fillers) if habits else frozenset()
        self.left_out = _words(habits.left_out) if habits else frozenset()
        self._made: dict[tuple[Kind, str], Text] = {}
        self._rarity: Mapping[str, float] = {}
        self._rarity = self._rarities()
        self.texts = tuple(tuple(self._text(*text) for text in self._texts_of(one)) for one in self.procedures)
        self.name_weights = tuple(of_one[0].weight for of_one in self.texts)
        # Of each word, the procedures that say it, and the weight of the best kind of text they say it in.
        self.postings: dict[str, dict[int, float]] = {}
        for number, of_one in enumerate(self.texts):
            for text in of_one:
                for word in text.places:
                    there = self.postings.setdefault(word, {})
                    there[number] = max(there.get(number, 0.0), WEIGHTS[text.kind])
        self.vocabulary = Vocabulary(self.postings)

    def rarity(self, word: str) -> float:
        """How much a word tells: much if few procedures have it, hardly anything if it is said around everything."""
        if word in self.fillers:
            return 0.1
        return self._rarity.get(word, 1.5)

    def _text(self, kind: Kind, written: str) -> Text:
        """One for all procedures that say the same."""
        made = self._made.get((kind, written))
        if made is None:
            places: dict[str, int] = {}
            for at, word in enumerate(words_of(written)):
                places.setdefault(word.folded, at)
            made = self._made[kind, written] = Text(kind, written, places, sum(map(self.rarity, places)) or 1.0)
        return made

    def _texts_of(self, procedure: Procedure) -> Iterator[tuple[Kind, str]]:
        yield Kind.NAME, procedure.name
        yield Kind.CODE, procedure.code
        for keyword in procedure.keywords:
            yield Kind.EVERYDAY_NAME, keyword
        yield Kind.FIELD, procedure.field_name
        for code in procedure.life_events:
            if event := self._events.get(code):
                for said in (event.name, *event.words):
                    yield Kind.LIFE_EVENT, said

    def _rarities(self) -> dict[str, float]:
        having: Counter[str] = Counter()
        for procedure in self.procedures:
            told = (procedure.name, procedure.code, procedure.field_name, *procedure.keywords)
            having.update({word.folded for text in told for word in words_of(text)})
        return {word: math.log(1 + len(self.procedures) / count) for word, count in having.items()}


def _synonyms(habits: Habits | None) -> dict[Phrase, Phrase]:
    pairs = habits.synonyms if habits else ()
    return {
        tuple(word.folded for word in words_of(pair.typed)): tuple(word.folded for word in words_of(pair.means))
        for pair in pairs
    }


def _words(texts: Iterable[str]) -> frozenset[str]:
    return frozenset(word.folded for text in texts for word in words_of(text))


def typed_words(text: str) -> tuple[tuple[str, str], ...]:
    """What was typed, word by word: as the index has its words, and as it was written."""
    text = nfc(text)
    return tuple((word.folded, text[word.start : word.end]) for word in words_of(text))


def _within(day: date, first: date, last: date | None) -> bool:
    return first <= day and (last is None or day <= last)
