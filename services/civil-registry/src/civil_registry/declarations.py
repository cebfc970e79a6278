"""Turns the form of a dossier (tờ khai) into a birth declaration, or says what it lacks. It decides no duplicate."""

import re
from collections.abc import Iterable
from datetime import date
from typing import Any, TypeAlias

from pydantic import TypeAdapter, ValidationError

from chassis.text import CleanText
from civil_registry.domain.duplicates import BirthIdentity, ParentIdentity
from civil_registry.domain.personal_id import is_personal_id
from contracts.civil_registry import BirthDeclaration, Parent
from contracts.codes import BirthRegistrationKind, BirthType

Json: TypeAlias = Any

_TEXT: TypeAdapter[str] = TypeAdapter(CleanText)

_PARENTS: dict[BirthType, tuple[str, ...]] = {
    BirthType.BOTH_PARENTS: ("mother", "father"),
    BirthType.MOTHER_UNDETERMINED: ("father",),
    BirthType.FATHER_UNDETERMINED: ("mother",),
    BirthType.NEITHER_PARENT: (),
    BirthType.ABANDONED: (),
}

_PARTS = {"child": "trẻ", "mother": "mẹ", "father": "cha", "requester": "người yêu cầu"}
_FIELDS = {
    "fullName": "họ, chữ đệm, tên",
    "sex": "giới tính",
    "dateOfBirth": "ngày sinh",
    "placeOfBirth": "nơi sinh",
    "nativePlace": "quê quán",
    "ethnicity": "dân tộc",
    "nationality": "quốc tịch",
    "personalId": "số định danh cá nhân",
    "residence": "nơi cư trú",
    "relationship": "quan hệ với trẻ",
    "birthType": "loại khai sinh",
    "copies": "số lượng bản sao",
}


class IncompleteDeclaration(Exception):
    """The form does not make a declaration. `pointers` say where; what was written there is not repeated."""

    def __init__(self, pointers: Iterable[str]) -> None:
        self.pointers = tuple(dict.fromkeys(pointers))
        super().__init__(", ".join(self.pointers))

    @property
    def reason(self) -> str:
        """What the applicant reads."""
        return f"Tờ khai thiếu hoặc sai: {'; '.join(map(_label, self.pointers))}"


def declaration_of(form: Json, *, late: bool, received_on: date) -> BirthDeclaration:
    """The declaration a form makes: text in one normal form, names in capitals with diacritics.

    Raises IncompleteDeclaration if a field is missing or wrong, or the parents named do not fit the type of birth.
    """
    form = _cleaned(form, "")
    kind = BirthRegistrationKind.LATE if late else BirthRegistrationKind.ON_TIME
    if not isinstance(form, dict):
        raise IncompleteDeclaration(["/"])
    try:
        declaration = BirthDeclaration.model_validate({**form, "kind": kind})
    except ValidationError as error:
        raise IncompleteDeclaration("/" + "/".join(map(str, item["loc"])) for item in error.errors()) from error
    if wrong := list(_wrong(declaration, received_on)):
        raise IncompleteDeclaration(wrong)
    return declaration


def identity_of(declaration: BirthDeclaration) -> BirthIdentity:
    """What the declared birth is told by."""

    def parent(declared: Parent | None) -> ParentIdentity | None:
        return ParentIdentity(declared.full_name, declared.personal_id) if declared else None

    child = declaration.child
    return BirthIdentity(child.full_name, child.date_of_birth, parent(declaration.mother), parent(declaration.father))


def people_of(declaration: BirthDeclaration | None, owner: str) -> list[str]:
    """Personal IDs of those whom the case concerns: who filed, who asked, the parents. An agency's client id is none."""
    ids = [owner]
    if declaration is not None:
        ids += [
            person.personal_id or ""
            for person in (declaration.requester, declaration.mother, declaration.father)
            if person is not None
        ]
    return sorted({number for number in ids if is_personal_id(number)})


def _wrong(declaration: BirthDeclaration, received_on: date) -> Iterable[str]:
    named = _PARENTS[declaration.birth_type]
    for role in ("mother", "father"):
        if (getattr(declaration, role) is None) == (role in named):
            yield f"/{role}"
    for role in ("mother", "father", "requester"):
        person = getattr(declaration, role)
        if person is not None and person.personal_id is not None and not is_personal_id(person.personal_id):
            yield f"/{role}/personalId"
    born = declaration.child.date_of_birth
    if born > received_on:
        yield "/child/dateOfBirth"
    for role in ("mother", "father"):
        parent = getattr(declaration, role)
        if parent is not None and parent.date_of_birth is not None and parent.date_of_birth >= born:
            yield f"/{role}/dateOfBirth"
    if declaration.copies < 0:
        yield "/copies"


def _cleaned(value: Json, pointer: str) -> Json:
    """The form with clean text, one space between words, and what was left empty taken out."""
    match value:
        case dict():
            parts = {name: _cleaned(part, f"{pointer}/{name}") for name, part in value.items()}
            return {name: part for name, part in parts.items() if part is not None and part != {}}
        case list():
            return [_cleaned(part, f"{pointer}/{place}") for place, part in enumerate(value)]
        case str():
            try:
                text = re.sub(r"\s+", " ", _TEXT.validate_python(value))
            except ValidationError as error:
                raise IncompleteDeclaration([pointer]) from error
            return (text.upper() if pointer.endswith("/fullName") else text) or None
        case _:
            return value


def _label(pointer: str) -> str:
    """`/child/fullName` as the applicant calls it."""
    part, _, field = pointer.strip("/").partition("/")
    whole = _PARTS.get(part)
    if whole is None:
        return _FIELDS.get(part, pointer)
    return f"{_FIELDS.get(field, field)} của {whole}" if field else f"thông tin về {whole}"
