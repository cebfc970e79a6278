"""Exchanges by their API, and the evidence of them, verified by the offline verifier alone; a tampered ledger and archive."""

import base64
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from typer.testing import CliRunner

from contracts.payment import FeeAssessed
from gateway.domain.partners import MessageLogPolicy
from gateway.tests.integration.exchanging import CLIENT, Logging, application, logging_gateway, verified
from tests.support import identities
from tests.support.counting import counted

OPERATOR = identities.officer("operator")
EXCHANGES = "/lgsp/v1/exchanges"
ITS = identities.agency("gateway:exchanges", client="hotich-client")
ANOTHER = identities.agency("gateway:exchanges", client="other-client")
_MEMBER = (
    "INSERT INTO member (instance, member_class, code, name, state, created_at, changed_at)"
    " VALUES ('VN', 'GOV', 'G15', 'Bộ Tư pháp', 'approved', now(), now())"
)
_SUBSYSTEMS = (
    "INSERT INTO subsystem (instance, member_class, member, code, name, client_id, state, created_at, changed_at) VALUES"
    " ('VN', 'GOV', 'G15', 'hotich', 'a', 'hotich-client', 'approved', now(), now()),"
    " ('VN', 'GOV', 'G15', 'other', 'b', 'other-client', 'approved', now(), now())"
)


@pytest.fixture
async def log(database_url: SecretStr) -> AsyncIterator[Logging]:
    async with logging_gateway(database_url) as logging:
        await logging.gateway.execute(_MEMBER)
        await logging.gateway.execute(_SUBSYSTEMS)
        yield logging


async def bundle_of(log: Logging, address: str, headers: dict[str, str] | None = OPERATOR) -> dict[str, Any]:
    answer = await log.gateway.get(address, headers)
    assert answer.status_code == 200, answer.text
    bundle: dict[str, Any] = answer.json()
    return bundle


async def test_the_evidence_of_an_exchange_is_verified_offline_with_its_bodies(log: Logging, tmp_path: Path) -> None:
    request_id = await log.exchange(b'{"q":1}', b"the whole answer", policy=MessageLogPolicy.FULL)
    await log.gateway.send(FeeAssessed(version=1, dossier_code="H26-1", total=0))
    await log.seal()
    bundle = await bundle_of(log, f"{EXCHANGES}/{request_id}/evidence?bodies=true")
    assert base64.b64decode(bundle["bodies"]["response"]) == b"the whole answer"
    assert "bodies" not in await bundle_of(log, f"{EXCHANGES}/{request_id}/evidence")
    code, said = await verified(log, bundle, tmp_path)
    assert code == 0, said
    assert "the body of the response is the one that passed" in said
    assert "the gateway signed this exchange (ended)" in said


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda bundle: bundle.update(position=0), "does NOT stand"),
        (lambda bundle: bundle["entry"].update(sender="VN/GOV/G01/x"), "does NOT stand"),
        (lambda bundle: bundle.update(body=bundle["body"].replace('"status":200', '"status":500')), "changed after"),
        (lambda bundle: bundle["bodies"].update(request=base64.b64encode(b"forged").decode()), "is NOT the one"),
        (lambda bundle: bundle.update(checkpoint=bundle["checkpoint"].replace("ledger\n2", "ledger\n3")), "not good"),
        (lambda bundle: bundle.update(inclusion=[]), "does NOT stand"),
        (lambda bundle: bundle.update(format="other"), "Cannot verify"),
        (lambda bundle: bundle.update(inclusion="é"), "Cannot verify"),
        (lambda bundle: bundle.pop("checkpoint"), "Cannot verify"),
    ],
)
async def test_evidence_that_was_changed_anywhere_does_not_hold(
    log: Logging, tmp_path: Path, change: Any, named: str
) -> None:
    await log.gateway.send(FeeAssessed(version=1, dossier_code="H26-1", total=0))
    request_id = await log.exchange(b"asked", b"answered", policy=MessageLogPolicy.FULL)
    await log.seal()
    bundle = await bundle_of(log, f"{EXCHANGES}/{request_id}/evidence?bodies=true")
    change(bundle)
    code, said = await verified(log, bundle, tmp_path)
    assert (code, named in said) == (1, True), said


async def test_evidence_of_an_event_shows_what_it_said_only_to_those_with_the_right(
    log: Logging, tmp_path: Path
) -> None:
    (event_id,) = await log.gateway.send(FeeAssessed(version=1, dossier_code="H26-1", total=0))
    await log.seal()
    public = await bundle_of(log, f"/lgsp/v1/ledger/evidence/{event_id}", None)
    assert {"salt", "body"} & public.keys() == set()
    whole = await bundle_of(log, f"/lgsp/v1/ledger/evidence/{event_id}")
    assert "H26-1" in whole["body"]
    for bundle, said in ((public, "is not in this file"), (whole, "what it says is what was recorded")):
        code, words = await verified(log, bundle, tmp_path)
        assert (code, said in words) == (0, True)
    note = (await log.gateway.get("/lgsp/v1/ledger/checkpoint")).text
    assert await verified(log, note, tmp_path) == (
        0,
        "ok checkpoint of lienthong.hanoi/ledger, 1 entries: signature is good Everything that was checked holds.",
    )


async def test_before_a_checkpoint_covers_it_evidence_is_to_be_asked_for_again(log: Logging) -> None:
    request_id = await log.exchange()
    answer = await log.gateway.get(f"{EXCHANGES}/{request_id}/evidence", OPERATOR)
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/not-yet-proven")
    assert answer.headers["Retry-After"]


async def test_an_agency_sees_what_it_was_client_or_provider_of_and_an_operator_all(log: Logging) -> None:
    asked_it = await log.exchange()
    provided = await log.exchange(client="VN/GOV/G01/dan-cu", service=f"{CLIENT}/births")
    foreign = await log.exchange(client="VN/GOV/G01/dan-cu")
    await log.seal()

    async def seen(headers: dict[str, str], **query: Any) -> list[str]:
        answer = await log.gateway.get(EXCHANGES, headers, **query)
        assert answer.status_code == 200, answer.text
        return [item["requestId"] for item in answer.json()["items"]]

    assert await seen(OPERATOR) == [str(foreign), str(provided), str(asked_it)]
    assert await seen(ITS) == [str(provided), str(asked_it)]
    assert await seen(ITS, client=CLIENT) == [str(asked_it)]
    assert await seen(ANOTHER) == []
    assert await seen(OPERATOR, denied=True) == []
    assert await seen(OPERATOR, status=200, service=f"{CLIENT}/births", denied=False) == [str(provided)]
    for address in (f"{EXCHANGES}/{foreign}", f"{EXCHANGES}/{foreign}/evidence"):
        assert (await log.gateway.get(address, ITS)).status_code == 404
        assert (await log.gateway.get(address, OPERATOR)).status_code == 200
    for headers, status in ((None, 401), (identities.agency("ledger:bodies"), 403), (identities.citizen(), 403)):
        assert (await log.gateway.get(EXCHANGES, headers)).status_code == status
    assert (
        await log.gateway.get(EXCHANGES, identities.agency("gateway:exchanges", client="nobody"))
    ).status_code == 403


async def test_exchanges_are_paged_and_one_is_cached_by_its_state(log: Logging) -> None:
    ids = [str(await log.exchange()) for _ in range(5)]
    first = (await log.gateway.get(EXCHANGES, OPERATOR, limit=2)).json()
    rest = (await log.gateway.get(EXCHANGES, OPERATOR, limit=3, cursor=first["nextCursor"])).json()
    assert [item["requestId"] for item in first["items"] + rest["items"]] == ids[::-1]
    assert not {"path", "query", "userId", "issue"} & first["items"][0].keys()
    one = await log.gateway.get(f"{EXCHANGES}/{ids[0]}", OPERATOR)
    assert one.json()["path"] == "1.001193"
    again = await log.gateway.get(f"{EXCHANGES}/{ids[0]}", OPERATOR | {"If-None-Match": one.headers["ETag"]})
    assert again.status_code == 304
    assert (await log.gateway.get(EXCHANGES, OPERATOR, cursor="WyJ4Il0")).status_code == 400
    assert (await log.gateway.get(EXCHANGES, OPERATOR, client="\0")).status_code == 422


async def test_reading_takes_few_statements_however_long_the_ledger(log: Logging) -> None:
    request_id = await log.exchange()
    await log.gateway.send(*[FeeAssessed(version=1, dossier_code=f"H26-{number}", total=0) for number in range(40)])
    await log.seal()
    addresses = {
        EXCHANGES: 1,
        f"{EXCHANGES}/{request_id}": 1,
        f"{EXCHANGES}/{request_id}/evidence": 4,
        f"/lgsp/v1/ledger/evidence/{request_id}": 3,
        "/lgsp/v1/ledger/proof/inclusion?index=3": 2,
        "/lgsp/v1/ledger/proof/consistency?old=5": 2,
        "/lgsp/v1/ledger/checkpoint": 1,
    }
    for address, most in addresses.items():
        with counted(log.gateway.runtime.database) as statements:
            assert (await log.gateway.get(address, OPERATOR)).status_code == 200
        assert len(statements) <= most, (address, statements)


async def test_without_a_key_nothing_is_verified(log: Logging, tmp_path: Path) -> None:
    await log.exchange()
    await log.seal()
    note = (await log.gateway.get("/lgsp/v1/ledger/checkpoint")).text
    file = tmp_path / "checkpoint"
    file.write_text(note)
    other = "lienthong.hanoi/ledger+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8"
    for arguments in ([], ["-k", other], ["-k", "nonsense"]):
        assert CliRunner().invoke(application, [str(file), *arguments]).exit_code == 1
