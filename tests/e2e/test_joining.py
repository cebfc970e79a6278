"""An agency joins: from nothing to signed calls, personal reads for a purpose, events by push and pull, and events of its own."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from standardwebhooks import Webhook

import catalog.handlers
from chassis.ids import new_id
from contracts.submission import DossierSubmitted, DossierWithdrawn
from gateway.domain.evidence import failed, parse_keys
from gateway.verify_command import verify_file
from sandbox.simulators.people import BA_DINH, MOTHER, OFFICER, OPERATOR, Person
from sandbox.stack import Sandbox, running
from tests.e2e.callers import DOSSIERS, Caller, Json, accept, birth
from tests.e2e.city import until
from tests.servers.enclosure import free_ports
from tests.support.subscribers import Receiver, receiving
from tests.support.tokens import assertion, jwk_of, signed_form

LGSP = "/lgsp/v1"
OWN = "VN/GOV/H26/lienthong"
PROCEDURES, RECORDS = f"/r1/{OWN}/procedures", f"/r1/{OWN}/civil-records"
SECOND = 1.1
"""Rights are decided by a picture of the registry that is at most a second old (docs/partners.md)."""
LAW = "NĐ 194/2025/NĐ-CP"
EXTRACT = "2.000635"
SUBMITTED, WITHDRAWN = DossierSubmitted.type, DossierWithdrawn.type
CARD = "vn.gov.example.card-issued.v1"


@dataclass(frozen=True)
class Town:
    """The all-in-one process, and those who act in it."""

    sandbox: Sandbox
    http: httpx.AsyncClient
    operator: Caller
    officer: Caller
    mother: Caller

    def person(self, personal_id: str, name: str) -> Caller:
        """A citizen with an account of her own."""
        return Caller(self.http, self.sandbox.simulators.identity.mint_citizen(personal_id, name))

    async def granted(self, request: Json, **answer: object) -> Json:
        """An operator says yes."""
        return await self.operator.done(f"{LGSP}/access-requests/{request['id']}/grant", {"legalBasis": LAW} | answer)


@dataclass(frozen=True)
class Agency:
    """A subsystem that has joined, and proves itself by its key."""

    town: Town
    subsystem: str
    client_id: str
    key: Ed25519PrivateKey
    caller: Caller
    token: str

    async def call(self, path: str, **headers: str) -> httpx.Response:
        """Over the exchange."""
        said = {"Authorization": f"Bearer {self.token}", "X-Road-Client": self.subsystem}
        return await self.town.http.get(
            path, headers=said | {name.replace("_", "-"): headers[name] for name in headers}
        )

    async def asks(self, **wanted: object) -> Json:
        """For a service or for events."""
        return await self.caller.done(
            f"{LGSP}/access-requests", {"purpose": "Thử kết nối", "legalBasis": LAW, **wanted}
        )


@pytest.fixture(scope="module")
async def town(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    async with (
        running(tmp_path_factory.mktemp("town"), free_ports(1)[0]) as sandbox,
        httpx.AsyncClient(base_url=sandbox.url, timeout=30) as http,
    ):
        await catalog.handlers.seed(sandbox.runtimes["catalog"])
        await sandbox.settled()

        def as_(who: Person) -> Caller:
            return Caller(http, sandbox.simulators.identity.mint(who))

        yield Town(sandbox, http, as_(OPERATOR), as_(OFFICER), as_(MOTHER))


async def ask_to_join(town: Town, name: str, key: Ed25519PrivateKey) -> Json:
    """The request of who has no account yet."""
    body = {
        "subsystem": f"VN/GOV/H99/{name}", "memberName": "Cơ quan thử nghiệm", "subsystemName": name,
        "contact": "Phòng Thử nghiệm", "publicKey": jwk_of(key), "purpose": "Thử kết nối", "legalBasis": LAW,
    }  # fmt: skip
    return await Caller(town.http).done(f"{LGSP}/access-requests/connections", body)


async def follow(town: Town, asked: Json) -> Json:
    """How the request stands, by its tracking token."""
    path = f"{LGSP}/access-requests/connections/{asked['id']}"
    answer = await town.http.get(path, headers={"Tracking-Token": asked["trackingToken"]})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def token_of(town: Town, client: str, key: Ed25519PrivateKey) -> str:
    """An access token by private_key_jwt."""
    signed = signed_form(assertion(key, client, aud=f"{town.sandbox.url}/oauth2/token"))
    answer = await town.http.post("/oauth2/token", data=signed | {"grant_type": "client_credentials"})
    assert answer.status_code == 200, answer.text
    return str(answer.json()["access_token"])


async def join(town: Town, name: str) -> Agency:
    """From nothing to an account with a token."""
    key = Ed25519PrivateKey.generate()
    asked = await ask_to_join(town, name, key)
    await town.granted(asked, scopes=["gateway:read", "gateway:write", "gateway:exchanges"])
    client = (await follow(town, asked))["clientId"]
    token = await token_of(town, client, key)
    agency = Agency(town, f"VN/GOV/H99/{name}", client, key, Caller(town.http, token), token)
    await passes(agency, f"/r1/{OWN}/allowedMethods")
    return agency


@pytest.fixture(scope="module")
async def agency(town: Town) -> Agency:
    """One that may call nothing but the list of procedures, and hear of dossiers."""
    joined = await join(town, "thu-nghiem")
    await town.granted(await joined.asks(kind="service", service=f"{OWN}/procedures", methods=["GET"]))
    await town.granted(await joined.asks(kind="events", types=[SUBMITTED, WITHDRAWN]))
    await asyncio.sleep(SECOND)
    return joined


async def passes(agency: Agency, path: str = PROCEDURES, **headers: str) -> httpx.Response:
    """The first call that is let through: the registry's picture is at most a second old."""

    async def answered() -> httpx.Response | None:
        answer = await agency.call(path, **headers)
        return answer if answer.status_code == 200 else None

    found: httpx.Response = await until(answered, f"{agency.subsystem} may call {path}", 5)
    return found


async def filed(caller: Caller, personal_id: str, name: str) -> str:
    """A live dossier of a citizen: a copy of an extract is asked for."""
    body = {
        "procedure": EXTRACT, "unit": BA_DINH,
        "applicant": {"kind": 1, "personalId": personal_id, "fullName": name},
        "form": {"subject": "Bản sao trích lục khai sinh", "content": "Đề nghị cấp 01 bản sao"},
    }  # fmt: skip
    return str((await caller.done(DOSSIERS, body))["code"])


async def withdraw(caller: Caller, code: str) -> None:
    """The citizen takes it back."""
    await caller.done(f"{DOSSIERS}/{code}/withdrawal", {"reason": "Không còn nhu cầu"})


async def mothers_dossier(town: Town) -> str:
    """A live dossier of the mother's, which ends soon after."""
    return await filed(town.mother, MOTHER.personal_id, MOTHER.full_name)


async def test_a_request_to_connect_shows_its_clock_and_answers_with_an_account(town: Town) -> None:
    key = Ed25519PrivateKey.generate()
    asked = await ask_to_join(town, "dong-ho", key)
    waiting = await follow(town, asked)
    assert (waiting["state"], waiting["overdue"], waiting["term"]["workingDays"]) == ("waiting", False, 2)
    assert waiting["hoursLeft"] > 24
    listed = await town.operator.found(f"{LGSP}/access-requests")
    (seen,) = [request for request in listed["items"] if request["id"] == asked["id"]]
    assert seen["answerDueAt"] == asked["answerDueAt"]
    await town.granted(asked)
    answered = await follow(town, asked)
    assert (answered["state"], answered["clientId"]) == ("granted", "h99-dong-ho")
    assert await token_of(town, answered["clientId"], key)


async def test_a_call_is_denied_then_refused_in_writing_then_granted_and_all_of_it_is_logged(town: Town) -> None:
    newcomer = await join(town, "moi-den")
    denied = await newcomer.call(PROCEDURES)
    assert (denied.status_code, denied.headers["X-Road-Error"]) == (403, "server.serverproxy.access_denied")
    wanted = {"kind": "service", "service": f"{OWN}/procedures", "methods": ["GET"], "paths": ["**"]}
    first = await newcomer.asks(**wanted)
    why = {"reason": "Mục đích chưa rõ", "legalBasis": "NĐ 278/2025/NĐ-CP"}
    await town.operator.done(f"{LGSP}/access-requests/{first['id']}/refusal", why)
    read = await newcomer.caller.found(f"{LGSP}/access-requests/{first['id']}")
    assert (read["state"], read["reason"], read["refusalLegalBasis"]) == ("refused", *why.values())
    await town.granted(await newcomer.asks(**wanted))
    called = await passes(newcomer)
    logged = (await newcomer.caller.found(f"{LGSP}/exchanges"))["items"]
    by_id = {exchange["requestId"]: exchange for exchange in logged}
    assert by_id[denied.headers["X-Road-Request-Id"]]["denied"] is True
    assert by_id[called.headers["X-Road-Request-Id"]]["status"] == 200


async def test_the_first_call_is_signed_and_provable_offline(agency: Agency, tmp_path: Path) -> None:
    called = await agency.call(PROCEDURES, X_Road_Id="first-call")
    assert called.status_code == 200
    assert called.json()["items"]
    assert (called.headers["X-Road-Id"], called.headers["X-Road-Client"]) == ("first-call", agency.subsystem)
    assert called.headers["X-Road-Service"] == f"{OWN}/procedures"
    assert called.headers["X-Road-Request-Hash"]
    path = f"{LGSP}/exchanges/{called.headers['X-Road-Request-Id']}/evidence"

    async def proven() -> Json | None:
        answer = await agency.caller.get(path)
        return answer.json() if answer.status_code == 200 else None

    evidence = await until(proven, "a checkpoint over the call", 10)
    keys = parse_keys((await Caller(agency.town.http).get(f"{LGSP}/ledger/key")).text.splitlines())
    good, forged = tmp_path / "evidence.json", tmp_path / "forged.json"
    good.write_text(json.dumps(evidence), encoding="utf-8")
    forged.write_text(json.dumps(evidence).replace("first-call", "other-call"), encoding="utf-8")
    assert not failed(verify_file(good, keys))
    assert failed(verify_file(forged, keys))


@pytest.fixture(scope="module")
async def child(town: Town) -> tuple[str, str]:
    """Personal ID and name of a child whose birth the commune has registered."""
    dossier = birth(late=False)
    code = (await town.mother.done(DOSSIERS, dossier))["code"]
    await accept(town.officer, code)
    finished = await town.mother.reaches(code, 9)
    record = await town.officer.found(f"/api/civil-registry/v1/records/{finished['resultReference']}")
    return record["personalId"], dossier["form"]["child"]["fullName"]


async def test_a_birth_record_is_read_for_a_live_dossier_that_concerns_the_person_and_the_person_sees_it(
    town: Town, child: tuple[str, str]
) -> None:
    reader = await join(town, "doc-trich-luc")
    await town.granted(
        await reader.asks(kind="service", service=f"{OWN}/civil-records", methods=["GET"], paths=["*/birth-record"]),
        fields=["child", "number"],
    )
    personal_id, name = child
    themself, path = town.person(personal_id, name), f"{RECORDS}/{personal_id}/birth-record"
    about, ended, foreign = [
        await filed(themself, personal_id, name),
        await filed(themself, personal_id, name),
        await mothers_dossier(town),
    ]
    await withdraw(themself, ended)
    await town.sandbox.settled()
    shown = await passes(reader, path, X_Road_Issue=about, X_Road_UserId="can-bo-7")
    assert shown.json().keys() == {"child", "number"}
    assert shown.json()["child"]["fullName"] == name
    for issue in ({}, {"X_Road_Issue": ended}, {"X_Road_Issue": foreign}, {"X_Road_Issue": "H26-20160101-0000001"}):
        refused = await reader.call(path, **issue)
        assert (refused.status_code, refused.headers["X-Road-Error"]) == (
            403,
            "server.serverproxy.access_denied.purpose",
        )
        assert name not in refused.text
    (exchanged,) = (await themself.found(f"{LGSP}/me/data-accesses"))["items"]
    assert (exchanged["by"], exchanged["dossier"], exchanged["userId"]) == (reader.subsystem, about, "can-bo-7")
    assert (exchanged["fields"], exchanged["legalBasis"]) == (["child", "number"], LAW)
    assert exchanged["requestId"] == shown.headers["X-Road-Request-Id"]
    inside = (await themself.found("/api/civil-registry/v1/me/data-accesses"))["items"]
    assert [(seen["item"], seen["purpose"]) for seen in inside if seen["item"] == "extract"] == [
        ("extract", f"Giải quyết hồ sơ {about}")
    ]
    denials = (await reader.caller.found(f"{LGSP}/exchanges", denied="true"))["items"]
    assert [denial["error"] for denial in denials if "purpose" in denial["error"]] == [
        "server.serverproxy.access_denied.purpose"
    ] * 4


@asynccontextmanager
async def subscribed(agency: Agency, *types: str, push: bool) -> AsyncIterator[tuple[Json, Receiver]]:
    """A subscription from now on, and the receiver that it calls, if it is one for push."""
    async with receiving() as receiver:
        to = {"mode": "push", "url": receiver.url} if push else {"mode": "pull"}
        made = await agency.caller.done(f"{LGSP}/subscriptions", {"name": "Thử", "types": list(types), **to})
        assert made["state"] == "active"
        yield made, receiver
        await agency.caller.done(f"{LGSP}/subscriptions/{made['id']}/close")


async def test_webhooks_bring_minimised_events_signed_and_in_the_order_of_each_dossier(
    town: Town, agency: Agency
) -> None:
    async with subscribed(agency, SUBMITTED, WITHDRAWN, push=True) as (made, receiver):
        codes = [await mothers_dossier(town), await mothers_dossier(town)]
        for code in codes:
            await withdraw(town.mother, code)
        calls = await receiver.got(4)
        for call in calls:
            Webhook(made["secret"]).verify(call.body, dict(call.headers))
            assert MOTHER.personal_id not in call.body.decode()
            assert MOTHER.full_name not in json.dumps(call.event, ensure_ascii=False)
        for code in codes:
            mine = [kind for subject, kind in receiver.subjects() if subject == code]
            assert mine == ["dossier-submitted", "dossier-withdrawn"]


async def test_events_are_pulled_and_what_is_acknowledged_does_not_come_again(town: Town, agency: Agency) -> None:
    async with subscribed(agency, SUBMITTED, push=False) as (made, _):
        path = f"{LGSP}/subscriptions/{made['id']}"
        code = await mothers_dossier(town)

        async def told() -> Json | None:
            page = await agency.caller.found(f"{path}/events", wait=5)
            return page if page["events"] else None

        page = await until(told, "an event to pull", 15)
        assert [event["subject"] for event in page["events"]] == [code]
        again = await agency.caller.found(f"{path}/events")
        assert again["events"] == page["events"]
        await agency.caller.done(f"{path}/ack", {"cursor": page["cursor"]})
        assert (await agency.caller.found(f"{path}/events"))["events"] == []
        await withdraw(town.mother, code)


async def test_an_agency_publishes_events_of_its_own_type_and_another_hears_them(town: Town) -> None:
    publisher, hearer = await join(town, "phat-su-kien"), await join(town, "nghe-su-kien")
    schema = {"type": "object", "required": ["cardNumber"], "properties": {"cardNumber": {"type": "string"}}}
    named = {"type": CARD, "title": "Đã cấp thẻ", "description": "A card was issued", "schema": schema}
    await publisher.caller.done(f"{LGSP}/event-types", named)
    await town.operator.done(f"{LGSP}/event-types/{CARD}/approve")
    await town.granted(await hearer.asks(kind="events", types=[CARD]), fields=["cardNumber"])
    await asyncio.sleep(SECOND)
    async with subscribed(hearer, CARD, push=True) as (_, receiver):
        accepted = await publish(publisher, {"cardNumber": "MAU-1"})
        assert accepted.status_code == 202, accepted.text
        broken = await publish(publisher, {"cardNumber": 1})
        assert broken.status_code == 422
        forged = await publish(publisher, {"cardNumber": "MAU-2"}, key=hearer.key)
        assert forged.status_code == 401
        (call,) = await receiver.got(1)
    assert (call.event["id"], call.event["data"]) == (accepted.json()["ids"][0], {"cardNumber": "MAU-1"})
    assert call.event["source"] == f"/{publisher.subsystem}"


async def publish(
    agency: Agency, data: Mapping[str, object], *, key: Ed25519PrivateKey | None = None
) -> httpx.Response:
    """One signed CloudEvent, as docs/publishing-events.md has it."""
    event = {
        "specversion": "1.0", "id": str(new_id()), "source": f"/{agency.subsystem}", "type": CARD,
        "subject": "the-mau-1", "time": datetime.now(UTC).isoformat(), "data": data,
    }  # fmt: skip
    body = json.dumps(event).encode()
    signature = jwt.api_jws.encode(body, key or agency.key, algorithm="EdDSA", is_payload_detached=True)
    headers = {
        "Authorization": f"Bearer {agency.token}",
        "Content-Type": "application/cloudevents+json",
        "X-JWS-Signature": signature,
    }
    return await agency.town.http.post(f"{LGSP}/events", content=body, headers=headers)
