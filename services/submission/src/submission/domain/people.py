"""Persons in a form: names, days of birth, and whether an ID number fits who is said to bear it. Pure; reads no schema.

Where persons stand in the forms is data (data/form_people.json). What a form does not have, or has in another shape, is
passed over here: its schema says what must be there.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from chassis.problems import FieldError, Text
from contracts.codes import ApplicantKind, Sex
from submission.domain.dossier import ActorKind, Applicant, Delivery, Filing, Representative, ResultDelivery
from submission.domain.form import day_at
from submission.domain.names import has_foreign_letters, is_one_line
from submission.domain.personal_id import personal_id, told_by

IN_FUTURE = Text("Ngày không được sau ngày nộp", "The day may not lie after the day of filing")
_TOO_EARLY = Text("Năm sinh không hợp lý", "Too long ago to be a day of birth")
_LETTERS = Text(
    "Chỉ dùng chữ cái Latinh (kể cả chữ tiếng Việt có dấu)", "Letters of the Latin script only, with any accents"
)
_ONE_LINE = Text("Họ tên phải viết trên một dòng", "A name stands on one line, without tabs")
_OTHER_SEX = Text(
    "Số định danh cá nhân không khớp với giới tính (chữ số thứ tư)",
    "The personal ID is one of the other sex (its fourth digit)",
)
_OTHER_YEAR = Text(
    "Số định danh cá nhân không khớp với năm sinh (chữ số thứ tư đến thứ sáu)",
    "The personal ID is one of another year of birth (its fourth to sixth digit)",
)
_BEFORE_BIRTH = Text("Ngày mất không được trước ngày sinh", "The day of death may not lie before the day of birth")
_SAME_NAME = Text("Các con cùng lần sinh phải có tên khác nhau", "Children of one birth must have different names")
_ORGANISATION = Text(
    "Chỉ ghi mã số tổ chức khi chủ hồ sơ là tổ chức", "Only an organisation has an organisation's number"
)
_ONESELF = Text(
    "Người đại diện phải là người khác chủ hồ sơ", "Nobody represents herself: leave the representative out"
)
_ADDRESS = Text("Cần địa chỉ nhận kết quả qua bưu chính", "An address is needed for a result by post")


@dataclass(frozen=True, slots=True)
class PersonPlace:
    """Where a form names a person: a JSON pointer, `*` for every item of a list; the sex, where the place implies it."""

    at: str
    sex: Sex | None = None


@dataclass(frozen=True, slots=True)
class SameBirth:
    """Sinh đôi, sinh ba: where the first child stands and the list of the others, born at most so many days apart."""

    first: str
    others: str
    most_days_apart: int


@dataclass(frozen=True, slots=True)
class FormRules:
    """What is held to besides a form's schema. `past_days`: pointers to days that cannot lie ahead."""

    people: tuple[PersonPlace, ...] = ()
    past_days: tuple[str, ...] = ()
    earliest_birth: date = date.min
    same_birth: SameBirth | None = None


def person_faults(form: Mapping[str, Any], rules: FormRules, today: date) -> Iterator[FieldError]:
    """What is wrong with the persons of a form, each at its pointer."""
    for place in rules.people:
        for pointer, person in _found(form, place.at):
            yield from _faults_of(pointer, person, place.sex, rules.earliest_birth, today)
    for pointer in rules.past_days:
        day = _day(form, pointer)
        if day is not None and day > today:
            yield FieldError(f"/form{pointer}", "in-future", IN_FUTURE)
    yield from _death_faults(form)
    if rules.same_birth is not None:
        yield from _twin_faults(form, rules.same_birth)


def filing_faults(
    applicant: Applicant, representative: Representative | None, delivery: ResultDelivery
) -> Iterator[FieldError]:
    """What is wrong around the form: applicant, representative, the way of the result."""
    yield from _name_faults("/applicant/fullName", applicant.full_name)
    if applicant.organisation_id is not None and applicant.kind is ApplicantKind.CITIZEN:
        yield FieldError("/applicant/organisationId", "not-an-organisation", _ORGANISATION)
    if representative is not None:
        yield from _name_faults("/representative/fullName", representative.full_name)
        if representative.personal_id is not None and representative.personal_id == applicant.personal_id:
            yield FieldError("/representative/personalId", "same-person", _ONESELF)
    if delivery.by is Delivery.POST and delivery.address is None:
        yield FieldError("/delivery/address", "required", _ADDRESS)


def concerned(filed: Filing, rules: FormRules) -> tuple[str, ...]:
    """Personal IDs of everyone a dossier is about, each once: the applicant, its owner, the persons its form names.

    What is no personal ID is passed over: an agency's client owns what it files for an organisation.
    """
    owner = None if filed.typed_by.kind is ActorKind.AGENCY and filed.owner == filed.typed_by.subject else filed.owner
    numbers: list[object] = [filed.applicant.personal_id, owner]
    numbers += [person.get("personalId") for place in rules.people for _, person in _found(filed.form, place.at)]
    return tuple(dict.fromkeys(number for number in numbers if isinstance(number, str) and _is_personal_id(number)))


def _is_personal_id(number: str) -> bool:
    try:
        personal_id(number)
    except ValueError:
        return False
    return True


def _faults_of(
    pointer: str, person: Mapping[str, Any], sex: Sex | None, earliest: date, today: date
) -> Iterator[FieldError]:
    yield from _name_faults(f"{pointer}/fullName", person.get("fullName"))
    born = _day(person, "/dateOfBirth")
    if born is not None and born > today:
        yield FieldError(f"{pointer}/dateOfBirth", "in-future", IN_FUTURE)
    elif born is not None and born < earliest:
        yield FieldError(f"{pointer}/dateOfBirth", "too-early", _TOO_EARLY)
    number = person.get("personalId")
    if not isinstance(number, str):
        return
    try:
        told = told_by(personal_id(number))
    except ValueError:
        return
    stated = person.get("sex", sex)
    if stated in (Sex.MALE, Sex.FEMALE) and stated != told.sex:
        yield FieldError(f"{pointer}/personalId", "contradicts-sex", _OTHER_SEX)
    if born is not None and born.year != told.year_of_birth:
        yield FieldError(f"{pointer}/personalId", "contradicts-birth-year", _OTHER_YEAR)


def _name_faults(pointer: str, name: object) -> Iterator[FieldError]:
    if not isinstance(name, str):
        return
    if has_foreign_letters(name):
        yield FieldError(pointer, "name-letters", _LETTERS)
    if not is_one_line(name):
        yield FieldError(pointer, "name-line", _ONE_LINE)


def _death_faults(form: Mapping[str, Any]) -> Iterator[FieldError]:
    born, died = _day(form, "/deceased/dateOfBirth"), _day(form, "/deceased/dateOfDeath")
    if born is not None and died is not None and died < born:
        yield FieldError("/form/deceased/dateOfDeath", "before-birth", _BEFORE_BIRTH)


def _twin_faults(form: Mapping[str, Any], rule: SameBirth) -> Iterator[FieldError]:
    children = [*_found(form, rule.first), *_found(form, rule.others + "/*")]
    days = [(pointer, day) for pointer, child in children if (day := _day(child, "/dateOfBirth")) is not None]
    if days:
        first = days[0][1]
        for pointer, day in days[1:]:
            if abs((day - first).days) > rule.most_days_apart:
                yield FieldError(f"{pointer}/dateOfBirth", "not-same-birth", _apart(rule.most_days_apart))
    names: set[str] = set()
    for pointer, child in children:
        name = child.get("fullName")
        if not isinstance(name, str):
            continue
        spoken = " ".join(name.casefold().split())
        if spoken in names:
            yield FieldError(f"{pointer}/fullName", "same-name", _SAME_NAME)
        names.add(spoken)


def _apart(days: int) -> Text:
    return Text(
        f"Các con cùng lần sinh phải sinh cách nhau không quá {days} ngày",
        f"Children of one birth are born at most {days} days apart",
    )


def _found(form: Mapping[str, Any], at: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The objects a place names, each with its pointer from the body's root."""
    found: Sequence[tuple[str, Any]] = [("/form", form)]
    for token in at.split("/")[1:]:
        if token == "*":  # noqa: S105 - a token of a pointer
            found = [
                (f"{pointer}/{place}", item)
                for pointer, value in found
                if isinstance(value, list)
                for place, item in enumerate(value)
            ]
        else:
            found = [
                (f"{pointer}/{token}", value[token])
                for pointer, value in found
                if isinstance(value, dict) and token in value
            ]
    return ((pointer, value) for pointer, value in found if isinstance(value, dict))


def _day(form: Mapping[str, Any], pointer: str) -> date | None:
    try:
        return day_at(form, pointer)
    except ValueError:
        return None
