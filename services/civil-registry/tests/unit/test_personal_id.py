import pytest
from hypothesis import given
from hypothesis import strategies as st

from civil_registry.domain.personal_id import Fault, faults
from contracts.codes import Sex


@pytest.mark.parametrize(
    ("personal_id", "sex", "year"),
    [
        ("001190000001", Sex.FEMALE, 1990),
        ("001088000002", Sex.MALE, 1988),
        ("001326000123", Sex.FEMALE, 2026),
        ("001226000123", Sex.MALE, 2026),
        ("001226000123", Sex.UNKNOWN, 2026),
        ("001326000123", Sex.UNKNOWN, 2026),
        ("001400000000", Sex.MALE, 2100),
        ("001999000000", Sex.FEMALE, 2399),
    ],
)
def test_an_id_that_fits_has_no_fault(personal_id: str, sex: Sex, year: int) -> None:
    assert faults(personal_id, sex=sex, year_of_birth=year) == ()


@pytest.mark.parametrize(
    ("personal_id", "found"),
    [
        ("001226000123", (Fault.CENTURY_OR_SEX,)),
        ("001126000123", (Fault.CENTURY_OR_SEX,)),
        ("001325000123", (Fault.YEAR,)),
        ("001190000001", (Fault.CENTURY_OR_SEX, Fault.YEAR)),
        ("00132600012", (Fault.SHAPE,)),
        ("0013260001234", (Fault.SHAPE,)),
        ("00132600012x", (Fault.SHAPE,)),
        ("\u0660\u0660\u0661326000123", (Fault.SHAPE,)),
        ("001326000123\n", (Fault.SHAPE,)),
        ("", (Fault.SHAPE,)),
    ],
)
def test_an_id_that_contradicts_a_girl_of_2026_is_found_out(personal_id: str, found: tuple[Fault, ...]) -> None:
    assert faults(personal_id, sex=Sex.FEMALE, year_of_birth=2026) == found


@given(st.integers(1900, 2399), st.sampled_from([Sex.MALE, Sex.FEMALE]), st.integers(1900, 2399), st.sampled_from(Sex))
def test_an_id_fits_exactly_the_sex_and_year_it_was_made_for(year: int, sex: Sex, other: int, other_sex: Sex) -> None:
    """R-066"""
    digit = (year - 1900) // 100 * 2 + (sex is Sex.FEMALE)
    personal_id = f"001{digit}{year % 100:02d}123456"
    fits = other == year and other_sex in (sex, Sex.UNKNOWN)
    assert (faults(personal_id, sex=other_sex, year_of_birth=other) == ()) is fits
