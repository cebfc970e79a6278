"""What a dossier is found by: names without accents, its code and pieces of it, whole personal IDs, phones, procedures."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from contracts.codes import ApplicantClass, ApplicantKind, Channel
from submission.domain.dossier import Actor, ActorKind, Applicant, Contact, Filing, Representative
from submission.domain.search import MOST_WORDS, procedures_named, search_query, search_tokens

FILING = Filing(
    code="H26-20261012-0000042",
    procedure="2.000635",
    procedure_version=1,
    handled_by="desk",
    unit="00004",
    channel=Channel.COUNTER,
    owner="001190000001",
    applicant=Applicant(ApplicantKind.CITIZEN, "ĐẶNG THỊ MẪU", "001190000001"),
    applicant_class=ApplicantClass.GENERAL,
    quantity=1,
    form={},
    typed_by=Actor(ActorKind.OFFICER, "officer-1"),
    received_at=datetime(2026, 10, 12, 3, tzinfo=UTC),
    tracking_secret="0000000000",
)


def tokens(**changes: Any) -> set[str]:
    return {token.removeprefix("00004/") for token in search_tokens(replace(FILING, **changes))}


def test_a_name_is_kept_without_accents_and_every_word_under_its_unit() -> None:
    assert {"dang", "thi", "mau"} <= tokens()
    assert all(token.startswith("00004/") for token in search_tokens(FILING))


def test_a_code_is_found_whole_by_its_pieces_and_by_its_number() -> None:
    assert {"h26-20261012-0000042", "20261012-0000042", "0000042", "42"} <= tokens()


def test_who_acts_for_the_applicant_is_found_too() -> None:
    acting = Representative("LÊ VĂN THAY", "001088000002", "giấy ủy quyền")
    assert {"thay", "id:001088000002"} <= tokens(representative=acting)


@pytest.mark.parametrize("phone", ["0912 345 678", "+84912345678", "0912.345.678"])
def test_a_phone_is_one_number_however_it_is_written(phone: str) -> None:
    assert "tel:0912345678" in tokens(contact=Contact(phone=phone))
    assert "'00004/tel:0912345678'" in str(search_query(phone, "00004", []))


def test_a_personal_id_must_fit_whole() -> None:
    assert search_query("001190000001", "00004", []) == "'00004/id:001190000001'"
    assert "id:" not in str(search_query("00119000000", "00004", []))


def test_all_words_must_be_there_and_the_last_one_begun() -> None:
    assert search_query("Đặng Thị M", "00004", []) == "('00004/dang' & '00004/thi' & '00004/m':*)"


def test_a_piece_of_a_code_stays_whole() -> None:
    assert search_query("20261012-00", "00004", []) == "('00004/20261012-00':*)"


def test_a_procedure_is_named_by_any_of_its_words() -> None:
    names = [("1.001193", "Thủ tục đăng ký khai sinh"), ("1.000656", "Đăng ký khai tử")]
    assert procedures_named("khai sinh", names) == ["1.001193"]
    assert procedures_named("đăng ký kh", names) == ["1.001193", "1.000656"]
    assert procedures_named("khai sinh 3", names) == []
    assert (
        search_query("khai sinh", "00004", ["1.001193"]) == "('00004/khai' & '00004/sinh':*) | ('00004/tthc:1.001193')"
    )


@pytest.mark.parametrize("nothing", ["", "  ", "…", "-- ."])
def test_what_holds_no_word_asks_for_nothing(nothing: str) -> None:
    assert search_query(nothing, "00004", []) is None


def test_a_query_takes_no_more_words_than_say_something() -> None:
    assert str(search_query("an " * 100, "00004", [])).count("00004/an") == MOST_WORDS


def test_a_unit_of_a_token_cannot_break_out_of_its_quotes() -> None:
    assert search_query("an", "0'4\\", []) == "('0''4\\\\/an':*)"
