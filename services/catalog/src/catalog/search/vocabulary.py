"""What a typed word may stand for among the words of the catalogue. Pure: it ranks no procedure and reads no table.

In this order: the word itself; a word it begins; the word without the marks of an input method that was off (`giaays`);
two words written as one; a word one slip away. `ký` and `kí` are one word.
"""

import re
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from rapidfuzz import process
from rapidfuzz.distance import OSA

from chassis.text import folded, nfc

_WORD = re.compile(r"[^\W_]+(?:\.[^\W_]+)*")
_KY = re.compile(r"(?<=[bcdghklmnprstvx])y$")
_TELEX_TWINS = re.compile(r"(aa|ee|oo|dd)")
_TELEX_HORNS = re.compile(r"(?<=[aou])w|w")
_TELEX_TONES = re.compile(r"[sfrxj]$")
_VNI = re.compile(r"[0-9]+")
MOST_PREFIXED, MOST_MISTYPED = 40, 6


class How(StrEnum):
    """How a typed word met a word of the catalogue."""

    EXACT = "exact"
    PREFIX = "prefix"
    TYPO = "typo"
    SYNONYM = "synonym"


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a text: folded, and from where to where it stands in the text as written."""

    folded: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Meant:
    """A word that may have been meant, how it was met, and how surely (1: certainly)."""

    word: str
    how: How
    sure: float


@lru_cache(maxsize=20_000)  # the catalogue says the same few thousand words again and again
def canonical(word: str) -> str:
    """The one form a word is compared in: without accents, and `y` after a consonant as `i`."""
    return _KY.sub("i", folded(word))


def words_of(text: str) -> tuple[Word, ...]:
    """The words of a text, with their places; a code such as 1.001193 is one word."""
    return tuple(Word(canonical(found[0]), found.start(), found.end()) for found in _WORD.finditer(nfc(text)))


class Vocabulary:
    """The words of a catalogue, to be asked what was meant. Built once, then read only."""

    def __init__(self, words: Iterable[str]) -> None:
        self._sorted = sorted(set(words))
        self._known = frozenset(self._sorted)
        # A slip is looked for among real words only: codes and numbers are typed right or not at all.
        self._lettered = [word for word in self._sorted if word.isalpha() and len(word) >= 2]

    def __contains__(self, word: object) -> bool:
        return word in self._known

    def meant(self, typed: str, *, last: bool) -> list[Meant]:
        """What may have been meant by a canonical word. The last word may still be being typed: its beginning counts."""
        exact = typed in self._known
        found = [Meant(typed, How.EXACT, 1.0)] if exact else []
        if last or not exact:
            found += [Meant(word, How.PREFIX, 0.8) for word in self._beginning_with(typed)]
        if found:
            return found
        bare = _without_marks(typed)
        if bare in self._known:
            return [Meant(bare, How.TYPO, 0.9)]
        return self._one_slip_away(typed) or self._one_slip_away(bare)

    def _beginning_with(self, typed: str) -> list[str]:
        if len(typed) < 2:
            return []
        start = bisect_left(self._sorted, typed)
        found = []
        for word in self._sorted[start : start + MOST_PREFIXED]:
            if not word.startswith(typed):
                break
            if word != typed:
                found.append(word)
        return found

    def parted(self, typed: str) -> tuple[str, str] | None:
        """Two known words that were typed as one; None if the word is known itself, or no two make it."""
        if typed in self._known or not typed.isalpha() or _without_marks(typed) in self._known:
            return None
        for cut in range(2, len(typed) - 1):
            first, second = canonical(typed[:cut]), typed[cut:]
            if first in self._known and second in self._known:
                return first, second
        return None

    def _one_slip_away(self, typed: str) -> list[Meant]:
        """Words that one slip turns into what was typed: a letter too many, too few, another, or two exchanged."""
        if len(typed) < 3 or not typed.isalpha():
            return []
        slips = 2 if len(typed) >= 7 else 1
        found = process.extract(
            typed, self._lettered, scorer=OSA.distance, score_cutoff=slips, limit=MOST_MISTYPED, processor=None
        )
        # The first letter is the one that is rarely missed, and exchanged letters are the commonest slip of all.
        return [
            Meant(word, How.TYPO, 0.75 if sorted(word) == sorted(typed) else 0.65 if word[0] == typed[0] else 0.5)
            for word, _, _ in found
        ]


def _without_marks(typed: str) -> str:
    """A word as Telex or VNI would have made it, folded: `giaays`, `giay6` and `ddawng` are `giay` and `dang`."""
    bare = typed
    if any(char.isdigit() for char in bare) and any(char.isalpha() for char in bare):
        bare = _VNI.sub("", bare)
    bare = _TELEX_TWINS.sub(lambda twin: twin[0][0], bare)
    bare = _TELEX_HORNS.sub("", bare)
    if len(bare) > 2:
        bare = _TELEX_TONES.sub("", bare)
    return canonical(bare)
