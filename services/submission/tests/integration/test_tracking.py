"""Following a dossier by its slip: code and secret together, from anywhere, without a person's data."""

import logging
from typing import Any

import pytest

from contracts.payment import FeeAssessed, FeeLine
from services.submission.tests.conftest import Desk
from services.submission.tests.integration.test_intake import FILING, ONE_STOP, PATH
from tests.support.counting import counted
from tests.support.identities import agency, citizen


async def filed(desk: Desk) -> tuple[str, str]:
    body = (await desk.post(PATH, citizen(), FILING)).json()
    return body["code"], body["trackingSecret"]


async def test_the_slip_shows_status_and_days_and_nothing_of_a_person(desk: Desk) -> None:
    code, secret = await filed(desk)
    answer = await desk.get(f"{PATH}/{code}/tracking?secret={secret}")
    assert answer.json() == {
        "code": code,
        "status": {"number": 1, "name": "mới đăng ký"},
        "receivedAt": "2026-10-12T03:00:00Z",
        "dueAt": "2026-10-12T10:00:00Z",
        "awaits": "acceptance",
    }
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    again = await desk.get(f"{PATH}/{code}/tracking?secret={secret}", If_None_Match=answer.headers["ETag"])
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("secret", ["", "0123456789", "-" * 10, "é", "x" * 5000, "%00", "%ff"])
async def test_without_the_secret_there_is_no_such_dossier(desk: Desk, secret: str) -> None:
    """R-126."""
    code, _ = await filed(desk)
    wrong = await desk.get(f"{PATH}/{code}/tracking?secret={secret}")
    nowhere = await desk.get(f"{PATH}/H26-20261012-9999999/tracking?secret={secret}")
    without = await desk.get(f"{PATH}/{code}/tracking")
    answers = {(answer.status_code, answer.json()["type"]) for answer in (wrong, nowhere, without)}
    assert answers == {(404, "/problems/dossier-not-found")}


async def test_what_is_awaited_follows_the_status(desk: Desk) -> None:
    code, secret = await filed(desk)
    fee = FeeAssessed.from_example().model_copy(
        update={"dossier_code": code, "amount": 5000, "lines": (FeeLine(rule="late", amount=5000),)}
    )
    await desk.hear(fee)
    body = (await desk.get(f"{PATH}/{code}/tracking?secret={secret}")).json()
    assert (body["status"]["number"], body["awaits"]) == (6, "payment")


async def test_the_secret_is_shown_when_filed_and_to_the_owner_alone(desk: Desk) -> None:
    code, secret = await filed(desk)
    hers = await desk.get(f"{PATH}/{code}", citizen())
    assert hers.json()["person"]["trackingSecret"] == secret
    for caller in (ONE_STOP, agency("submission:read")):
        assert secret not in (await desk.get(f"{PATH}/{code}", caller)).text
    assert secret not in (await desk.get(PATH, citizen())).text
    assert secret not in str(await desk.told())


async def test_two_dossiers_have_two_secrets(desk: Desk) -> None:
    (code, secret), (_, other) = await filed(desk), await filed(desk)
    assert secret != other
    assert (await desk.get(f"{PATH}/{code}/tracking?secret={other}")).status_code == 404


async def test_the_secret_is_in_no_log(desk: Desk, caplog: pytest.LogCaptureFixture, capfd: Any) -> None:
    caplog.set_level(logging.DEBUG)
    code, secret = await filed(desk)
    await desk.get(f"{PATH}/{code}/tracking?secret={secret}")
    # httpx, the caller of this test, logs what it calls: that is the caller's log, not the service's.
    said = "".join(record.getMessage() for record in caplog.records if not record.name.startswith("http"))
    out, err = capfd.readouterr()
    assert secret not in said + out + err


async def test_tracking_takes_one_statement(desk: Desk) -> None:
    code, secret = await filed(desk)
    with counted(desk.runtime.database) as statements:
        await desk.get(f"{PATH}/{code}/tracking?secret={secret}")
    assert len(statements) == 1


async def test_who_scans_the_slip_with_a_phone_gets_a_page_to_read(desk: Desk) -> None:
    code, secret = await filed(desk)
    address = f"{PATH}/{code}/tracking?secret={secret}"
    answer = await desk.get(address, Accept="text/html,application/xhtml+xml")
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert (answer.headers["Cache-Control"], answer.headers["Vary"]) == ("no-store", "Accept")
    for said in (code, "mới đăng ký", "17:00 12/10/2026"):
        assert said in answer.text
    assert "VÍ DỤ" not in answer.text
    wrong = await desk.get(f"{PATH}/{code}/tracking?secret=0000000000", Accept="text/html")
    assert (wrong.status_code, wrong.json()["type"]) == (404, "/problems/dossier-not-found")
