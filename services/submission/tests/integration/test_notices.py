"""Notices from the steps to the mail server and the SMS provider: which, when, to whom, and what happens when these fail."""

import asyncio
import logging
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
import structlog.testing

from services.submission.tests.counter import (
    ONE_STOP,
    OPERATOR,
    OWNER,
    PATH,
    accepted,
    at_the_counter,
    done,
    finished,
    with_paper,
)  # fmt: skip
from services.submission.tests.post import CONTACT, EMAIL, PHONE, PostOffice, post_office
from submission.notices import work
from tests.servers.postgres import Postgres
from tests.support.counting import counted
from tests.support.identities import citizen

PREFERENCES = "/v1/me/notice-preferences"


@pytest.fixture
async def office(postgres: Postgres, template: str) -> AsyncIterator[PostOffice]:
    async with post_office(postgres, template) as office:
        yield office


async def act(office: PostOffice, code: str, what: str, caller: dict[str, str] = ONE_STOP, **body: Any) -> None:
    await done(office.desk, await office.desk.post(f"{PATH}/{code}/{what}", caller, body or None))


async def filed(office: PostOffice, **change: Any) -> str:
    return await at_the_counter(office.desk, **({"contact": CONTACT} | change))


async def test_the_applicant_is_told_that_the_dossier_came_in(office: PostOffice) -> None:
    code = await filed(office)
    await office.send()
    (mail,), (text,) = office.mails, office.texts
    assert (mail.to, mail.subject, mail.language) == ((EMAIL,), f"Đã nhận hồ sơ {code}", "vi")
    assert "Cấp bản sao trích lục hộ tịch" in mail.text
    assert "17:00 15/10/2026" in mail.text
    assert f"/dossiers/{code}/tracking?secret=" in mail.text
    assert text["to"] == PHONE
    assert text["text"] == f"Ho so {code} da duoc nhan. Hen tra ket qua: 17:00 15/10/2026."
    assert await office.states(code) == {"email": "sent", "sms": "sent"}
    (notice, _) = sorted(await office.notices(code), key=lambda item: item["medium"])
    assert notice["to"] == "v***@example.org"
    assert mail.message_id == f"<{notice['id']}@example.org>"


async def test_every_step_is_told_once_in_its_own_words(office: PostOffice) -> None:
    """R-184."""
    await office.desk.hear(with_paper())
    code = await filed(office)
    await act(office, code, "supplement-request", reason="Ảnh mờ $due {x} <b>", components=["giay-to-tuy-than"])
    await act(office, code, "supplement", note="Đã xem bản chính")
    await act(office, code, "acceptance")
    await act(office, code, "extension", workingDays=2, reason="Chờ xác minh")
    await act(office, code, "finish")
    await act(office, code, "return")
    for _ in range(3):
        await office.send()
    assert [mail.subject for mail in office.mails] == [
        f"Đã nhận hồ sơ {code}",
        f"Yêu cầu bổ sung hồ sơ {code}",
        f"Đã nhận bổ sung hồ sơ {code}",
        f"Hồ sơ {code} được tiếp nhận",
        f"Xin lỗi và hẹn lại ngày trả kết quả hồ sơ {code}",
        f"Hồ sơ {code} đã có kết quả",
        f"Đã trả kết quả hồ sơ {code}",
    ]
    assert len(office.texts) == 7
    asked = office.mails[1].text
    assert "Ảnh mờ $due {x} <b>" in asked
    assert "chậm nhất 17:00 21/10/2026" in asked
    assert "mới: 17:00 19/10/2026" in office.mails[4].text


async def test_a_step_that_cannot_be_planned_for_holds_up_no_other_and_is_tried_again(
    office: PostOffice,
) -> None:
    broken = await filed(office)
    await office.sql("UPDATE dossiers SET procedure_version = 99")
    whole = [await filed(office) for _ in range(4)]
    with structlog.testing.capture_logs() as logged:
        await office.send()
        await office.send()
    assert {mail.subject for mail in office.mails} == {f"Đã nhận hồ sơ {code}" for code in whole}
    assert [line["event"] for line in logged].count("step not planned for") == 1  # it is left alone for a while
    await office.sql("UPDATE dossiers SET procedure_version = 1")
    await office.sql("UPDATE history SET notice_due_at = now() WHERE notice_due_at IS NOT NULL")
    await office.send()
    assert await office.states(broken) == {"email": "sent", "sms": "sent"}
    assert len(office.mails) == 5


@pytest.mark.parametrize(
    ("what", "body", "said"),
    [
        ("refusal", {"reason": "Không thuộc thẩm quyền"}, "không được tiếp nhận"),
        ("withdrawal", {}, "Đã rút hồ sơ"),
        ("stop", {"reason": "Người yêu cầu đã mất"}, "Dừng giải quyết"),
    ],
)
async def test_how_a_dossier_ends_without_a_result_is_told_with_the_reason(
    office: PostOffice, what: str, body: dict[str, Any], said: str
) -> None:
    code = await (accepted(office.desk, contact=CONTACT) if what == "stop" else filed(office))
    await act(office, code, what, OWNER if what == "withdrawal" else ONE_STOP, **body)
    await office.send()
    assert said in office.mails[-1].subject
    assert body.get("reason", "theo yêu cầu") in office.mails[-1].text


@pytest.mark.parametrize(
    ("delivery", "how"),
    [
        ({"by": "counter"}, "bộ phận một cửa"),
        ({"by": "online"}, "trực tuyến"),
        ({"by": "post", "address": "1 Phố Mẫu, Hà Nội"}, "bưu chính"),
    ],
)
async def test_the_finished_result_is_told_by_the_way_it_will_be_handed_over(
    office: PostOffice, delivery: dict[str, str], how: str
) -> None:
    await finished(office.desk, contact=CONTACT, delivery=delivery)
    await office.send()
    assert how in office.mails[-1].text


async def test_a_notice_says_what_held_at_its_step_however_late_it_is_planned(office: PostOffice) -> None:
    code = await accepted(office.desk, contact=CONTACT)
    await act(office, code, "extension", workingDays=2, reason="Chờ xác minh")
    await office.send()
    assert ["15/10/2026" in mail.text for mail in office.mails] == [True, True, False]


async def test_nothing_of_a_person_is_in_a_text_message_or_a_log(
    office: PostOffice, caplog: pytest.LogCaptureFixture
) -> None:
    """R-185."""
    caplog.set_level(logging.DEBUG)
    office.fail_mail("refuse")
    office.fail_sms("error")
    await finished(office.desk, contact=CONTACT)
    await office.send()
    said = " ".join(text["text"] for text in office.texts)
    assert said.isascii()
    assert "VI DU" not in said.upper()
    ours = " ".join(
        record.getMessage() for record in caplog.records if record.name in ("notices", "aiosmtplib", "httpx")
    )
    assert EMAIL not in ours
    assert PHONE not in ours


async def test_who_has_no_address_is_told_nothing_and_is_not_planned_for_again(office: PostOffice) -> None:
    code = await filed(office, contact={})
    await office.send()
    assert (office.mails, office.texts, await office.notices(code)) == ([], [], [])
    assert await office.sql("SELECT 1 FROM history WHERE notice_planned_at IS NULL") == []


async def test_in_english_where_the_filing_asks_for_it(office: PostOffice) -> None:
    code = await filed(office, contact=CONTACT | {"language": "en"})
    await office.send()
    assert office.mails[0].subject == f"Dossier {code} received"
    assert "17:00, 15 Oct 2026" in office.mails[0].text
    assert office.texts[0]["text"].startswith(f"Dossier {code} was received")


async def test_what_a_person_prefers_stands_above_what_the_filing_says(office: PostOffice) -> None:
    first = await office.desk.get(PREFERENCES, OWNER)
    assert (first.headers["ETag"], first.json()["email"]) == ('"0"', True)
    wanted = {"language": "en", "email": True, "sms": False, "emailAddress": "other@example.org"}
    put = await office.desk.client.put(PREFERENCES, headers=OWNER, json=wanted)
    assert (put.status_code, put.headers["ETag"]) == (200, '"1"')
    assert put.json() == wanted | {"phone": None}
    code = await filed(office)
    await office.send()
    assert [mail.to for mail in office.mails] == [("other@example.org",)]
    assert office.mails[0].subject == f"Dossier {code} received"
    assert office.texts == []
    again = await office.desk.get(PREFERENCES, OWNER, If_None_Match='"1"')
    assert again.status_code == 304
    stale = await office.desk.client.put(PREFERENCES, headers=OWNER | {"If-Match": '"0"'}, json=wanted)
    assert stale.status_code == 412
    assert (await office.desk.get(PREFERENCES, citizen("001190000002"))).json()["sms"] is True
    assert (await office.desk.get(PREFERENCES, ONE_STOP)).status_code == 403


@pytest.mark.parametrize(
    "wrong",
    [
        {"emailAddress": "a@b"},
        {"emailAddress": "Ai đó <a@b.vn>"},
        {"emailAddress": "a@b.vn\r\nBcc: x@y.vn"},
        {"phone": "12"},
    ],
)
async def test_an_address_that_is_none_is_not_kept(office: PostOffice, wrong: dict[str, str]) -> None:
    assert (await office.desk.client.put(PREFERENCES, headers=OWNER, json=wrong)).status_code == 422


async def test_the_end_of_the_time_to_supplement_is_warned_of_once(office: PostOffice) -> None:
    await office.desk.hear(with_paper())
    code = await filed(office)
    await act(office, code, "supplement-request", reason="Ảnh mờ")
    await work.warn(office.desk.runtime)
    await office.send()
    assert len(office.mails) == 2
    office.desk.clock.advance(timedelta(days=8, hours=12))
    await asyncio.gather(*(work.warn(office.desk.runtime) for _ in range(3)))
    await office.send()
    assert [mail.subject for mail in office.mails[2:]] == [f"Sắp hết hạn bổ sung hồ sơ {code}"]
    assert "17:00 21/10/2026" in office.mails[2].text


@pytest.mark.parametrize("mode", ["down", "error"])
async def test_a_server_that_is_away_is_tried_again_with_growing_pauses(office: PostOffice, mode: str) -> None:
    office.fail_mail(mode, times=2)
    office.fail_sms(mode, times=2)
    code = await filed(office)
    for attempts, pause in ((1, 60), (2, 300)):
        await office.send()
        assert office.mails == []
        waiting = await office.sql("SELECT attempts, round(extract(epoch FROM due_at - now())) FROM notices")
        assert {(row[0], abs(row[1] - pause) < 10) for row in waiting} == {(attempts, True)}
        await office.hasten()
    await office.send()
    assert await office.states(code) == {"email": "sent", "sms": "sent"}
    assert (len(office.mails), len(office.texts)) == (1, 1)


async def test_what_is_refused_for_good_is_failed_and_an_operator_sees_it_and_sends_it_again(
    office: PostOffice,
) -> None:
    office.fail_mail("refuse")
    office.fail_sms("refuse")
    code = await filed(office)
    await office.send()
    assert await office.states(code) == {"email": "failed", "sms": "failed"}
    assert {notice["fault"] for notice in await office.notices(code)} == {"SMTP 550", "HTTP 422"}
    shown = await done(office.desk, await office.desk.get("/v1/notices?state=failed", OPERATOR))
    assert [notice["to"] for notice in shown["items"]] in (
        ["v***@example.org", "091****78"],
        ["091****78", "v***@example.org"],
    )
    for notice in shown["items"]:
        await done(office.desk, await office.desk.post(f"/v1/notices/{notice['id']}/resend", OPERATOR))
    await office.send()
    assert await office.states(code) == {"email": "sent", "sms": "sent"}
    again = await office.desk.post(f"/v1/notices/{shown['items'][0]['id']}/resend", OPERATOR)
    assert (again.status_code, again.json()["type"]) == (409, "/problems/notice-not-stuck")
    assert (await office.desk.get("/v1/notices", ONE_STOP)).status_code == 403
    nobody = "01927f5e-0000-7000-8000-000000000001"
    assert (await office.desk.post(f"/v1/notices/{nobody}/resend", OPERATOR)).status_code == 404


async def test_attempts_come_to_an_end(postgres: Postgres, template: str) -> None:
    async with post_office(postgres, template, notice_retry_delays=(1, 1)) as office:
        office.fail_mail("error", times=None)
        code = await filed(office, contact={"email": EMAIL})
        for _ in range(4):
            await office.send()
            await office.hasten()
        (notice,) = await office.notices(code)
        assert (notice["state"], notice["attempts"], notice["fault"]) == ("failed", 3, "SMTP 451")


@pytest.mark.parametrize("mode", ["lose-answer", "slow"])
async def test_a_mail_whose_answer_was_lost_is_never_sent_again_by_itself(office: PostOffice, mode: str) -> None:
    """R-184."""
    office.fail_mail(mode, **({"delay_seconds": 5} if mode == "slow" else {}))
    code = await filed(office, contact={"email": EMAIL})
    await office.send()
    assert await office.states(code) == {"email": "unknown"}
    for _ in range(3):
        await office.sql("UPDATE notices SET due_at = now(), sending_at = sending_at - interval '1 day'")
        await work.watch(office.desk.runtime)
        await office.send()
    assert len(office.mails) == 1
    metrics, _ = office.desk.runtime.metrics.exposition()
    assert b'notices{service="submission",state="unknown"} 1.0' in metrics
    (stuck,) = (await office.desk.get("/v1/notices", OPERATOR)).json()["items"]
    await done(office.desk, await office.desk.post(f"/v1/notices/{stuck['id']}/resend", OPERATOR))
    await office.send()
    assert [mail.message_id for mail in office.mails] == [office.mails[0].message_id] * 2


async def test_a_text_message_whose_answer_was_lost_is_repeated_and_arrives_once(office: PostOffice) -> None:
    office.fail_sms("lose-answer")
    code = await filed(office, contact={"phone": PHONE})
    await office.send()
    assert await office.states(code) == {"sms": "planned"}
    await office.hasten()
    await office.send()
    assert await office.states(code) == {"sms": "sent"}
    assert len(office.texts) == 1


async def test_many_planners_and_senders_at_once_tell_each_step_once(office: PostOffice) -> None:
    codes = [await filed(office) for _ in range(6)]
    runtime = office.desk.runtime
    await asyncio.gather(*(work.plan(runtime) for _ in range(4)))
    await asyncio.gather(*(work.send_mail(runtime) for _ in range(4)), *(work.send_sms(runtime) for _ in range(4)))
    assert sorted(mail.subject for mail in office.mails) == sorted(f"Đã nhận hồ sơ {code}" for code in codes)
    assert len(office.texts) == 6


async def test_a_deployment_without_servers_plans_nothing_and_keeps_going(postgres: Postgres, template: str) -> None:
    async with post_office(postgres, template) as office:
        runtime = office.desk.runtime
        runtime.settings = runtime.settings.model_copy(update={"smtp_host": None, "sms_url": None})
        code = await filed(office)
        await office.send()
        assert await office.notices(code) == []


async def test_the_notices_of_a_dossier_cost_two_statements_and_are_its_own(office: PostOffice) -> None:
    code = await filed(office)
    await office.send()
    with counted(office.desk.runtime.database) as statements:
        await office.notices(code)
    assert len(statements) == 2
    assert (await office.desk.get(f"{PATH}/{code}/notices", citizen("001190000002"))).status_code == 404
