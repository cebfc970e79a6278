"""Codes of dossiers, the numbers in them, and what a personal ID tells."""

from datetime import date

import pytest

from contracts.codes import Sex
from submission.domain.codes import CodePattern, Notation, Numbering, looks_like_code
from submission.domain.dated import in_force
from submission.domain.personal_id import Told, personal_id, told_by
from submission.rules import CODE_PATTERNS

PATTERN = "{agency}-{day:%Y%m%d}-{number:07d}"


@pytest.mark.parametrize(
    ("day", "number", "code"),
    [
        (date(2016, 8, 10), 1, "H26-160810-0001"),
        (date(2025, 6, 30), 9999, "H26-250630-9999"),
        (date(2025, 7, 1), 1, "H26-20250701-0000001"),
        (date(2026, 6, 9), 92637, "H26-20260609-0092637"),
    ],
)
def test_a_code_follows_the_pattern_of_its_day(day: date, number: int, code: str) -> None:
    """R-024"""
    pattern = in_force(CODE_PATTERNS, day)
    assert pattern.fill(pattern.agency_of(None, None), day, number) == code


def test_a_number_wider_than_the_pattern_is_kept_whole() -> None:
    pattern = in_force(CODE_PATTERNS, date(2016, 8, 10))
    assert pattern.fill("H26", date(2016, 8, 10), 123456) == "H26-160810-123456"


def test_an_agency_stands_in_the_code_by_the_notation_of_the_day() -> None:
    """R-024"""
    former, now = (in_force(CODE_PATTERNS, day) for day in (date(2021, 5, 31), date(2026, 6, 9)))
    assert former.agency_of("H56.22.17", "000.17.22.H56") == "000.17.22.H56"
    assert now.agency_of("G09.20", "000.00.20.G09") == "G09.20"
    assert now.agency_of(None, None) == "H26"


@pytest.mark.parametrize(
    ("numbering", "counter"),
    [(Numbering.RUNNING, None), (Numbering.AGENCY_DAY, "G09.20/2026-06-09"), (Numbering.AGENCY_YEAR, "G09.20/2026")],
)
def test_a_number_comes_from_the_counter_that_the_row_names(numbering: Numbering, counter: str | None) -> None:
    pattern = CodePattern(PATTERN, "H26", numbering=numbering)
    assert pattern.counter("G09.20", date(2026, 6, 9)) == counter


@pytest.mark.parametrize(
    ("pattern", "numbering"),
    [
        ("{agency}-{day:%Y%m%d}-0001", Numbering.RUNNING),  # without its number
        ("{agency}-{day:%Y}-{number:07d}", Numbering.AGENCY_DAY),  # tomorrow's first is today's
        ("H26-{day:%Y%m%d}-{number:07d}", Numbering.AGENCY_DAY),  # another agency's first too
        ("H26-2026-{number:07d}", Numbering.AGENCY_YEAR),
        ("{agency}/{number}", Numbering.RUNNING),  # none that could be asked for
    ],
)
def test_a_pattern_that_gives_a_code_twice_or_none_at_all_is_refused(pattern: str, numbering: Numbering) -> None:
    with pytest.raises(ValueError, match="not unique"):
        CodePattern(pattern, "H26", notation=Notation.CODE, numbering=numbering)


@pytest.mark.parametrize(
    ("number", "sex", "year"),
    [
        ("001090000001", Sex.MALE, 1990),
        ("001190000001", Sex.FEMALE, 1990),
        ("001205000001", Sex.MALE, 2005),
        ("001326000001", Sex.FEMALE, 2026),
        ("001999000001", Sex.FEMALE, 2399),
    ],
)
def test_a_personal_id_tells_sex_and_year_of_birth(number: str, sex: Sex, year: int) -> None:
    assert told_by(personal_id(number)) == Told(sex, year)


@pytest.mark.parametrize("code", ["H26-20261012-0000042", "000.17.22.H56-210531-0001", "G09.20-20260609-0092637"])
def test_codes_of_every_pattern_look_like_codes(code: str) -> None:
    assert looks_like_code(code)


@pytest.mark.parametrize(
    "text", ["", "H26", "H26-2026-1", "h26-20261012-0000042", "H26-20261012-0000042\n", "H26-20261012-٠٠٠٠"]
)
def test_other_text_does_not(text: str) -> None:
    assert not looks_like_code(text)


@pytest.mark.parametrize("text", ["00119000000", "0011900000011", "00119000000a", "٠٠١١٩٠٠٠٠٠٠١", "001190000001\n", ""])
def test_a_personal_id_is_twelve_ascii_digits(text: str) -> None:
    assert personal_id("001190000001") == "001190000001"
    with pytest.raises(ValueError, match="12 digits"):
        personal_id(text)
