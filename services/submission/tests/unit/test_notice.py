"""Which step is told as what, to where, and in which words; every template, in both languages."""

import re
from datetime import UTC, datetime, timedelta
from importlib import resources
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.codes import DossierStatus as S
from submission.domain.dossier import Contact, Delivery
from submission.domain.notice import (
    Medium,
    NoticeKind,
    Preferences,
    StepTaken,
    kind_of,
    masked,
    reach,
)
from submission.notices.wording import LANGUAGES, Told, template_name, words_of

DUE = datetime(2026, 10, 12, 10, tzinfo=UTC)
BOTH = frozenset(Medium)
TOLD = Told(
    code="H26-20261012-0000042",
    procedure="Thủ tục đăng ký khai sinh",
    unit="Phường Ba Đình",
    tracking="https://example.org/t",
    delivery=Delivery.COUNTER,
    due_at=DUE,
    supplement_by=DUE,
    reason="Ảnh mờ",
    amount=1_234_000,
)


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        (None, S.NEW, NoticeKind.RECEIVED),
        (S.NEW, S.PAYMENT_AWAITED, NoticeKind.PAYMENT_AWAITED),
        (S.PAYMENT_AWAITED, S.NEW, None),
        (S.NEW, S.SUPPLEMENT_AWAITED, NoticeKind.SUPPLEMENT_REQUESTED),
        (S.SUPPLEMENT_AWAITED, S.NEW, NoticeKind.SUPPLEMENTED),
        (S.SUPPLEMENT_AWAITED, S.ACCEPTED, NoticeKind.SUPPLEMENTED),
        (S.SUPPLEMENT_AWAITED, S.PROCESSING, NoticeKind.SUPPLEMENTED),
        (S.SUPPLEMENT_AWAITED, S.REFUSED, NoticeKind.REFUSED),
        (S.SUPPLEMENT_AWAITED, S.WITHDRAWN, NoticeKind.WITHDRAWN),
        (S.NEW, S.ACCEPTED, NoticeKind.ACCEPTED),
        (S.ACCEPTED, S.PROCESSING, None),
        (S.PROCESSING, S.STOPPED, NoticeKind.STOPPED),
        (S.PROCESSING, S.FINISHED, NoticeKind.FINISHED),
        (S.FINISHED, S.RETURNED, NoticeKind.RETURNED),
    ],
)
def test_a_step_is_told_as_what_it_is(before: S | None, after: S, kind: NoticeKind | None) -> None:
    assert kind_of(StepTaken(before, after, DUE, DUE)) is kind


def test_a_step_in_place_is_told_only_if_the_result_will_be_later() -> None:
    later = DUE + timedelta(days=1)
    assert kind_of(StepTaken(S.PROCESSING, S.PROCESSING, DUE, later)) is NoticeKind.EXTENDED
    assert kind_of(StepTaken(S.PROCESSING, S.PROCESSING, DUE, DUE)) is None
    assert kind_of(StepTaken(S.PROCESSING, S.PROCESSING, None, DUE)) is None


def test_preferences_stand_above_the_filing() -> None:
    contact = Contact("a@example.org", "0912345678", "vi")
    assert reach(contact, Preferences(), BOTH).addresses == (
        (Medium.EMAIL, "a@example.org"),
        (Medium.SMS, "0912345678"),
    )
    wanted = Preferences(language="en", sms=False, email_address="b@example.org")
    assert reach(contact, wanted, BOTH).addresses == ((Medium.EMAIL, "b@example.org"),)
    assert reach(contact, wanted, BOTH).language == "en"
    assert reach(contact, Preferences(), frozenset({Medium.SMS})).addresses == ((Medium.SMS, "0912345678"),)
    assert reach(Contact(), Preferences(), BOTH).addresses == ()


EVERY = sorted({(kind, delivery) for kind, delivery in product(NoticeKind, Delivery)})


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("kind", "delivery"), EVERY)
def test_every_notice_has_its_words(kind: NoticeKind, delivery: Delivery, language: str) -> None:
    told = Told(**{**{name: getattr(TOLD, name) for name in Told.__slots__}, "delivery": delivery})
    mail, sms = words_of(kind, Medium.EMAIL, language, told), words_of(kind, Medium.SMS, language, told)
    assert TOLD.code in mail.subject
    assert TOLD.procedure in mail.body
    assert TOLD.tracking in mail.body
    assert "\n" not in mail.subject
    assert TOLD.code in sms.body
    assert len(sms.body) <= 160
    assert sms.body.isascii()
    assert "$" not in mail.subject + mail.body + sms.body


def test_no_template_is_left_over() -> None:
    there = {file.name for file in (resources.files("submission.data") / "notices").iterdir()}
    wanted = {f"{template_name(kind, delivery)}.{language}.txt" for kind, delivery in EVERY for language in LANGUAGES}
    assert there == wanted


def test_money_is_written_as_in_vietnam() -> None:
    assert "1.234.000 đồng" in words_of(NoticeKind.PAYMENT_AWAITED, Medium.EMAIL, "vi", TOLD).body


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_a_reason_is_never_taken_for_a_template(reason: str) -> None:
    told = Told(**{**{name: getattr(TOLD, name) for name in Told.__slots__}, "reason": reason})
    body = words_of(NoticeKind.REFUSED, Medium.EMAIL, "vi", told).body
    assert (reason or "–") in body


@given(st.from_regex(re.compile(r"[0-9]{8,15}", re.ASCII), fullmatch=True))
def test_a_masked_number_cannot_be_called(number: str) -> None:
    assert sum(digit.isdigit() for digit in masked(Medium.SMS, number)) <= 5
