"""Intake over HTTP: what is taken in and told, what each wrong filing gets, and what it costs."""

import asyncio
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import text

from services.submission.tests.conftest import BA_DINH, BIRTH, CAU_GIAY, EXTRACT, Desk, birth
from tests.support.counting import counted
from tests.support.identities import agency, citizen, officer

PATH = "/v1/dossiers"
FORM: dict[str, Any] = {
    "child": {"fullName": "NGUYỄN THỊ MẪU", "dateOfBirth": "2026-07-29", "sex": 2},
    "requester": {"fullName": "TRẦN THỊ VÍ DỤ", "personalId": "001190000001"},
}
FILING: dict[str, Any] = {"procedure": BIRTH, "unit": BA_DINH, "form": FORM}
APPLICANT = {"personalId": "001190000001", "fullName": "TRẦN THỊ VÍ DỤ"}
ONE_STOP = officer("one-stop-officer")


async def rows(desk: Desk, query: str) -> list[Any]:
    async with desk.runtime.database.begin() as uow:
        return list((await uow.execute(text(query))).all())


async def test_a_citizen_files_online(desk: Desk) -> None:
    answer = await desk.post(PATH, citizen(), FILING)
    assert answer.status_code == 201
    body = answer.json()
    code = body["code"]
    assert code.startswith("H26-20261012-")
    assert answer.headers["Location"] == f"/api/submission/v1/dossiers/{code}"
    assert answer.headers["ETag"] == '"1"'
    assert body["status"] == {"number": 1, "name": "mới đăng ký"}
    assert (body["receivedAt"], body["dueAt"]) == ("2026-10-12T03:00:00Z", "2026-10-12T10:00:00Z")
    assert body["links"]["receipt"].endswith(f"/{code}/receipt")
    assert body["links"]["fee"] == f"/api/payment/v1/obligations?dossier={code}"
    (told,) = await desk.told()
    assert told == {
        "version": 1,
        "dossierCode": code,
        "procedure": BIRTH,
        "unit": BA_DINH,
        "channel": 2,
        "applicantClass": "general",
        "receivedOn": "2026-10-12",
        "dueAt": "2026-10-12T10:00:00Z",
        "feeFacts": {
            "applicantClass": "general",
            "daysSinceOccurrence": 75,
            "identityLevel": 2,
            "age": None,
            "quantity": 1,
            "pages": None,
        },
        "owner": "001190000001",
        "case": None,
        "applicantKind": 1,
        "assisted": False,
        "identityVerified": True,
        "components": {"total": 0, "digitised": 0, "reused": 0, "fromNationalStore": 0},
        "applicant": {"kind": 1, "personalId": "001190000001", "fullName": "TRẦN THỊ VÍ DỤ"},
        "concerns": ["001190000001"],
    }


async def test_an_officer_files_at_the_counter_for_a_citizen(desk: Desk) -> None:
    filing = FILING | {"applicant": APPLICANT, "applicantClass": "poor-household", "quantity": 2}
    answer = await desk.post(PATH, ONE_STOP, filing)
    assert answer.status_code == 201
    (told,) = await desk.told()
    assert (told["channel"], told["owner"], told["applicantClass"]) == (1, "001190000001", "poor-household")
    assert told["assisted"]
    assert told["feeFacts"]["identityLevel"] is None
    seen = await desk.get(f"{PATH}/{answer.json()['code']}", citizen())
    assert seen.json()["person"]["applicant"]["fullName"] == "TRẦN THỊ VÍ DỤ"
    ((kind, who),) = await rows(desk, "SELECT typed_by_kind, typed_by FROM dossiers")
    assert (kind, who) == ("officer", "officer-1")


async def test_an_agency_files_for_someone(desk: Desk) -> None:
    answer = await desk.post(
        PATH, agency("submission:write"), FILING | {"applicant": {"kind": 2, "fullName": "CÔNG TY MẪU"}}
    )
    assert answer.status_code == 201
    (told,) = await desk.told()
    assert (told["channel"], told["owner"]) == (2, "agency-1")


async def test_the_cut_off_moves_the_deadline_and_not_the_day_of_receipt(desk: Desk) -> None:
    """R-030"""
    desk.clock.set(datetime(2026, 10, 16, 8, 0, 1, tzinfo=UTC))  # Friday 15:00:01 in Hanoi
    body = (await desk.post(PATH, citizen(), FILING)).json()
    assert body["dueAt"] == "2026-10-19T10:00:00Z"
    (told,) = await desk.told()
    assert told["receivedOn"] == "2026-10-16"


async def test_the_published_calendar_moves_the_deadline(desk: Desk) -> None:
    """R-031"""
    desk.clock.set(datetime(2026, 11, 24, 2, 0, tzinfo=UTC))
    assert (await desk.post(PATH, citizen(), FILING)).json()["dueAt"] == "2026-11-25T10:00:00Z"


async def test_a_newer_version_of_the_form_applies_at_once(desk: Desk) -> None:
    assert (await desk.post(PATH, citizen(), FILING)).status_code == 201
    schema = {"type": "object", "required": ["mother"]}
    await desk.hear(birth(2).model_copy(update={"form_schema": schema}))
    answer = await desk.post(PATH, citizen(), FILING)
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/form/mother"]


async def test_the_form_is_kept_in_nfc_and_whole(desk: Desk) -> None:
    form = FORM | {"requester": {"fullName": "Tra\u0302\u0300n", "note": None}, "copies": 0}
    code = (await desk.post(PATH, citizen(), FILING | {"form": form})).json()["code"]
    person = (await desk.get(f"{PATH}/{code}", citizen())).json()["person"]
    assert person["form"] == form | {"requester": {"fullName": "Trần", "note": None}}


# What is wrong, and what it gets


async def test_every_fault_of_the_form_is_told_at_its_pointer(desk: Desk) -> None:
    """R-020"""
    form = {
        "child": {"fullName": "A", "sex": 7},
        "requester": {"personalId": "12"},
        "copies": -1,
        "extra": 1,
        "more": "a\u0000b",
    }
    answer = await desk.post(PATH, citizen(), FILING | {"form": form})
    assert answer.status_code == 422
    body = answer.json()
    assert body["type"] == "/problems/form-invalid"
    assert {(error["pointer"], error["rule"]) for error in body["errors"]} == {
        ("/form/child/fullName", "minLength"),
        ("/form/child/sex", "enum"),
        ("/form/child/dateOfBirth", "required"),
        ("/form/requester/fullName", "required"),
        ("/form/requester/personalId", "pattern"),
        ("/form/copies", "minimum"),
        ("/form/extra", "additionalProperties"),
        ("/form/more", "control-characters"),
    }
    assert all(error["vi"] and error["en"] for error in body["errors"])
    assert not await desk.told()


async def test_an_occurrence_in_the_future_is_a_fault_of_the_form(desk: Desk) -> None:
    """R-023"""
    form = FORM | {"child": {"fullName": "NGUYỄN THỊ MẪU", "dateOfBirth": "2026-10-13"}}
    body = (await desk.post(PATH, citizen(), FILING | {"form": form})).json()
    assert [(error["pointer"], error["rule"]) for error in body["errors"]] == [("/form/child/dateOfBirth", "in-future")]
    # In Hanoi it is the 13th already while UTC still has the 12th.
    desk.clock.set(datetime(2026, 10, 12, 17, 30, tzinfo=UTC))
    assert (await desk.post(PATH, citizen(), FILING | {"form": form})).status_code == 201


@pytest.mark.parametrize(
    ("change", "slug", "context"),
    [
        ({"procedure": "9.999999"}, "unknown-procedure", {"procedure": "9.999999", "on": "2026-10-12"}),
        ({"unit": "99999"}, "unknown-unit", {"unit": "99999", "on": "2026-10-12"}),
        ({"unit": "00001"}, "unknown-unit", {"unit": "00001"}),  # abolished in 2025
        ({"unit": "01"}, "procedure-not-offered", {"unit": "01"}),  # a province is no commune
        (
            {"procedure": EXTRACT},
            "procedure-not-offered",
            {"procedure": EXTRACT, "unit": BA_DINH, "channel": 2, "on": "2026-10-12", "from": "2026-11-01"},
        ),
    ],
)
async def test_what_cannot_be_filed_there_and_then_is_named(
    desk: Desk, change: dict[str, Any], slug: str, context: dict[str, Any]
) -> None:
    """R-021"""
    answer = await desk.post(PATH, citizen(), FILING | change)
    assert answer.status_code == 422
    body = answer.json()
    assert body["type"] == f"/problems/{slug}"
    assert body | context == body


async def test_a_procedure_is_offered_where_and_from_when_its_wave_says(desk: Desk) -> None:
    """R-021"""
    elsewhere = await desk.post(
        PATH, ONE_STOP, FILING | {"procedure": EXTRACT, "unit": CAU_GIAY, "applicant": APPLICANT}
    )
    assert elsewhere.json()["type"] == "/problems/procedure-not-offered"
    assert "from" not in elsewhere.json()
    desk.clock.set(datetime(2026, 10, 31, 17, 0, tzinfo=UTC))  # 1 November, 00:00 in Hanoi
    assert (await desk.post(PATH, citizen(), FILING | {"procedure": EXTRACT})).status_code == 201


async def test_where_no_time_limit_is_published_no_day_can_be_promised(desk: Desk) -> None:
    """R-033"""
    await desk.hear(birth(2).model_copy(update={"time_limits": ()}))
    answer = await desk.post(PATH, citizen(), FILING)
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/time-limit-not-published")


async def test_before_the_catalogue_speaks_nothing_can_be_filed(empty_desk: Desk) -> None:
    answer = await empty_desk.post(PATH, citizen(), FILING)
    assert answer.json()["type"] == "/problems/unknown-procedure"


@pytest.mark.parametrize(
    ("caller", "change", "status", "slug"),
    [
        (citizen(), {"channel": 1}, 422, "channel-not-yours"),
        (ONE_STOP, {"channel": 2, "applicant": APPLICANT}, 422, "channel-not-yours"),
        (citizen(), {"applicant": APPLICANT | {"personalId": "001190000002"}}, 422, "applicant-not-you"),
        (ONE_STOP, {}, 422, "applicant-missing"),
        (agency("submission:write"), {}, 422, "applicant-missing"),
        (officer("one-stop-officer", units=[CAU_GIAY]), {"applicant": APPLICANT}, 403, "unit-not-served"),
        (officer("cashier"), {"applicant": APPLICANT}, 403, "forbidden"),
        (agency("submission:read"), {"applicant": APPLICANT}, 403, "forbidden"),
        ({}, {}, 401, "unauthorized"),
        (citizen(), {"applicant": APPLICANT | {"personalId": "٠٠١١٩٠٠٠٠٠٠١"}}, 422, "invalid-payload"),
        (citizen(), {"applicant": {"fullName": "  "}}, 422, "invalid-payload"),
        (citizen(), {"quantity": 0}, 422, "invalid-payload"),
        (citizen(), {"surprise": 1}, 422, "invalid-payload"),
        (citizen(), {"form": [1]}, 422, "invalid-payload"),
        (citizen(), {"unit": "00004\u0000"}, 422, "invalid-payload"),
        (citizen(), {"procedure": "\ud800"}, 422, "invalid-payload"),
    ],
)
async def test_who_may_file_what(
    desk: Desk, caller: dict[str, str], change: dict[str, Any], status: int, slug: str
) -> None:
    """R-022"""
    content = json.dumps(FILING | change)
    headers = caller | desk.key() | {"Content-Type": "application/json"}
    answer = await desk.client.post(PATH, headers=headers, content=content)
    assert (answer.status_code, answer.json()["type"]) == (status, f"/problems/{slug}")


@pytest.mark.parametrize("content", ["{", '{"procedure": ' + "[" * 100_000 + "]" * 100_000 + "}", "\ufeff{}", ""])
async def test_what_is_no_json_is_refused(desk: Desk, content: str) -> None:
    headers = citizen() | desk.key() | {"Content-Type": "application/json"}
    answer = await desk.client.post(PATH, headers=headers, content=content.encode())
    assert answer.status_code in {400, 422}
    assert answer.headers["Content-Type"] == "application/problem+json"


async def test_more_than_a_megabyte_is_refused_whatever_the_sender_declares(desk: Desk) -> None:
    headers = citizen() | desk.key() | {"Content-Type": "application/json"}
    large = json.dumps(FILING | {"form": {"a": "x" * 1_048_576}}).encode()

    async def in_pieces() -> Any:
        for start in range(0, len(large), 65_536):
            yield large[start : start + 65_536]

    for content in (large, in_pieces()):
        answer = await desk.client.post(PATH, headers=headers, content=content)
        assert (answer.status_code, answer.json()["type"]) == (413, "/problems/payload-too-large")


# Once, and at what cost


async def test_fifty_identical_posts_at_once_make_one_dossier(desk: Desk) -> None:
    headers = citizen() | desk.key()
    answers = await asyncio.gather(*(desk.client.post(PATH, headers=headers, json=FILING) for _ in range(50)))
    assert {answer.status_code for answer in answers} <= {201, 409}
    made = {answer.json()["code"] for answer in answers if answer.status_code == 201}
    assert len(made) == 1
    assert {answer.json()["type"] for answer in answers if answer.status_code == 409} <= {
        "/problems/idempotency-key-in-flight"
    }
    again = await desk.client.post(PATH, headers=headers, json=FILING)
    assert (again.status_code, again.headers["Idempotency-Replayed"], again.json()["code"]) == (201, "true", *made)
    assert (await rows(desk, "SELECT count(*) FROM dossiers"))[0][0] == 1
    assert len(await desk.told()) == 1


async def test_another_body_under_the_same_key_is_refused(desk: Desk) -> None:
    headers = citizen() | desk.key()
    assert (await desk.client.post(PATH, headers=headers, json=FILING)).status_code == 201
    other = await desk.client.post(PATH, headers=headers, json=FILING | {"quantity": 2})
    assert (other.status_code, other.json()["type"]) == (422, "/problems/idempotency-key-reused")


async def test_a_post_without_a_key_is_refused(desk: Desk) -> None:
    answer = await desk.client.post(PATH, headers=citizen(), json=FILING)
    assert (answer.status_code, answer.json()["type"]) == (400, "/problems/idempotency-key-missing")


async def test_a_refused_filing_may_be_mended_under_the_same_key(desk: Desk) -> None:
    headers = citizen() | desk.key()
    assert (await desk.client.post(PATH, headers=headers, json=FILING | {"form": {}})).status_code == 422
    assert (await desk.client.post(PATH, headers=headers, json=FILING)).status_code == 201


async def test_a_filing_takes_five_statements(desk: Desk) -> None:
    await desk.post(PATH, citizen(), FILING)
    with counted(desk.runtime.database) as statements:
        assert (await desk.post(PATH, citizen(), FILING)).status_code == 201
    assert len(statements) == 5, statements


async def test_the_first_filing_of_a_process_takes_two_more(desk: Desk) -> None:
    with counted(desk.runtime.database) as statements:
        assert (await desk.post(PATH, citizen(), FILING)).status_code == 201
    assert len(statements) == 7, statements


async def test_codes_never_repeat(desk: Desk) -> None:
    answers = await asyncio.gather(*(desk.post(PATH, citizen(), FILING) for _ in range(30)))
    assert len({answer.json()["code"] for answer in answers}) == 30
