"""Text as it is fit to print: cleaned to what the faces can draw, and broken into lines; knows no page."""

import unicodedata
from collections.abc import Iterator
from functools import cache

from chassis.documents.typeface import Typeface, drawable

REPLACEMENT = "\ufffd"


def _is_inkless(code: int) -> bool:
    return unicodedata.category(chr(code)) in ("Cc", "Cf")


class _Inked(dict[int, str | None]):
    """Translation that takes out control and format characters: what prints must be what a reader believes to read."""

    def __missing__(self, code: int) -> str | None:
        return None if _is_inkless(code) else chr(code)


class _Drawn(dict[int, str]):
    """Translation that decides what stands in for a character the faces cannot draw."""

    def __missing__(self, code: int) -> str:
        category = unicodedata.category(chr(code))
        if category in ("Zl", "Zp"):
            return "\n"
        return " " if category == "Zs" else REPLACEMENT


@cache
def _tables() -> tuple[_Inked, _Drawn]:
    known = {ord(character): character for character in drawable() if not _is_inkless(ord(character))}
    known[ord("\n")] = "\n"
    return _Inked({**known, ord("\t"): " ", ord("\r"): "\n"}), _Drawn(known)


def clean(text: str) -> str:
    """NFC text of drawable characters and line breaks only.

    Control and format characters (NUL, escape, bidi marks, zero-width joiners, soft hyphens) are stripped; tabs and
    unusual spaces become a space; a character no face can draw becomes U+FFFD, seen by the reader, never lost.
    """
    inked, drawn = _tables()
    # Stripping comes before composing: a joiner between a letter and its accent must not keep them apart.
    return unicodedata.normalize("NFC", text.replace("\r\n", "\n").translate(inked)).translate(drawn)


def wrap(text: str, face: Typeface, size: float, width: float, first_width: float | None = None) -> list[str]:
    """Lines no wider than ``width`` (the first no wider than ``first_width``), at least one, perhaps empty.

    Broken at spaces or, where a word is too long for a whole line, inside it. Runs of spaces count as one.
    """
    lines: list[str] = []
    room = width if first_width is None else first_width
    space = face.width(" ", size)
    words: list[str] = []
    used = 0.0
    for word in text.split(" "):
        if not word:
            continue
        needed = face.width(word, size)
        if used and used + space + needed > room:
            lines.append(" ".join(words))
            words, used, room = [], 0.0, width
        elif not used and needed > room and needed <= width:
            # Only a narrower first line can be too small for a word that fits a whole line.
            lines.append("")
            room = width
        if needed > room:
            *full, rest = _chop(word, face, size, room, width)
            lines.extend(full)
            needed, room = face.width(rest, size), width
        else:
            rest = word
        words.append(rest)
        used += needed if len(words) == 1 else space + needed
    lines.append(" ".join(words))
    return lines


def _chop(word: str, face: Typeface, size: float, room: float, width: float) -> Iterator[str]:
    piece, used = "", 0.0
    for character in word:
        needed = face.width(character, size)
        if piece and used + needed > room:
            yield piece
            piece, used, room = "", 0.0, width
        piece += character
        used += needed
    yield piece
