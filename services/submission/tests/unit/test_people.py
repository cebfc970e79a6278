"""Persons in a form: names, days of birth, ID numbers that contradict them, children of one birth."""

import unicodedata
from datetime import UTC, date, datetime
from typing import Any

import pytest

from contracts.codes import ApplicantClass, ApplicantKind, Channel
from submission.domain.dossier import Actor, ActorKind, Applicant, Delivery, Filing, Representative, ResultDelivery
from submission.domain.people import concerned, filing_faults, person_faults
from submission.rules import FORM_RULES

TODAY = date(2026, 10, 12)


def faults(form: dict[str, Any]) -> list[tuple[str, str]]:
    return [(fault.pointer, fault.rule) for fault in person_faults(form, FORM_RULES, TODAY)]


@pytest.mark.parametrize(
    "name",
    ["Nguyễn Thị Mẫu", "ĐẶNG VĂN Ờ", "Jean-Luc d’Arc", "O'Neil Jr.", "François Šťastný", "A1 <b>x</b> '; DROP TABLE--"],
)
def test_a_name_may_have_latin_letters_and_any_other_characters(name: str) -> None:
    assert faults({"child": {"fullName": unicodedata.normalize("NFC", name)}}) == []


@pytest.mark.parametrize(
    "name",
    [
        "Ngu\u0443\u1ec5n",  # Cyrillic
        "\u0391\u039d\u039d\u0391",  # Greek
        "\uff2e\uff27\uff35",  # full width
        "\U0001d400n",  # mathematical
        "\u0251n",  # phonetic
        "阮氏",
    ],
)
def test_letters_that_only_look_latin_are_told(name: str) -> None:
    """R-123."""
    assert faults({"mother": {"fullName": name}}) == [("/form/mother/fullName", "name-letters")]


@pytest.mark.parametrize("name", ["Nguyễn\nThị Mẫu", "Nguyễn\tThị Mẫu"])
def test_a_name_stands_on_one_line(name: str) -> None:
    assert faults({"requester": {"fullName": name}}) == [("/form/requester/fullName", "name-line")]


@pytest.mark.parametrize(
    ("person", "rule"),
    [
        ({"personalId": "001090000001"}, "contradicts-sex"),  # a man's, of a mother
        ({"personalId": "001190000001", "dateOfBirth": "1991-05-01"}, "contradicts-birth-year"),
        ({"personalId": "001390000001", "dateOfBirth": "1990-05-01"}, "contradicts-birth-year"),  # 2090 by its digits
    ],
)
def test_an_id_number_that_contradicts_its_bearer_is_told_at_the_number(person: dict[str, Any], rule: str) -> None:
    """R-121."""
    assert faults({"mother": person}) == [("/form/mother/personalId", rule)]


@pytest.mark.parametrize(
    "person",
    [
        {"personalId": "001190000001", "dateOfBirth": "1990-05-01"},
        {"personalId": "001190000001"},
        {"personalId": "12", "dateOfBirth": "1991-05-01"},  # the schema says what is wrong with it
        {"personalId": 5, "dateOfBirth": [1]},
        "not an object",
    ],
)
def test_what_fits_or_cannot_be_read_is_passed_over(person: Any) -> None:
    assert faults({"mother": person}) == []


def test_the_sex_a_form_states_goes_before_the_one_its_place_implies() -> None:
    deceased = {"personalId": "001090000001", "sex": 2}
    assert faults({"deceased": deceased}) == [("/form/deceased/personalId", "contradicts-sex")]
    assert faults({"deceased": deceased | {"sex": 3}}) == []


@pytest.mark.parametrize(
    ("form", "pointer", "rule"),
    [
        ({"mother": {"dateOfBirth": "2026-10-13"}}, "/form/mother/dateOfBirth", "in-future"),
        ({"father": {"dateOfBirth": "1899-12-31"}}, "/form/father/dateOfBirth", "too-early"),
        ({"child": {"dateOfBirth": "0001-01-01"}}, "/form/child/dateOfBirth", "too-early"),
        ({"deceased": {"dateOfDeath": "2026-10-13"}}, "/form/deceased/dateOfDeath", "in-future"),
        ({"deathPaper": {"date": "2027-01-01"}}, "/form/deathPaper/date", "in-future"),
        (
            {"deceased": {"dateOfBirth": "1950-01-02", "dateOfDeath": "1950-01-01"}},
            "/form/deceased/dateOfDeath",
            "before-birth",
        ),
    ],
)
def test_days_that_cannot_be_are_told_where_they_stand(form: dict[str, Any], pointer: str, rule: str) -> None:
    """R-122."""
    assert faults(form) == [(pointer, rule)]


def twins(*others: dict[str, Any]) -> dict[str, Any]:
    return {"child": {"fullName": "NGUYỄN THỊ MẪU", "dateOfBirth": "2026-07-29"}, "siblings": list(others)}


def test_children_of_one_birth_have_different_names_and_days_that_are_near() -> None:
    """R-124."""
    assert faults(twins({"fullName": "NGUYỄN VĂN MẪU", "dateOfBirth": "2026-07-31"})) == []
    found = faults(
        twins(
            {"fullName": "Nguyễn  thị mẫu", "dateOfBirth": "2026-07-30"},
            {"fullName": "NGUYỄN VĂN MẪU", "dateOfBirth": "2026-08-01"},
            {"fullName": "NGUYỄN VĂN MẪU", "dateOfBirth": "2026-07-26"},
        )
    )
    assert found == [
        ("/form/siblings/1/dateOfBirth", "not-same-birth"),
        ("/form/siblings/2/dateOfBirth", "not-same-birth"),
        ("/form/siblings/0/fullName", "same-name"),
        ("/form/siblings/2/fullName", "same-name"),
    ]


def test_what_is_wrong_around_the_form_is_told_too() -> None:
    applicant = Applicant(ApplicantKind.CITIZEN, "\u0410nna", "001190000001", "0101234567")
    representative = Representative("Trần\nVăn", "001190000001", "cha")
    found = list(filing_faults(applicant, representative, ResultDelivery(Delivery.POST)))
    assert [(fault.pointer, fault.rule) for fault in found] == [
        ("/applicant/fullName", "name-letters"),
        ("/applicant/organisationId", "not-an-organisation"),
        ("/representative/fullName", "name-line"),
        ("/representative/personalId", "same-person"),
        ("/delivery/address", "required"),
    ]
    assert all(fault.message.vi and fault.message.en for fault in found)


def filed(form: dict[str, Any], by: Actor, owner: str, applicant_id: str | None = None) -> Filing:
    return Filing(
        code="H26-20261012-0000001",
        procedure="1.001193",
        procedure_version=1,
        handled_by="civil-registry",
        unit="00004",
        channel=Channel.ONLINE,
        owner=owner,
        applicant=Applicant(ApplicantKind.CITIZEN, "TRẦN THỊ VÍ DỤ", applicant_id),
        applicant_class=ApplicantClass.GENERAL,
        quantity=1,
        form=form,
        typed_by=by,
        received_at=datetime(2026, 10, 12, 3, tzinfo=UTC),
        tracking_secret="secret",
    )


def test_a_dossier_concerns_its_owner_its_applicant_and_everyone_the_form_names_once() -> None:
    """R-235."""
    form = {
        "mother": {"personalId": "001190000001"},
        "father": {"personalId": "001090000002"},
        "siblings": [{"personalId": "001326000003"}, {"fullName": "chưa có số"}],
        "witness": {"personalId": "001190000009"},  # no place that the mapping knows
        "requester": {"personalId": "none"},
    }
    citizen = Actor(ActorKind.CITIZEN, "001190000001")
    dossier = filed(form, citizen, "001190000001", "001190000007")
    assert concerned(dossier, FORM_RULES) == ("001190000007", "001190000001", "001326000003", "001090000002")


@pytest.mark.parametrize("client", ["agency-portal", "001190000009"])
def test_an_agency_that_owns_what_it_filed_is_nobody_the_dossier_is_about(client: str) -> None:
    dossier = filed({"person": {"personalId": "001190000001"}}, Actor(ActorKind.AGENCY, client), client)
    assert concerned(dossier, FORM_RULES) == ("001190000001",)
