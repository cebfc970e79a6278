from datetime import date
from typing import Any

import pytest

from civil_registry.declarations import IncompleteDeclaration, declarations_of, people_of
from contracts.codes import BirthRegistrationKind, Sex

RECEIVED = date(2026, 10, 12)
MOTHER = {"fullName": "Trần Thị Ví Dụ", "personalId": "001190000001"}
FORM: dict[str, Any] = {
    "birthType": 1,
    "child": {
        "fullName": "  nguyễn thị   mẫu ",
        "sex": 2,
        "dateOfBirth": "2026-07-29",
        "placeOfBirth": "Bệnh viện",
        "nativePlace": "Hà Nội",
        "ethnicity": "Kinh",
    },
    "mother": MOTHER,
    "father": {"fullName": "Nguyễn Văn Ví Dụ"},
    "requester": {"fullName": "Trần Thị Ví Dụ", "relationship": "mẹ", "personalId": "001190000001"},
}


def child(**changes: Any) -> dict[str, Any]:
    return FORM | {"child": FORM["child"] | changes}


TWIN = {"fullName": "Nguyễn Thị Mừng", "sex": 1, "dateOfBirth": "2026-07-30", "placeOfBirth": "Ở nhà"}


def twins(**changes: Any) -> dict[str, Any]:
    return FORM | {"siblings": [TWIN | changes]}


def reason_of(form: Any) -> str:
    with pytest.raises(IncompleteDeclaration) as refused:
        declarations_of(form, late=False, received_on=RECEIVED)
    return refused.value.reason


def test_a_form_becomes_a_declaration_with_names_in_capitals_and_diacritics() -> None:
    """R-067"""
    (declaration,) = declarations_of(child(fullName="Nguye\u0302\u0303n Thị Đặng Ơn"), late=True, received_on=RECEIVED)
    assert declaration.child.full_name == "NGUYỄN THỊ ĐẶNG ƠN"
    assert declaration.child.sex is Sex.FEMALE
    assert declaration.kind is BirthRegistrationKind.LATE
    (plain,) = declarations_of(FORM, late=False, received_on=RECEIVED)
    assert plain.child.full_name == "NGUYỄN THỊ MẪU"


def test_lateness_decides_the_kind_and_no_form_can() -> None:
    """R-060"""
    (declaration,) = declarations_of(FORM | {"kind": 3}, late=False, received_on=RECEIVED)
    assert declaration.kind is BirthRegistrationKind.ON_TIME


@pytest.mark.parametrize(
    ("form", "says"),
    [
        (child(fullName="  "), "họ, chữ đệm, tên của trẻ"),
        (child(dateOfBirth="29/07/2026"), "ngày sinh của trẻ"),
        (child(dateOfBirth="2026-10-13"), "ngày sinh của trẻ"),
        (child(sex=4), "giới tính của trẻ"),
        (child(nativePlace="a\u0007b"), "quê quán của trẻ"),
        ({key: part for key, part in FORM.items() if key != "child"}, "thông tin về trẻ"),
        ({key: part for key, part in FORM.items() if key != "father"}, "thông tin về cha"),
        (FORM | {"birthType": 3}, "thông tin về cha"),
        (FORM | {"birthType": 5}, "thông tin về mẹ; thông tin về cha"),
        (FORM | {"mother": MOTHER | {"personalId": "12345"}}, "số định danh cá nhân của mẹ"),
        (FORM | {"birthType": 9}, "loại khai sinh"),
        (FORM | {"copies": -1}, "số lượng bản sao"),
        (FORM | {"child": "Mẫu"}, "thông tin về trẻ"),
        (twins(fullName=" "), "họ, chữ đệm, tên của trẻ thứ 2"),
        (twins(dateOfBirth="2026-10-13"), "ngày sinh của trẻ thứ 2"),
        (FORM | {"siblings": [None]}, "thông tin về trẻ thứ 2"),
        (FORM | {"siblings": "Mừng"}, "thông tin về các trẻ sinh cùng"),
        (FORM | {"siblings": [TWIN] * 6}, "thông tin về các trẻ sinh cùng"),
        (twins(sex=9) | {"birthType": 3}, "thông tin về cha; giới tính của trẻ thứ 2"),
    ],
)
def test_a_form_that_makes_no_declaration_says_what_is_missing_or_wrong(form: dict[str, Any], says: str) -> None:
    """R-061"""
    assert reason_of(form) == f"Tờ khai thiếu hoặc sai: {says}"


def test_a_reason_never_repeats_what_was_written() -> None:
    assert "001190" not in reason_of(FORM | {"mother": MOTHER | {"personalId": "0011900000"}})


def test_the_people_concerned_are_told_by_personal_ids_only() -> None:
    (declaration,) = declarations_of(FORM, late=False, received_on=RECEIVED)
    assert people_of(declaration, "001088000002") == ["001088000002", "001190000001"]
    assert people_of(declaration, "portal-client") == ["001190000001"]
    assert people_of(None, "portal-client") == []


def test_each_twin_is_a_declaration_that_takes_from_the_first_what_it_does_not_say_itself() -> None:
    form = FORM | {"siblings": [TWIN, TWIN | {"fullName": "Nguyễn Thị Vui", "ethnicity": "Tày"}]}
    first, second, third = declarations_of(form, late=True, received_on=RECEIVED)
    assert [one.child.full_name for one in (first, second, third)] == [
        "NGUYỄN THỊ MẪU",
        "NGUYỄN THỊ MỪNG",
        "NGUYỄN THỊ VUI",
    ]
    assert (second.child.sex, second.child.date_of_birth, second.child.place_of_birth) == (
        Sex.MALE,
        date(2026, 7, 30),
        "Ở nhà",
    )
    assert (second.child.native_place, second.child.ethnicity, third.child.ethnicity) == ("Hà Nội", "Kinh", "Tày")
    assert {(one.mother, one.requester, one.kind) for one in (second, third)} == {
        (first.mother, first.requester, first.kind)
    }


def test_six_children_are_the_most_that_one_form_declares() -> None:
    form = FORM | {"siblings": [TWIN | {"fullName": f"Trẻ {letter}"} for letter in "ABCDE"]}
    assert len(declarations_of(form, late=False, received_on=RECEIVED)) == 6
