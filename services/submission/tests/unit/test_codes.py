"""Codes of dossiers, and the outer form of a personal ID."""

from datetime import date

import pytest

from submission.domain.codes import dossier_code, looks_like_code
from submission.domain.personal_id import personal_id
from submission.rules import CODE_PATTERNS


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
    assert dossier_code(CODE_PATTERNS, day, number) == code


def test_a_number_wider_than_the_pattern_is_kept_whole() -> None:
    assert dossier_code(CODE_PATTERNS, date(2016, 8, 10), 123456) == "H26-160810-123456"


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
