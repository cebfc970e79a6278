"""What is said between the gateway's adapters and the ministries' registers, pinned once and held against both sides.

Each contract names the very document the adapter must send and the simulator must take, and the very answers the simulator
must give and the adapter must understand.
"""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import httpx
import pytest

from contracts.gateway import MinistryCaseKind as Kind
from deploy.sandbox.tests.simulator_kit import StandingClock, in_process
from gateway.adapters import health_card, residence
from gateway.adapters.case_register import CaseRegister
from gateway.adapters.moj import MinistryOfJustice
from gateway.adapters.routes import Routes
from gateway.case_declarations import DECLARATIONS, Paper
from gateway.domain.connection_mode import Mode, Route
from gateway.ports import Accepted, CaseOffice, Entered, OutwardCase, Rejected, Result, SupplementWanted, Waiting
from gateway.settings import GatewaySettings
from sandbox.simulators import Simulators
from sandbox.simulators import moj as moj_simulator
from sandbox.simulators import residence as residence_simulator
from sandbox.simulators import social_insurance as social_insurance_simulator
from sandbox.simulators.faults import Fault

CASE = UUID("01927f5e-0000-7000-8000-0000000000d1")
RECEIVED = datetime(2026, 9, 7, 2, 30, tzinfo=UTC)  # 09:30 in Hanoi
PAPERS = (
    Paper(id="gbt", kind="8", title="Giấy báo tử", file_name="gbt.pdf", content="JVBERi0="),
    Paper(id="cu", kind="8", title="Giấy cũ", file_name="cu.pdf", withdrawn=True),
)
PERSON = {"fullName": "NGUYỄN THỊ MẪU", "dateOfBirth": "2026-07-29", "sex": 2, "personalId": "001326000123"}
SPOUSE = {
    "dateOfBirth": "2000-01-01",
    "ethnicity": "Kinh",
    "nationality": "Việt Nam",
    "residence": "Hà Nội",
    "paperKind": 4,
    "marriageNumber": 1,
}


@dataclass(frozen=True)
class Contract:
    """One kind: what is declared, what must be sent for it and where, and what is answered in the end."""

    kind: Kind
    declaration: dict[str, Any]
    path: str
    message: dict[str, Any]
    result: Entered
    simulator: Callable[[Simulators], httpx.AsyncClient]
    desk: Callable[[Simulators], Any]


def moj_message(module: str, data: dict[str, Any]) -> dict[str, Any]:
    return {
        "maDonVi": "H26",
        "module": module,
        "maHoSoLT": str(CASE),
        "maHoSoMCDT": "H26-43",
        "ngayTiepNhan": "07/09/2026 09:30:00",
        "data": data | {"noiDangKy": {"maTinh": "01", "maXa": "00004"}},
        "fileDinhKem": [
            {
                "id": "gbt",
                "loaiGiayTo": "8",
                "tenGiayTo": "Giấy báo tử",
                "tenTepDinhKem": "gbt.pdf",
                "huyGiayTo": False,
                "duLieuTepDinhKem": "JVBERi0=",
            },
            {
                "id": "cu",
                "loaiGiayTo": "8",
                "tenGiayTo": "Giấy cũ",
                "tenTepDinhKem": "cu.pdf",
                "huyGiayTo": True,
                "duLieuTepDinhKem": "",
            },
        ],
    }


def own_message(request: dict[str, Any]) -> dict[str, Any]:
    paper = {"id": "gbt", "kind": "8", "title": "Giấy báo tử", "fileName": "gbt.pdf", "withdrawn": False}
    return {
        "caseId": str(CASE),
        "dossierCode": "H26-43",
        "unit": "00004",
        "receivedAt": "2026-09-07T02:30:00Z",
        "request": request,
        "papers": [
            paper | {"content": "JVBERi0="},
            {"id": "cu", "kind": "8", "title": "Giấy cũ", "fileName": "cu.pdf", "withdrawn": True},
        ],
    }


def moj_client(world: Simulators) -> httpx.AsyncClient:
    client = in_process(moj_simulator.create_app(world.moj))
    client.headers[moj_simulator.CALLER_HEADER] = world.moj.token
    return client


def residence_client(world: Simulators) -> httpx.AsyncClient:
    client = in_process(residence_simulator.create_app(world.residence))
    client.headers["Authorization"] = f"Bearer {world.residence.token}"
    return client


def social_insurance_client(world: Simulators) -> httpx.AsyncClient:
    client = in_process(social_insurance_simulator.create_app(world.social_insurance))
    client.headers["Authorization"] = f"Bearer {world.social_insurance.token}"
    return client


DEATH = Contract(
    Kind.DEATH,
    {
        "deceased": {
            "fullName": "NGUYỄN VĂN MẪU",
            "sex": 1,
            "dateOfBirth": "1941-02-03",
            "residence": "Phường Mẫu, Hà Nội",
            "diedOn": "2026-09-05",
            "diedAt": "05:30",
            "placeOfDeath": "Bệnh viện Mẫu",
            "causeOfDeath": "Bệnh",
        },
        "paper": {"kind": 1, "number": "12", "issuedOn": "2026-09-05", "issuedBy": "Bệnh viện Mẫu"},
        "requester": {"fullName": "NGUYỄN THỊ VÍ DỤ", "relationship": "con"},
    },
    "/push",
    moj_message(
        "LTKT",
        {
            "nktHoTen": "NGUYỄN VĂN MẪU",
            "nktGioiTinh": 1,
            "nktNgaySinh": "03/02/1941",
            "nktNoiCuTru": "Phường Mẫu, Hà Nội",
            "nktNgayChet": "05/09/2026",
            "nktGioPhutChet": "05:30",
            "nktNoiChet": "Bệnh viện Mẫu",
            "nktNguyenNhanChet": "Bệnh",
            "gbtLoai": 1,
            "gbtSo": "12",
            "gbtNgay": "05/09/2026",
            "gbtCoQuanCap": "Bệnh viện Mẫu",
            "nycHoTen": "NGUYỄN THỊ VÍ DỤ",
            "nycQuanHe": "con",
        },
    ),
    Entered("01/2026", "01/2026", "01", date(2026, 9, 7)),
    moj_client,
    lambda world: world.moj.desk,
)


def _spouse(prefix: str, name: str, number: str) -> dict[str, Any]:
    return {
        f"{prefix}HoTen": name,
        f"{prefix}NgaySinh": "01/01/2000",
        f"{prefix}DanToc": "Kinh",
        f"{prefix}QuocTich": "Việt Nam",
        f"{prefix}NoiCuTru": "Hà Nội",
        f"{prefix}LoaiGiayToTuyThan": 4,
        f"{prefix}SoGiayToTuyThan": number,
        f"{prefix}SoLanKH": 1,
    }


MARRIAGE = Contract(
    Kind.MARRIAGE,
    {
        "husband": SPOUSE | {"fullName": "TRẦN VĂN MẪU", "paperNumber": "001200000001"},
        "wife": SPOUSE | {"fullName": "LÊ THỊ MẪU", "paperNumber": "001300000002"},
    },
    "/push",
    moj_message("LTKH", _spouse("chong", "TRẦN VĂN MẪU", "001200000001") | _spouse("vo", "LÊ THỊ MẪU", "001300000002")),
    Entered("01/2026", "01/2026", "01", date(2026, 9, 7)),
    moj_client,
    lambda world: world.moj.desk,
)
RESIDENCE = Contract(
    Kind.RESIDENCE,
    {"action": "register", "person": PERSON, "address": "1 phố Mẫu"},
    "/cases",
    own_message({"action": "register", "person": PERSON, "address": "1 phố Mẫu"}),
    Entered("CT-2026-000001", on=date(2026, 9, 7)),
    residence_client,
    lambda world: world.residence.desk,
)
HEALTH_CARD = Contract(
    Kind.HEALTH_CARD,
    {"person": PERSON, "address": "1 phố Mẫu", "firstHospital": "01-001"},
    "/cases",
    own_message({"person": PERSON, "address": "1 phố Mẫu", "firstHospital": "01-001"}),
    Entered(on=date(2026, 9, 7), private={"cardNumber": "SANDBOX00000001"}),
    social_insurance_client,
    lambda world: world.social_insurance.desk,
)
every_contract = pytest.mark.parametrize(
    "contract", [DEATH, MARRIAGE, RESIDENCE, HEALTH_CARD], ids=lambda contract: contract.kind.value
)


def case_of(contract: Contract) -> OutwardCase:
    declaration = DECLARATIONS[contract.kind].model_validate(contract.declaration)
    return OutwardCase(contract.kind, "H26-43", CASE, "00004", RECEIVED, declaration, papers=PAPERS)


def office_of(contract: Contract, client: httpx.AsyncClient) -> CaseOffice:
    routes = Routes("it", [Route("it", Mode.DIRECT, "http://simulator.test")], (1,), now=lambda: RECEIVED)
    if contract.kind in MinistryOfJustice.kinds:
        return MinistryOfJustice(client, routes, GatewaySettings())
    entered = residence.entered if contract.kind is Kind.RESIDENCE else health_card.entered
    return CaseRegister("it", contract.kind, client, routes, 5, entered)


def said(message: dict[str, Any]) -> dict[str, Any]:
    """A message with the JSON within it read, so that it is compared and not its spaces."""
    return message | ({"data": json.loads(message["data"])} if isinstance(message.get("data"), str) else {})


def written(message: dict[str, Any]) -> dict[str, Any]:
    return message | ({"data": json.dumps(message["data"])} if "data" in message else {})


@asynccontextmanager
async def recording(answer: httpx.Response) -> AsyncIterator[tuple[httpx.AsyncClient, list[httpx.Request]]]:
    sent: list[httpx.Request] = []

    def take(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return answer

    async with httpx.AsyncClient(transport=httpx.MockTransport(take)) as client:
        yield client, sent


@every_contract
async def test_the_adapter_sends_the_very_document(contract: Contract) -> None:
    """R-252."""
    async with recording(httpx.Response(200, json={"status": "1"})) as (client, sent):
        assert await office_of(contract, client).submit(case_of(contract)) == Accepted()
    (request,) = sent
    assert (request.method, request.url.path) == ("POST", contract.path)
    assert said(json.loads(request.content)) == contract.message


@every_contract
async def test_the_register_takes_the_very_document_once(contract: Contract, world: Simulators) -> None:
    async with contract.simulator(world) as client:
        answers = [await client.post(contract.path, json=written(contract.message)) for _ in range(2)]
    assert all(answer.is_success for answer in answers)
    counts = contract.desk(world).report()["counts"]
    operation = contract.path.strip("/").replace("cases", "submit")
    assert counts[operation][str(CASE)] == {"received": 2, "acted": 1}


async def results(contract: Contract, office: CaseOffice, times: int) -> list[Result]:
    return [(await office.results(contract.kind, [CASE]))[CASE] for _ in range(times)]


@every_contract
async def test_both_together_go_from_waiting_to_the_entry(contract: Contract, world: Simulators) -> None:
    async with contract.simulator(world) as client:
        office = office_of(contract, client)
        assert await office.results(contract.kind, [CASE]) == {}
        for _ in range(2):
            assert await office.submit(case_of(contract)) == Accepted()
        assert await results(contract, office, 4) == [Waiting(), Waiting(), contract.result, contract.result]


@every_contract
async def test_both_together_ask_for_and_take_a_supplement(contract: Contract, world: Simulators) -> None:
    contract.desk(world).script(Fault(mode="supplement", times=1))
    async with contract.simulator(world) as client:
        office = office_of(contract, client)
        await office.submit(case_of(contract))
        wanted = (await results(contract, office, 3))[2]
        assert isinstance(wanted, SupplementWanted)
        assert wanted.by == date(2026, 9, 14)
        assert wanted.words
        case = case_of(contract)
        more = OutwardCase(**{**vars(case), "papers": (*case.papers, PAPERS[0].model_copy(update={"id": "them"}))})
        for _ in range(2):
            assert await office.supplement(more) == Accepted()
        assert (await results(contract, office, 1)) == [contract.result]
    assert contract.desk(world).report()["counts"]["supplement"][str(CASE)]["acted"] == 1


@every_contract
async def test_a_supplement_that_does_not_come_in_time_is_a_refusal(
    contract: Contract, world: Simulators, clock: StandingClock
) -> None:
    contract.desk(world).script(Fault(mode="supplement", times=1))
    async with contract.simulator(world) as client:
        office = office_of(contract, client)
        await office.submit(case_of(contract))
        await results(contract, office, 3)
        clock.advance(days=8)
        assert isinstance((await results(contract, office, 1))[0], Rejected)


@every_contract
async def test_a_refusal_comes_with_words(contract: Contract, world: Simulators) -> None:
    contract.desk(world).script(Fault(mode="refuse", times=1))
    async with contract.simulator(world) as client:
        office = office_of(contract, client)
        await office.submit(case_of(contract))
        assert (await results(contract, office, 3))[2] == Rejected(("Hồ sơ bị từ chối theo kịch bản mô phỏng.",))


@pytest.mark.parametrize("contract", [RESIDENCE, HEALTH_CARD], ids=lambda contract: contract.kind.value)
async def test_what_a_register_will_not_take_is_refused_with_words(contract: Contract, world: Simulators) -> None:
    message = contract.message | {"request": {}}
    async with contract.simulator(world) as client:
        answer = await client.post(contract.path, json=message)
    assert answer.status_code == 422
    assert answer.json()["words"]
    async with recording(answer) as (client, _):
        assert await office_of(contract, client).submit(case_of(contract)) == Rejected(tuple(answer.json()["words"]))


@pytest.mark.parametrize("contract", [RESIDENCE, HEALTH_CARD], ids=lambda contract: contract.kind.value)
async def test_without_the_token_a_register_takes_nothing(contract: Contract, world: Simulators) -> None:
    async with contract.simulator(world) as client:
        del client.headers["Authorization"]
        assert (await client.post(contract.path, json=contract.message)).status_code == 401
