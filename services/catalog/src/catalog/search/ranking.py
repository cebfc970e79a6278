"""Which procedures a typed text means, the likeliest first, and why. Pure: an index and words in, hits out.

A hit's score is made of how much of what was typed it answers, and how nearly one of its texts is just that. The plain
procedure therefore precedes its kin: its name holds little else.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from catalog.search.index import WEIGHTS, Index, Kind, Phrase, Procedure, Text, typed_words
from catalog.search.vocabulary import How, Meant, words_of

MOST_WORDS, MOST_WEIGHED, MOST_READINGS = 12, 60, 4
ANSWERED = 0.5
"""A procedure that answers less than this share of what was typed is no hit."""
UNKNOWN = 1.5
"""What a word weighs that no procedure has: the more of them, the less the others answer."""


Written = tuple[tuple[str, str], ...]
"""Words as they are looked for, each with how it was written."""


@dataclass(frozen=True, slots=True)
class Typed:
    """A word to look for. `typed` is what stands for it in the text; `how` says so where it is not the word itself."""

    word: str
    typed: str
    how: How | None = None


@dataclass(frozen=True, slots=True)
class Met:
    """What was typed, the word of the catalogue it met, and how."""

    typed: str
    word: str
    how: How


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a procedure was found: a text of it, the words met there, and from where to where they stand in it."""

    kind: Kind
    written: str
    met: tuple[Met, ...]
    highlights: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Hit:
    """A procedure that was found; `score` is from 0 to 1."""

    procedure: Procedure
    score: float
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class _Reading:
    """One way to read what was typed: for each word what it may mean and how much it tells; what each procedure answers."""

    typed: tuple[Typed, ...]
    meant: tuple[tuple[Meant, ...], ...]
    weights: tuple[float, ...]
    answered: dict[int, float]

    @property
    def weight(self) -> float:
        return sum(self.weights)


@dataclass(frozen=True, slots=True)
class _Fit:
    """How nearly a text is what was typed, and which typed word met which word of it, by their places."""

    text: Text
    fit: float
    met: tuple[tuple[int, int, Meant], ...]


def search(index: Index, query: str, wanted: Callable[[Procedure], bool], limit: int) -> list[Hit]:
    """The likeliest of the wanted procedures, best first; none if nothing that was typed is a word of the catalogue."""
    best: dict[int, tuple[float, _Reading, list[_Fit]]] = {}
    for reading in _readings(index, query):
        for score, number, fits in _scored(index, reading, wanted):
            if number not in best or best[number][0] < score:
                best[number] = (score, reading, fits)
    ranked = sorted(best.items(), key=lambda item: (-round(item[1][0], 3), index.procedures[item[0]].code))
    return [
        Hit(index.procedures[number], min(1.0, score), _reasons(reading, fits))
        for number, (score, reading, fits) in ranked[:limit]
    ]


def _readings(index: Index, query: str) -> Iterator[_Reading]:
    """What was typed as it stands, then with words and their synonyms exchanged."""
    words = typed_words(query)[:MOST_WORDS]
    words = tuple(pair for pair in words if pair[0] not in index.left_out) or words
    seen: set[Phrase] = set()
    for typed in (_as_typed(index, words), *_exchanged(index, words)):
        phrase = tuple(one.word for one in typed)
        if phrase and phrase not in seen and len(seen) < MOST_READINGS:
            seen.add(phrase)
            yield _read(index, typed)


def _as_typed(index: Index, words: Written) -> tuple[Typed, ...]:
    """The words themselves; two that were written as one are taken apart."""
    typed: list[Typed] = []
    for word, written in words:
        if (word,) not in index.synonyms and (both := index.vocabulary.parted(word)):
            typed += [Typed(part, written, How.TYPO) for part in both]
        else:
            typed.append(Typed(word, written))
    return tuple(typed)


def _exchanged(index: Index, words: Written) -> Iterator[tuple[Typed, ...]]:
    """The words with synonyms in their place: all that are found, then each of them alone."""
    plain = tuple(word for word, _ in words)
    found = [
        (start, end)
        for start in range(len(plain))
        for end in range(len(plain), start, -1)
        if plain[start:end] in index.synonyms
    ]
    apart: list[tuple[int, int]] = []
    for start, end in found:
        if not apart or start >= apart[-1][1]:
            apart.append((start, end))
    if apart:
        yield _with(index, words, apart)
    for one in found:
        yield _with(index, words, [one])


def _with(index: Index, words: Written, places: list[tuple[int, int]]) -> tuple[Typed, ...]:
    made: list[Typed] = []
    at = 0
    for start, end in places:
        made += _as_typed(index, words[at:start])
        phrase = tuple(word for word, _ in words[start:end])
        written = " ".join(part for _, part in words[start:end])
        made += [Typed(word, written, How.SYNONYM) for word in index.synonyms[phrase]]
        at = end
    return (*made, *_as_typed(index, words[at:]))


def _read(index: Index, typed: tuple[Typed, ...]) -> _Reading:
    meant, weights = [], []
    answered: dict[int, float] = {}
    for at, one in enumerate(typed):
        filler = one.word in index.fillers
        of_one = index.vocabulary.meant(one.word, last=at == len(typed) - 1 and one.how is None)
        # A filler is nobody's slip of the pen.
        of_one = [word for word in of_one if not filler or word.how is How.EXACT]
        weight = _weight(index, one, of_one)
        meant.append(tuple(of_one))
        weights.append(weight)
        for number, share in _shares(index, of_one).items():
            answered[number] = answered.get(number, 0.0) + weight * share
    return _Reading(typed, tuple(meant), tuple(weights), answered)


def _shares(index: Index, meant: list[Meant]) -> Mapping[int, float]:
    """How well each procedure answers one word, whichever of its meanings it is."""
    if len(meant) == 1 and meant[0].sure == 1:
        return index.postings.get(meant[0].word, {})
    best: dict[int, float] = {}
    for word in meant:
        for number, weight in index.postings.get(word.word, {}).items():
            share = word.sure * weight
            if share > best.get(number, 0.0):
                best[number] = share
    return best


def _weight(index: Index, typed: Typed, meant: list[Meant]) -> float:
    if typed.word in index.fillers:
        return index.rarity(typed.word)
    # What was typed whole tells as much as it does itself, not as much as the rarest word that it begins.
    exact = [word for word in meant if word.how is How.EXACT]
    return max((index.rarity(word.word) for word in exact or meant), default=UNKNOWN)


def _scored(
    index: Index, reading: _Reading, wanted: Callable[[Procedure], bool]
) -> Iterator[tuple[float, int, list[_Fit]]]:
    whole = reading.weight
    weights = index.name_weights
    # Of those that answer as much, the ones of the plainest names are looked at.
    enough = [
        (-share, weights[number], number) for number, share in reading.answered.items() if share >= ANSWERED * whole
    ]
    enough.sort()
    by_synonym = any(one.how is How.SYNONYM for one in reading.typed)
    left = MOST_WEIGHED
    # Procedures of one field or life event have texts in common, and a text fits a reading once for all of them.
    fitted: dict[int, _Fit | None] = {}
    for share, _, number in enough:
        if not wanted(index.procedures[number]):
            continue
        texts = index.texts[number]
        for text in texts:
            if id(text) not in fitted:
                fitted[id(text)] = _fit(index, reading, text, whole)
        fits = [fit for text in texts if (fit := fitted[id(text)]) is not None]
        best = max(fit.fit for fit in fits)
        by_name = fits[0].fit if fits[0].text.kind is Kind.NAME else 0.0
        score = 0.3 * -share / whole + 0.5 * best + 0.2 * by_name
        yield score * 0.97 if by_synonym else score, number, fits
        left -= 1
        if left == 0:
            return


def _fit(index: Index, reading: _Reading, text: Text, whole: float) -> _Fit | None:
    places = text.places
    met: list[tuple[int, int, Meant]] = []
    within = focus = order = 0.0
    last = (-2, -2)
    told = set()
    for at, of_one in enumerate(reading.meant):
        best: Meant | None = None
        for word in of_one:
            if word.word in places and (best is None or word.sure > best.sure):
                best = word
        if best is None:
            continue
        place = places[best.word]
        met.append((at, place, best))
        within += best.sure * reading.weights[at]
        if place not in told:
            told.add(place)
            focus += index.rarity(best.word)
        if (at - last[0], place - last[1]) == (1, 1):
            order += 1
        last = (at, place)
    if not met:
        return None
    order = order / (len(reading.meant) - 1) if len(reading.meant) > 1 else 1.0
    fit = within / whole * (0.55 + 0.3 * focus / text.weight + 0.15 * order) * WEIGHTS[text.kind]
    return _Fit(text, fit, tuple(met))


def _reasons(reading: _Reading, fits: list[_Fit]) -> tuple[Reason, ...]:
    """For each kind of text the one that fits best, the best first."""
    best: dict[Kind, _Fit] = {}
    for fit in fits:
        if fit.fit and (fit.text.kind not in best or best[fit.text.kind].fit < fit.fit):
            best[fit.text.kind] = fit
    return tuple(_reason(reading, fit) for fit in sorted(best.values(), key=lambda fit: -fit.fit))


_words_shown = lru_cache(maxsize=5_000)(words_of)
"""The same few texts are shown again and again."""


def _reason(reading: _Reading, fit: _Fit) -> Reason:
    written = fit.text.written
    words = _words_shown(written)
    told = []
    for at, place, word in fit.met:
        typed = reading.typed[at]
        told.append(Met(typed.typed, written[words[place].start : words[place].end], typed.how or word.how))
    spans = sorted({(words[place].start, words[place].end) for _, place, _ in fit.met})
    return Reason(fit.text.kind, written, tuple(dict.fromkeys(told)), tuple(spans))
