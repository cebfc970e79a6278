"""What fits a personal ID, which given data match, and how much of a person a right shows."""

import unicodedata
from dataclasses import replace
from datetime import date

import pytest

from contracts.codes import Sex
from gateway.api.models.population import PersonView, Verification
from gateway.domain.population import Birth, GivenData, Match, Parent, RegisteredPerson, compared, id_fits, same_birth

GIRL = Birth(
    "NGUYỄN THỊ MẪU NHI", date(2026, 10, 1), Sex.FEMALE, "01", ethnicity="Kinh", parents=(Parent("LÊ THỊ MẪU"),)
)


@pytest.mark.parametrize(
    ("given", "match"),
    [
        ("NGUYỄN THỊ MẪU NHI", Match.MATCH),
        ("Nguyễn Thị Mẫu Nhi", Match.MATCH),
        (unicodedata.normalize("NFD", "nguyễn  thị mẫu nhi"), Match.MATCH),
        ("NGUYEN THI MAU NHI", Match.MISMATCH),
        ("NGUYỄN THỊ MẤU NHI", Match.MISMATCH),
        ("NGUYỄN THỊ MẪU", Match.MISMATCH),
    ],
)
def test_names_are_compared_whatever_their_form_and_case_but_by_their_diacritics(given: str, match: Match) -> None:
    """R-263."""
    assert compared(GivenData(full_name=given), GIRL) == {"full_name": match}


def test_only_what_is_given_is_compared_and_what_the_register_has_not_is_unknown() -> None:
    given = GivenData(date_of_birth=date(2026, 10, 2), sex=Sex.FEMALE, native_place="Hà Nội", ethnicity="KINH")
    assert compared(given, GIRL) == {
        "date_of_birth": Match.MISMATCH,
        "sex": Match.MATCH,
        "native_place": Match.UNKNOWN,
        "ethnicity": Match.MATCH,
    }
    assert compared(GivenData(sex=Sex.MALE), replace(GIRL, sex=Sex.UNKNOWN)) == {"sex": Match.UNKNOWN}


@pytest.mark.parametrize(
    ("personal_id", "fits"),
    [
        ("001326000123", True),
        ("001226000123", False),  # a boy's
        ("001325000123", False),
        ("002326000123", False),
        ("00132600012", False),
        ("00132600012x", False),
        ("٠٠١٣٢٦٠٠٠١٢٣", False),
    ],
)
def test_an_id_fits_the_birth_it_was_given_for(personal_id: str, fits: bool) -> None:
    """R-262."""
    assert id_fits(personal_id, GIRL) is fits


@pytest.mark.parametrize("birth", [replace(GIRL, sex=Sex.UNKNOWN), replace(GIRL, date_of_birth=date(1899, 12, 31))])
def test_no_id_fits_an_unknown_sex_or_a_year_before_the_structure(birth: Birth) -> None:
    assert not id_fits("001326000123", birth)


def test_the_same_birth_may_be_written_in_another_way() -> None:
    assert same_birth(GIRL, replace(GIRL, full_name="nguyễn thị mẫu nhi", ethnicity=""))
    assert not same_birth(GIRL, replace(GIRL, date_of_birth=date(2026, 10, 2)))


def test_a_right_shows_the_fields_it_names_and_no_others() -> None:
    person = RegisteredPerson("001326000123", GIRL)

    def shown(allowed: frozenset[str] | None) -> dict[str, object]:
        return PersonView.of(person, allowed).model_dump(by_alias=True, exclude_none=True)

    assert set(shown(None)) == {
        "personalId", "fullName", "dateOfBirth", "sex", "provinceOfRegistration", "ethnicity", "parents",
    }  # fmt: skip
    assert shown(frozenset({"fullName", "nativePlace"})) == {"fullName": "NGUYỄN THỊ MẪU NHI"}
    assert shown(frozenset({""})) == {}


def test_what_is_shown_of_a_person_stands_in_no_log() -> None:
    person = RegisteredPerson("001326000123", GIRL)
    view = PersonView.of(person, None)
    given = Verification(full_name="NGUYỄN").given()
    for written in map(repr, (person, view, given)):
        assert "NGUYỄN" not in written
        assert "001326000123" not in written
