"""Who sees and does what, tried on another's dossier; and where personal data shows that should not."""

import asyncio
import base64
import json
import re
from collections import Counter
from pathlib import Path
from uuid import UUID

import pytest

from chassis.ids import new_id
from contracts.registry import SERVICES
from sandbox.simulators.people import FATHER, MOTHER
from sandbox.stack import Sandbox
from tests.architecture.house import routes_of
from tests.e2e.callers import DOSSIERS, Caller, Json, accept, birth
from tests.e2e.city import until

OBLIGATIONS = "/api/payment/v1/obligations"
REGISTRY = "/api/civil-registry/v1"

_NAMES = re.compile(r"{(\w+)}")
_FILLED = {"code": "H26-20261012-0000001", "dossier": "H26-20261012-0000001", "day": "2026-01-01", "number": "1"}
GUARDED = [
    (
        route.method,
        ("" if service == "gateway" else f"/api/{service}")
        + _NAMES.sub(lambda name: _FILLED.get(name[1], str(UUID(int=1))), route.path),
    )
    for service in SERVICES
    for route in routes_of(service)
    if not route.public
]


@pytest.fixture(scope="module")
async def owed(mother: Caller) -> Json:
    """The fee of a late dossier of hers; not paid."""
    code = (await mother.done(DOSSIERS, birth(late=True)))["code"]
    await mother.reaches(code, 6)
    obligation: Json = (await mother.found(OBLIGATIONS, dossier=code))["items"][0]
    return obligation


@pytest.fixture(scope="module")
async def registered(mother: Caller, officer: Caller) -> Json:
    """A finished dossier of hers."""
    code = (await mother.done(DOSSIERS, birth(late=False)))["code"]
    await accept(officer, code)
    return await mother.reaches(code, 9)


def addresses(owed: Json, registered: Json) -> list[str]:
    """Everything that can be read of the two dossiers."""
    code, record = registered["code"], registered["resultReference"]
    dossiers = [f"{DOSSIERS}/{c}{part}" for c in (owed["dossierCode"], code) for part in ("", "/history", "/receipt")]
    fee = [f"{OBLIGATIONS}/{owed['id']}", f"{OBLIGATIONS}/{owed['id']}/receipt"]
    return [
        *dossiers,
        *fee,
        f"{REGISTRY}/records/{record}",
        f"{REGISTRY}/records/{record}/certificate",
        f"{REGISTRY}/cases/{code}",
    ]


async def test_anothers_dossier_is_not_there(
    stranger: Caller, officer_elsewhere: Caller, owed: Json, registered: Json
) -> None:
    for caller in (stranger, officer_elsewhere):
        for address in addresses(owed, registered):
            answer = await caller.get(address)
            assert answer.status_code == 404, address
            assert (
                await caller._http.get(address, headers=caller._headers | {"If-None-Match": "*"})
            ).status_code == 404
        for listed in (OBLIGATIONS, f"{REGISTRY}/records"):
            for code in (owed["dossierCode"], registered["code"]):
                assert (await caller.found(listed, dossier=code))["items"] == []
        assert (await caller.found(DOSSIERS))["items"] == []
        for act, body in (("online-payments", {}), ("cash-payments", {"amount": owed["amount"]})):
            refused = await caller.post(f"{OBLIGATIONS}/{owed['id']}/{act}", body)
            assert refused.status_code in (403, 404), act
        for act in ("acceptance", "finish", "return"):
            assert (await caller.post(f"{DOSSIERS}/{registered['code']}/{act}", {})).status_code in (403, 404), act


async def test_no_agency_and_no_stranger_reads_of_a_person(
    agency: Caller, nobody: Caller, owed: Json, registered: Json
) -> None:
    child = registered["person"]["form"]["child"]["fullName"]
    tracked = [f"{DOSSIERS}/{code}/tracking?secret=0000000000" for code in (owed["dossierCode"], registered["code"])]
    ledger = "/lgsp/v1/ledger/entries?limit=1000"
    for caller in (agency, nobody):
        for address in [
            *addresses(owed, registered),
            *tracked,
            ledger,
            "/metrics",
            f"{OBLIGATIONS}?dossier={owed['dossierCode']}",
        ]:
            said = (await caller.get(address)).text
            for secret in (MOTHER.personal_id, MOTHER.full_name, FATHER.personal_id, child):
                assert secret not in said, address
    for part in ("/receipt", "/certificate"):
        for address in addresses(owed, registered):
            if address.endswith(part):
                assert (await agency.get(address)).status_code in (403, 404)
                assert (await nobody.get(address)).status_code == 401


async def test_a_token_that_is_not_right_opens_no_guarded_route(sandbox: Sandbox, nobody: Caller) -> None:
    good = sandbox.simulators.identity.mint(MOTHER)
    head, claims, signature = good.split(".")

    def part(value: object) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    header = json.loads(base64.urlsafe_b64decode(head + "=="))
    said = json.loads(base64.urlsafe_b64decode(claims + "=="))
    bad = [
        "", ".", "..", "a.b.c", good[:-4], f"{head}.{claims}.",
        f"{part({'alg': 'none'})}.{claims}.", f"{part(header | {'alg': 'none'})}.{claims}.",
        f"{part(header | {'alg': 'HS256'})}.{claims}.{signature}",
        f"{head}.{part(said | {'SoDinhDanh': FATHER.personal_id})}.{signature}",
        f"{head}.{part(said | {'iss': {'x': 1}})}.{signature}", f"{head}.{part([1])}.{signature}",
        f"{part(header | {'kid': ['x']})}.{claims}.{signature}", "[" * 5000 + ".a.b",
        sandbox.simulators.identity.mint(MOTHER, audience="elsewhere"),
    ]  # fmt: skip
    for method, path in GUARDED:
        answers = [
            await nobody._http.request(method, path, headers={"Authorization": f"Bearer {token}".strip()})
            for token in bad
        ]
        assert {answer.status_code for answer in answers} == {401}, f"{method} {path}"


async def test_no_personal_data_is_logged(log: Path, registered: Json, owed: Json) -> None:
    said = log.read_text(encoding="utf-8")
    assert '"event": "request"' in said  # debug lines are there, so the search means something
    for secret in (MOTHER.personal_id, FATHER.personal_id, MOTHER.full_name, registered["code"], owed["dossierCode"]):
        assert secret not in said


async def test_of_many_who_accept_at_once_one_does(mother: Caller, officer: Caller) -> None:
    code = (await mother.done(DOSSIERS, birth(late=False)))["code"]

    async def assessed() -> bool:
        return bool((await officer.found(f"{DOSSIERS}/{code}"))["feeState"] != "unknown")

    await until(assessed, "the fee")
    answers = await asyncio.gather(*(officer.post(f"{DOSSIERS}/{code}/acceptance", {}) for _ in range(20)))
    assert Counter(answer.status_code for answer in answers) == {200: 1, 409: 19}


async def test_a_key_belongs_to_its_caller_and_to_one_address(mother: Caller, stranger: Caller) -> None:
    key = str(new_id())
    hers = await mother.post(DOSSIERS, birth(late=False), key=key)
    body = birth(late=False)
    del body["applicant"]
    others = await stranger.post(DOSSIERS, body, key=key)
    assert (hers.status_code, others.status_code) == (201, 201)
    assert hers.json()["code"] != others.json()["code"]
    elsewhere = await mother.post(f"{DOSSIERS}/{hers.json()['code']}/return", {}, key=key)
    assert elsewhere.json()["type"].endswith("/idempotency-key-reused")
