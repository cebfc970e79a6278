from datetime import date
from typing import Any

import pytest

from civil_registry.declarations import IncompleteDeclaration, declaration_of, people_of
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


def reason_of(form: Any) -> str:
    with pytest.raises(IncompleteDeclaration) as refused:
        declaration_of(form, late=False, received_on=RECEIVED)
    return refused.value.reason


def test_a_form_becomes_a_declaration_with_names_in_capitals_and_diacritics() -> None:
    """R-067"""
    declaration = declaration_of(child(fullName="Nguye\u0302\u0303n Thị Đặng Ơn"), late=True, received_on=RECEIVED)
    assert declaration.child.full_name == "NGUYỄN THỊ ĐẶNG ƠN"
    assert declaration.child.sex is Sex.FEMALE
    assert declaration.kind is BirthRegistrationKind.LATE
    assert declaration_of(FORM, late=False, received_on=RECEIVED).child.full_name == "NGUYỄN THỊ MẪU"


def test_lateness_decides_the_kind_and_no_form_can() -> None:
    """R-060"""
    declaration = declaration_of(FORM | {"kind": 3}, late=False, received_on=RECEIVED)
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
    ],
)
def test_a_form_that_makes_no_declaration_says_what_is_missing_or_wrong(form: dict[str, Any], says: str) -> None:
    """R-061"""
    assert reason_of(form) == f"Tờ khai thiếu hoặc sai: {says}"


def test_a_reason_never_repeats_what_was_written() -> None:
    assert "001190" not in reason_of(FORM | {"mother": MOTHER | {"personalId": "0011900000"}})


def test_the_people_concerned_are_told_by_personal_ids_only() -> None:
    declaration = declaration_of(FORM, late=False, received_on=RECEIVED)
    assert people_of(declaration, "001088000002") == ["001088000002", "001190000001"]
    assert people_of(declaration, "portal-client") == ["001190000001"]
    assert people_of(None, "portal-client") == []
