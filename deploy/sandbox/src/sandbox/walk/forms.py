"""Forms as the walks send them: a birth of the ready mother, with a name of its own each time. Values only."""

import time
from datetime import date

from sandbox.demo.client import Json
from sandbox.simulators.people import FATHER, MOTHER


def birth_form(born: date, *, siblings: int = 0) -> Json:
    """A child of the ready parents, and so many siblings of the same birth."""
    given = f"THỬ NGHIỆM {_letters(time.time_ns() // 1_000_000)}"
    first, *others = (_child(f"TRẦN {place}{given}", born) for place in ("", "HAI ", "BA ")[: 1 + siblings])
    form: Json = {
        "birthType": 1,
        "child": first | {"nativePlace": "Hà Nội", "ethnicity": "Kinh", "nationality": "Việt Nam"},
        "mother": {"fullName": MOTHER.full_name, "dateOfBirth": "1995-01-01", "personalId": MOTHER.personal_id},
        "father": {"fullName": FATHER.full_name, "dateOfBirth": "1993-01-01", "personalId": FATHER.personal_id},
        "requester": {"fullName": MOTHER.full_name, "relationship": "mẹ", "personalId": MOTHER.personal_id},
        "copies": 1,
    }
    return form | ({"siblings": others} if others else {})


def _child(name: str, born: date) -> Json:
    return {
        "fullName": name,
        "sex": 2,
        "dateOfBirth": born.isoformat(),
        "placeOfBirth": "Bệnh viện Mẫu, Hà Nội",
    }


def _letters(number: int) -> str:
    """A number as capital letters: names have no digits, and a second walk's child must not be the first one's duplicate."""
    name = ""
    while number:
        number, rest = divmod(number, 26)
        name = chr(ord("A") + rest) + name
    return name
