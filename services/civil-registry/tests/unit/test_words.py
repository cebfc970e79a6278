"""Dates in words are read back by a reader that shares nothing with the writer."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from civil_registry.domain.words import date_in_words

VALUES = {
    "không": 0, "một": 1, "mốt": 1, "hai": 2, "ba": 3, "bốn": 4, "tư": 4, "năm": 5, "lăm": 5,
    "sáu": 6, "bảy": 7, "tám": 8, "chín": 9,
}  # fmt: skip


def number_of(words: str) -> int:
    """What a number in Vietnamese words is worth."""
    total, last = 0, 0
    for word in words.split():
        match word:
            case "nghìn":
                total, last = total + last * 1000, 0
            case "trăm":
                total, last = total + last * 100, 0
            case "mươi":
                total, last = total + last * 10, 0
            case "mười":
                total, last = total + 10, 0
            case "linh":
                last = 0
            case _:
                last = VALUES[word]
    return total + last


def read(words: str) -> date:
    day, _, rest = words.removeprefix("Ngày ").partition(" tháng ")
    month, _, year = rest.partition(" năm ")
    return date(number_of(year), number_of(month), number_of(day))


@pytest.mark.parametrize(
    ("day", "words"),
    [
        (date(2026, 7, 29), "Ngày hai mươi chín tháng bảy năm hai nghìn không trăm hai mươi sáu"),
        (date(1984, 4, 21), "Ngày hai mươi mốt tháng tư năm một nghìn chín trăm tám mươi tư"),
        (date(2005, 5, 5), "Ngày năm tháng năm năm hai nghìn không trăm linh năm"),
        (date(2000, 12, 15), "Ngày mười lăm tháng mười hai năm hai nghìn"),
        (date(2015, 11, 10), "Ngày mười tháng mười một năm hai nghìn không trăm mười lăm"),
        (date(1900, 1, 4), "Ngày bốn tháng một năm một nghìn chín trăm"),
        (date(2110, 10, 25), "Ngày hai mươi lăm tháng mười năm hai nghìn một trăm mười"),
        (date(2031, 3, 31), "Ngày ba mươi mốt tháng ba năm hai nghìn không trăm ba mươi mốt"),
    ],
)
def test_dates_are_written_as_they_are_said(day: date, words: str) -> None:
    """R-068"""
    assert date_in_words(day) == words


@given(st.dates(date(1000, 1, 1), date(9999, 12, 31)))
def test_what_is_written_reads_back_as_the_same_date(day: date) -> None:
    assert read(date_in_words(day)) == day
