"""What a dossier is found by, as words without accents under its unit, and what a query asks of them. Reads no table.

Every token begins with the unit (`00004/nguyen`), so that a search costs only what the searcher's own units hold, however
many dossiers the city has.
"""

import re
from collections.abc import Iterable
from functools import lru_cache

from chassis.text import folded
from submission.domain.dossier import Filing

MOST_WORDS = 12
"""Of a query: more say nothing new of a person, and each costs."""

_WORD = re.compile(r"[^\W_]+")
_CODE_LIKE = re.compile(r"[a-z0-9]*[0-9][a-z0-9.-]*|[a-z]+[0-9.-]+[a-z0-9.-]*")
_PERSONAL_ID = re.compile(r"[0-9]{12}")
_NOT_OF_A_NUMBER = re.compile(r"[\s().-]")
_PHONE = re.compile(r"0[0-9]{8,10}")


def search_tokens(filing: Filing) -> list[str]:
    """The words a dossier is kept under: names, code and its parts, personal IDs, phone, procedure."""
    people = [(filing.applicant.full_name, filing.applicant.personal_id)]
    if filing.representative is not None:
        people.append((filing.representative.full_name, filing.representative.personal_id))
    found = set(_parts_of_code(filing.code))
    found.add(_procedure(filing.procedure))
    for name, personal_id in people:
        found.update(words_of(name))
        if personal_id:
            found.add(_personal(personal_id))
    if filing.contact.phone and (phone := _phone(filing.contact.phone)):
        found.add(_telephone(phone))
    return sorted(f"{filing.unit}/{token}" for token in found)


def search_query(asked: str, unit: str, procedures: Iterable[str]) -> str | None:
    """What was typed, as a PostgreSQL tsquery over one unit's tokens; None if it holds nothing to search by.

    Twelve digits are a personal ID and a number that starts with 0 may be a phone: both must fit exactly. Everything else is
    words, all of which must be there, the last one at least in its beginning. `procedures`: those the words name, any of
    which will do as well.
    """
    number = _number(asked)
    if number is not None and _PERSONAL_ID.fullmatch(number):
        return _quoted(unit, _personal(number))
    words = query_words(asked)
    if not words:
        return None
    *whole, begun = words
    wanted = [" & ".join([*(_quoted(unit, word) for word in whole), _quoted(unit, begun) + ":*"])]
    if number is not None and (phone := _phone(number)):
        wanted.append(_quoted(unit, _telephone(phone)))
    wanted += [_quoted(unit, _procedure(code)) for code in procedures]
    return " | ".join(f"({part})" for part in wanted)


def query_words(asked: str) -> list[str]:
    """The words of a query, folded; a code or a piece of one stays whole."""
    found: list[str] = []
    for piece in folded(asked).split():
        found += [piece.strip(".-")] if _CODE_LIKE.fullmatch(piece) else _WORD.findall(piece)
    return [word for word in found if word][:MOST_WORDS]


def procedures_named(asked: str, names: Iterable[tuple[str, str]]) -> list[str]:
    """Codes of the procedures (code, name) whose name holds all the words that were typed, the last one begun at least."""
    words = query_words(asked)
    if not words or any(char.isdigit() for word in words for char in word):
        return []
    *whole, begun = words
    return [
        code
        for code, name in names
        if words_of(name).issuperset(whole) and any(word.startswith(begun) for word in words_of(name))
    ]


@lru_cache(maxsize=8192)
def words_of(name: str) -> frozenset[str]:
    """The words of a name, folded. Remembered, since a search goes through the names of all procedures."""
    return frozenset(_WORD.findall(folded(name)))


def _parts_of_code(code: str) -> list[str]:
    # The whole code, what follows each dash, and the running number as a person reads it out: without its zeros.
    parts = folded(code).split("-")
    return [*("-".join(parts[place:]) for place in range(len(parts))), parts[-1].lstrip("0") or "0"]


def _number(asked: str) -> str | None:
    bare = _NOT_OF_A_NUMBER.sub("", asked)
    bare = "0" + bare.removeprefix("+84") if bare.startswith("+84") else bare
    return bare if bare.isascii() and bare.isdigit() else None


def _phone(text: str) -> str | None:
    number = _number(text)
    return number if number is not None and _PHONE.fullmatch(number) else None


def _personal(personal_id: str) -> str:
    return f"id:{personal_id}"


def _telephone(phone: str) -> str:
    return f"tel:{phone}"


def _procedure(code: str) -> str:
    return f"tthc:{code}"


def _quoted(unit: str, token: str) -> str:
    """A lexeme as tsquery wants it: a unit comes from a token's claims and may hold anything."""
    whole = f"{unit}/{token}".replace("\\", "\\\\").replace("'", "''")
    return f"'{whole}'"
