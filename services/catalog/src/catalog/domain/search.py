"""How one searches the catalogue: words without accents, the beginning of each being enough. Pure."""

import re

from chassis.text import folded

_WORD = re.compile(r"[0-9a-z]+(?:\.[0-9a-z]+)*")
MOST_WORDS = 12


def words(text: str) -> list[str]:
    """The words of a text as the search document holds them: folded; a code such as 1.001193 is one word."""
    return _WORD.findall(folded(text))


def document(*texts: str) -> str:
    """Texts as one line of words for a search document."""
    return " ".join(word for text in texts for word in words(text))


def prefix_query(text: str) -> str | None:
    """What was typed as a `tsquery` that wants every word, or a word that begins with it; None if it has no word."""
    wanted = words(text)[:MOST_WORDS]
    return " & ".join(f"'{word}':*" for word in wanted) or None
