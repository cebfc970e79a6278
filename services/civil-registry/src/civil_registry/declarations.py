"""Turns the form of a dossier (tờ khai) into birth declarations, one a child, or says what it lacks. No duplicate is decided."""

import re
from collections.abc import Iterable, Mapping
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

MOST_SIBLINGS = 5
_SHARED = ("nativePlace", "ethnicity", "nationality")

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


def declarations_of(form: Json, *, late: bool, received_on: date) -> tuple[BirthDeclaration, ...]:
    """The declarations a form makes, of `child` and then of each of `siblings` (sinh đôi, sinh ba) in their order.

    Text is in one normal form, names in capitals with diacritics. What a sibling leaves out of native place, ethnicity
    and nationality is as the first child's; parents, requester, copies and lateness are the dossier's, the same for all.

    Raises IncompleteDeclaration if a field is missing or wrong, or the parents named do not fit the type of birth.
    """
    form = _cleaned(form, "")
    if not isinstance(form, dict):
        raise IncompleteDeclaration(["/"])
    kind = BirthRegistrationKind.LATE if late else BirthRegistrationKind.ON_TIME
    declarations: list[BirthDeclaration] = []
    wrong: list[str] = []
    for number, child in enumerate(_children(form), 1):
        try:
            declaration = BirthDeclaration.model_validate({**form, "child": child, "kind": kind})
        except ValidationError as error:
            found = ["/" + "/".join(map(str, item["loc"])) for item in error.errors()]
        else:
            declarations.append(declaration)
            found = list(_wrong(declaration, received_on))
        wrong += [_of_child(number, pointer) for pointer in found]
    if wrong:
        raise IncompleteDeclaration(wrong)
    return tuple(declarations)


def _children(form: Mapping[str, Json]) -> list[Json]:
    """The first child and its siblings, each with all that a child has. Raises IncompleteDeclaration."""
    first, siblings = form.get("child"), form.get("siblings", [])
    if not isinstance(siblings, list) or len(siblings) > MOST_SIBLINGS:
        raise IncompleteDeclaration(["/siblings"])
    shared = {name: first[name] for name in _SHARED if name in first} if isinstance(first, dict) else {}
    return [first, *(shared | sibling if isinstance(sibling, dict) else sibling for sibling in siblings)]


def _of_child(number: int, pointer: str) -> str:
    """Where in the form it stands what `pointer` names in the declaration of the dossier's `number`-th child."""
    return pointer if number == 1 else re.sub(r"^/child\b", f"/siblings/{number - 2}", pointer)


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
    if part == "siblings":
        place, _, field = field.partition("/")
        whole = f"trẻ thứ {int(place) + 2}" if place else "các trẻ sinh cùng"
    if whole is None:
        return _FIELDS.get(part, pointer)
    return f"{_FIELDS.get(field, field)} của {whole}" if field else f"thông tin về {whole}"
