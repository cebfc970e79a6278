"""The messages of the national portal and of EMC, pinned from both sides: what the adapter sends, and what the simulator takes.

Each conversation is held twice: by the adapter with a scripted other side, and by the script's caller with the simulator.
"""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from random import Random
from typing import Any

import httpx
import pytest

from contracts.codes import ApplicantKind, Channel, DossierStatus
from deploy.sandbox.tests.simulator_kit import in_process
from gateway.adapters.emc import EvaluationSystemByHttp
from gateway.adapters.portal import NationalPortalByHttp
from gateway.adapters.routes import Routes
from gateway.domain.connection_mode import Mode, Route
from gateway.domain.portal import Person, PortalDossier, Snapshot, Standing, Step
from gateway.ports import Accepted, Feed, OutOfReach, Rejected
from gateway.settings import GatewaySettings
from sandbox.simulators import emc, portal

AT = datetime(2026, 10, 12, 3, 0, tzinfo=UTC)
CODE = "H26-20261012-0000042"
DOSSIER = PortalDossier(
    CODE,
    "1.001193",
    DossierStatus.NEW,
    Snapshot(
        unit="00004",
        channel=Channel.ONLINE,
        submitted_at=AT,
        applicant=Person("TRẦN THỊ VÍ DỤ", ApplicantKind.CITIZEN, "001190000001"),
    ),
)
WIRE = {
    "MaHoSo": CODE,
    "MaTTHC": "1.001193",
    "KenhThucHien": "2",
    "NgayNopHoSo": "20261012100000",
    "TrangThaiHoSo": "1",
    "DonViXuLy": "00004",
    "NoiNopHoSo": "2",
    "ChuHoSo": "TRẦN THỊ VÍ DỤ",
    "LoaiDoiTuong": "1",
    "TrichYeuHoSo": "TRẦN THỊ VÍ DỤ",
    "DinhDanhCHS": [{"LoaiDinhDanh": "1", "SoDinhDanh": "001190000001"}],
}
STEP = {
    "MaHoSo": CODE,
    "ThoiDiemXuLy": "20261012100000",
    "PhongBanXuLy": "00004",
    "NoiDungXuLy": "Mới đăng ký",
    "TrangThai": "1",
}
DONE = {"error_code": "00", "message": "Thành công"}
Call = Callable[[NationalPortalByHttp], Awaitable[object]]


@dataclass(frozen=True)
class Conversation:
    """What the adapter is asked for, what it sends, what comes back, and what it makes of it. `held`: dossiers known before."""

    name: str
    call: Call
    sent: dict[str, Any]
    answer: dict[str, Any]
    outcome: object
    held: tuple[dict[str, Any], ...] = ()


def _step(adapter: NationalPortalByHttp) -> Awaitable[object]:
    return adapter.report_steps([(DOSSIER, Step(1, AT, DossierStatus.NEW, "Mới đăng ký"))])


def _message(service: str, data: dict[str, Any], **more: str) -> dict[str, Any]:
    return {"session": "s", "madonvi": "H26", "service": service, **more, "data": [data]}


def _refusal(code: str, fields: str) -> dict[str, Any]:
    return {"error_code": code, "message": f"Không thành công. {fields}"}


NEW = _message("DongBoHoSoMC", WIRE, isUpdating="False")
CHANGED = _message("DongBoHoSoMC", WIRE, isUpdating="True")
ASKED = _message("TraCuuHoSo", {"MaHoSo": CODE})
STEPS = _message("CapNhatTienDoHoSoMC", STEP)
CONVERSATIONS = (
    Conversation("new", lambda it: it.sync([DOSSIER], updating=False), NEW, DONE, Accepted()),
    Conversation("changed", lambda it: it.sync([DOSSIER], updating=True), CHANGED, DONE, Accepted(), (WIRE,)),
    Conversation(
        "new-again",
        lambda it: it.sync([DOSSIER], updating=False),
        NEW,
        _refusal("DUPLICATE", "MaHoSo"),
        Rejected(("DUPLICATE: Không thành công. MaHoSo",)),
        (WIRE,),
    ),
    Conversation(
        "unknown-changed",
        lambda it: it.sync([DOSSIER], updating=True),
        CHANGED,
        _refusal("UNKNOWN", "MaHoSo"),
        Rejected(("UNKNOWN: Không thành công. MaHoSo",)),
    ),
    Conversation(
        "look-up", lambda it: it.look_up([DOSSIER]), ASKED, DONE | {"result": [WIRE]}, {CODE: Standing.SAME}, (WIRE,)
    ),
    Conversation(
        "look-up-unknown", lambda it: it.look_up([DOSSIER]), ASKED, DONE | {"result": []}, {CODE: Standing.MISSING}
    ),
    Conversation("steps", _step, STEPS, DONE, Accepted(), (WIRE,)),
    Conversation(
        "steps-unknown", _step, STEPS, _refusal("UNKNOWN", "MaHoSo"), Rejected(("UNKNOWN: Không thành công. MaHoSo",))
    ),
)


def routes() -> Routes:
    return Routes("portal", [Route("portal", Mode.DIRECT, "http://portal.test")], (1.0,), now=lambda: AT)


def adapter(http: httpx.AsyncClient, **settings: Any) -> NationalPortalByHttp:
    return NationalPortalByHttp(http, routes(), GatewaySettings(portal_dstcode="H26", **settings))


@pytest.mark.parametrize("said", CONVERSATIONS, ids=lambda said: said.name)
async def test_the_adapter_says_it_so_and_understands_the_answer(said: Conversation) -> None:
    sent: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        given = {"session": "s", "error_code": 0} if request.url.path == "/session" else said.answer
        return httpx.Response(200, json=given)

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as http:
        assert await said.call(adapter(http)) == said.outcome
    session, message = sent
    assert session.headers["dstcode"] == message.headers["dstcode"] == "H26"
    assert message.url.path == f"/service/{said.sent['service']}"
    assert json.loads(message.content) == said.sent


@pytest.mark.parametrize("said", CONVERSATIONS, ids=lambda said: said.name)
async def test_the_simulator_takes_it_so_and_gives_that_answer(said: Conversation) -> None:
    software = portal.NationalPortal(now=lambda: AT, random=Random(7), dstcode="H26")
    software.dossiers = {dossier["MaHoSo"]: dossier for dossier in said.held}
    async with in_process(portal.create_app(software)) as http:
        session = (await http.post("/session", headers={"dstcode": "H26"})).json()
        assert session["error_code"] == 0
        body = said.sent | {"session": session["session"]}
        answer = await http.post(f"/service/{said.sent['service']}", json=body, headers={"dstcode": "H26"})
    assert (answer.status_code, answer.json()) == (200, said.answer)


@pytest.mark.parametrize(
    "change",
    [
        {"TrangThaiHoSo": "11"},
        {"KenhThucHien": 2},
        {"NgayNopHoSo": "2026-10-12"},
        {"TrichYeuHoSo": "x" * 1001},
        {"MaTTHC": ""},
        {"DinhDanhCHS": {}},
    ],
)
async def test_the_simulator_refuses_what_the_rules_of_the_fields_forbid(change: dict[str, Any]) -> None:
    software = portal.NationalPortal(now=lambda: AT, random=Random(7), dstcode="H26")
    async with in_process(portal.create_app(software)) as http:
        body = _message("DongBoHoSoMC", WIRE | change, isUpdating="False") | {"session": software.open_session()}
        answer = (await http.post("/service/DongBoHoSoMC", json=body, headers={"dstcode": "H26"})).json()
    assert answer == _refusal("FIELD", next(iter(change)))
    assert software.dossiers == {}


async def test_a_session_of_the_simulator_ends_and_who_has_no_dstcode_gets_none() -> None:
    software = portal.NationalPortal(now=lambda: AT, random=Random(7), dstcode="H26", session_messages=1)
    async with in_process(portal.create_app(software)) as http:
        assert (await http.post("/session")).status_code == 401
        body = ASKED | {"session": software.open_session()}
        codes = [
            (await http.post("/service/TraCuuHoSo", json=body, headers={"dstcode": "H26"})).json()["error_code"]
            for _ in range(2)
        ]
    assert codes == ["00", "SESSION"]


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(503),
        httpx.Response(302, headers={"Location": "http://10.0.0.1/"}),
        httpx.Response(200, content=b"<html>"),
        httpx.Response(200, json=[]),
        httpx.Response(200, json={"error_code": "00", "result": "x"}),
        httpx.Response(200, json={"message": "?"}),
    ],
)
async def test_whatever_is_no_answer_in_the_portals_terms_is_out_of_reach(answer: httpx.Response) -> None:
    def answers(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"session": "s", "error_code": 0}) if "session" in request.url.path else answer

    async with httpx.AsyncClient(transport=httpx.MockTransport(answers)) as http:
        with pytest.raises(OutOfReach):
            await adapter(http).sync([DOSSIER], updating=False)


async def test_a_session_that_is_refused_is_out_of_reach_and_no_refusal_of_the_dossier() -> None:
    refused = httpx.MockTransport(lambda _: httpx.Response(200, json={"error_code": 1}))
    async with httpx.AsyncClient(transport=refused) as http:
        with pytest.raises(OutOfReach, match="no session given"):
            await adapter(http).sync([DOSSIER], updating=False)


FEED = Feed("usage", date(2026, 10, 12), date(2026, 10, 12), 1, "d", {"received": {"total": 3}})
FEED_WIRE = {
    "agency": "H26",
    "kind": "usage",
    "from": "2026-10-12",
    "to": "2026-10-12",
    "correction": 1,
    "digest": "d",
    "figures": {"received": {"total": 3}},
}


async def test_a_feed_is_said_and_taken_so() -> None:
    sent: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return httpx.Response(200, json={"status": "taken"})

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as http:
        assert await EvaluationSystemByHttp(http, routes(), GatewaySettings()).take(FEED) == Accepted()
    assert (sent[0].url.path, json.loads(sent[0].content)) == ("/feeds", FEED_WIRE)
    evaluation = emc.Evaluation(now=lambda: AT, token="t")
    async with in_process(emc.create_app(evaluation)) as http:
        http.headers["Authorization"] = "Bearer t"
        assert (await http.post("/feeds", json=FEED_WIRE)).json() == {"status": "taken"}
        assert (await http.post("/feeds", json=FEED_WIRE)).json() == {"status": "taken"}
        assert (await http.post("/feeds", json=FEED_WIRE | {"correction": 0})).json()["status"] == "late"
        assert (await http.post("/feeds", json=FEED_WIRE, headers={"Authorization": "x"})).status_code == 401
        assert (await http.get("/feeds")).json() == [FEED_WIRE]
