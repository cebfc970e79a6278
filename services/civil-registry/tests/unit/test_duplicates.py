from datetime import date

import pytest

from civil_registry.domain.duplicates import BirthIdentity, ParentIdentity, is_duplicate, named_twice, same_name

MOTHER = ParentIdentity("TRẦN THỊ VÍ DỤ", "001190000001")
FATHER = ParentIdentity("NGUYỄN VĂN VÍ DỤ", "001088000002")
DAY = date(2026, 7, 29)
BORN = BirthIdentity("NGUYỄN THỊ MẪU", DAY, MOTHER, FATHER)


def test_the_same_child_of_the_same_mother_is_a_duplicate() -> None:
    """R-062"""
    assert is_duplicate(BirthIdentity("NGUYỄN THỊ MẪU", DAY, MOTHER, None), [BORN])


def test_the_same_child_of_the_same_father_is_a_duplicate_whatever_the_mother_is_called() -> None:
    assert is_duplicate(BirthIdentity("NGUYỄN THỊ MẪU", DAY, ParentIdentity("KHÁC"), FATHER), [BORN])


def test_twins_of_one_mother_and_day_are_not_duplicates() -> None:
    assert not is_duplicate(BirthIdentity("NGUYỄN THỊ MỪNG", DAY, MOTHER, FATHER), [BORN])


@pytest.mark.parametrize(("one", "other"), [("NGUYỄN MINH ANH", "NGUYỄN MINH ÁNH"), ("LÊ THU HÀ", "LÊ THU HẠ")])
def test_twins_whose_names_differ_in_an_accent_only_are_not_duplicates(one: str, other: str) -> None:
    """R-063"""
    assert not is_duplicate(BirthIdentity(one, DAY, MOTHER, FATHER), [BirthIdentity(other, DAY, MOTHER, FATHER)])


def test_a_name_typed_without_accents_is_the_same_name() -> None:
    assert is_duplicate(BirthIdentity("NGUYEN THI MAU", DAY, MOTHER, FATHER), [BORN])
    assert same_name("ĐỖ ĐĂNG ĐẠT", "DO DANG DAT")


@pytest.mark.parametrize(
    ("one", "other"), [("NGUYỄN THỊ HÒA", "Nguyễn Thị Hoà"), ("LÊ THÚY", "LÊ  THUÝ"), ("Vũ", "VU\u0303")]
)
def test_one_name_in_two_spellings_is_one_name(one: str, other: str) -> None:
    assert same_name(one, other)


@pytest.mark.parametrize(("one", "other"), [("ĐAN", "DÂN"), ("LÊ AN", "LÊ ÂN"), ("LÊ NAM", "LÊ NAM ANH")])
def test_two_names_are_two_names(one: str, other: str) -> None:
    assert not same_name(one, other)


def test_another_day_or_other_parents_are_another_child() -> None:
    assert not is_duplicate(BirthIdentity("NGUYỄN THỊ MẪU", date(2026, 7, 30), MOTHER, FATHER), [BORN])
    strangers = (ParentIdentity("TRẦN THỊ VÍ DỤ", "001190000009"), ParentIdentity("NGUYỄN VĂN VÍ DỤ", "001088000009"))
    assert not is_duplicate(BirthIdentity("NGUYỄN THỊ MẪU", DAY, *strangers), [BORN])


def test_without_ids_the_parents_names_decide() -> None:
    by_name = BirthIdentity("NGUYỄN THỊ MẪU", DAY, ParentIdentity("Trần Thị Ví Dụ"), ParentIdentity("Nguyễn Văn Ví Dụ"))
    assert is_duplicate(by_name, [BORN])
    other_father = BirthIdentity("NGUYỄN THỊ MẪU", DAY, ParentIdentity("Trần Thị Ví Dụ"), ParentIdentity("Lê Văn Khác"))
    assert not is_duplicate(other_father, [BORN])


def test_children_without_known_parents_are_told_apart_by_nothing_and_so_are_no_duplicates() -> None:
    foundling = BirthIdentity("NGUYỄN THỊ MẪU", DAY)
    assert not is_duplicate(foundling, [foundling, BORN])


def test_of_one_dossier_the_name_alone_tells_the_children_apart() -> None:
    def child(name: str, day: date = DAY) -> BirthIdentity:
        return BirthIdentity(name, day, MOTHER, FATHER)

    assert named_twice([child("NGUYỄN MINH ANH"), child("NGUYỄN MINH ÁNH"), child("NGUYỄN MINH ÂN")]) is None
    assert named_twice([child("LÊ HÒA"), child("LÊ AN"), child("LE HOA")]) == 2
    assert named_twice([child("LÊ HÒA"), child("LÊ HOÀ", date(2026, 7, 30))]) == 1
    assert named_twice([BirthIdentity("LÊ AN", DAY), BirthIdentity("LÊ AN", DAY)]) == 1
