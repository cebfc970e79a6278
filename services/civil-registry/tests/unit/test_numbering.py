import pytest
from hypothesis import given
from hypothesis import strategies as st

from civil_registry.domain.numbering import Books, number_label


def test_a_book_begins_with_one_unless_the_office_begins_in_mid_book() -> None:
    """R-065"""
    books = Books({"00004/2026": 45})
    assert books.first_number("00004", 2026) == 45
    assert books.first_number("00004", 2027) == 1
    assert books.first_number("00008", 2026) == 1


@pytest.mark.parametrize(
    ("number", "volume"), [(1, "01/2019"), (44, "01/2019"), (45, "02/2019"), (88, "02/2019"), (89, "03/2019")]
)
def test_numbers_run_on_into_a_new_volume(number: int, volume: str) -> None:
    """R-064"""
    assert Books(volume_size=44).volume(number, 2019) == volume


@given(st.integers(1, 10**6))
def test_a_year_has_one_volume_where_no_size_is_set(number: int) -> None:
    assert Books().volume(number, 2026) == "01/2026"


def test_numbers_are_written_from_01() -> None:
    assert [number_label(number, 2019) for number in (1, 45, 100)] == ["01/2019", "45/2019", "100/2019"]
