"""Vietnamese text: one normal form (NFC) and one folding for search. Storage and comparison of text go through here."""

import unicodedata
from typing import Annotated

from pydantic import AfterValidator

_STROKED = str.maketrans("đĐ", "dD")


def nfc(text: str) -> str:
    """Text in Unicode normal form C, as everything is stored."""
    return unicodedata.normalize("NFC", text)


def folded(text: str) -> str:
    """Lower case without accents (đ→d), spaces squeezed: what search columns hold and what queries are turned into."""
    decomposed = unicodedata.normalize("NFD", text.translate(_STROKED).lower())
    bare = "".join(char for char in decomposed if not unicodedata.combining(char))
    return " ".join(bare.split())


# Control, format, surrogate, private, unassigned, line and paragraph separator: what no one sees on paper. A name with
# one in it reads like another and is not equal to it, or is made to read as another (the bidirectional overrides).
_UNSEEN_KINDS = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
# Letters and marks by category, and as invisible: the grapheme joiner and the fillers of Hangul and Khmer.
_UNSEEN = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0")


def holds_unseen(text: str) -> bool:
    """Whether a text holds a character that no reader could see; spaces, line breaks and tabs are seen by what they part."""
    # Printable text holds nothing of those kinds; most text is printable, and the test is quick.
    if text.isprintable() and _UNSEEN.isdisjoint(text):
        return False
    return any(char in _UNSEEN or (char not in "\n\t" and unicodedata.category(char) in _UNSEEN_KINDS) for char in text)


def _clean(text: str) -> str:
    if holds_unseen(text):
        raise ValueError(
            "control and invisible characters are not allowed / không được chứa ký tự điều khiển, ký tự ẩn"
        )
    return nfc(text).strip()


CleanText = Annotated[str, AfterValidator(_clean)]
"""Text a person typed: made NFC and trimmed; characters that nobody sees and halves of surrogate pairs are refused."""
