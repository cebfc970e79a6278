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


# They turn the reading direction of what follows: a name could be made to read as another.
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def _clean(text: str) -> str:
    if any(char in _TURNING or (unicodedata.category(char) in {"Cc", "Cs"} and char not in "\n\t") for char in text):
        raise ValueError("control characters are not allowed / không được chứa ký tự điều khiển")
    return nfc(text).strip()


CleanText = Annotated[str, AfterValidator(_clean)]
"""Text a person typed: made NFC and trimmed; control characters and halves of surrogate pairs are refused."""
