"""The Ministry of Justice's birth-registration software: taken once, worked at, registered or refused."""

import base64
import json
from datetime import timedelta
from random import Random
from typing import Any

import httpx
import pytest

from deploy.sandbox.tests.simulator_kit import Serve, StandingClock, birth_data, in_process
from sandbox.simulators import Simulators, WorldSettings, build, create_app
from sandbox.simulators.faults import Fault
from sandbox.simulators.moj import CALLER_HEADER, Pace
from sandbox.simulators.moj import create_app as create_moj

TOKEN = {CALLER_HEADER: "sandbox-moj-token"}


def push_of(code: str, data: object = None, **changes: Any) -> dict[str, Any]:
    return {
        "maDonVi": "H26",
        "module": "LTKS",
        "maHoSoLT": code,
        "maHoSoMCDT": f"H26-{code}",
        "ngayTiepNhan": "07/09/2026 09:30:00",
        "data": json.dumps(birth_data() if data is None else data, ensure_ascii=False),
        "fileDinhKem": [],
    } | changes


def poll_of(*codes: str) -> dict[str, Any]:
    return {"maDinhDanhHoSo": list(codes), "maTinh": "01", "module": "LTKS"}


def ministry(world: Simulators) -> httpx.AsyncClient:
    client = in_process(create_moj(world.moj))
    client.headers.update(TOKEN)
    return client


async def polled(client: httpx.AsyncClient, code: str) -> dict[str, Any]:
    (entry,) = (await client.post("/poll", json=poll_of(code))).json()["value"]
    return dict(entry)


async def test_a_dossier_waits_is_processed_and_gets_its_record_and_id(world: Simulators) -> None:
    async with ministry(world) as client:
        pushed = (await client.post("/push", json=push_of("LT-1"))).json()
        entries = [await polled(client, "LT-1") for _ in range(4)]
    assert (pushed["status"], pushed["errorCode"]) == ("1", "")
    assert [entry["trangThai"] for entry in entries] == [1, 3, 4, 4]
    assert [entry["ketQuaXuLy"] for entry in entries[:2]] == [None, None]
    result = entries[2]["ketQuaXuLy"]
    assert result == entries[3]["ketQuaXuLy"]
    assert result["soDinhDanh"].startswith("001226")
    assert world.population.people[result["soDinhDanh"]].birth.full_name == "NGUYỄN VĂN MẪU"
    assert (result["soDangKy"], result["quyenSo"], result["trangSo"]) == ("01/2026", "01/2026", "01")
    assert result["ngayDangKy"] == "07/09/2026"


async def test_the_same_dossier_again_is_a_success_and_is_acted_upon_once(world: Simulators) -> None:
    async with ministry(world) as client:
        answers = [(await client.post("/push", json=push_of("LT-1"))).json() for _ in range(3)]
        counts = (await client.get("/requests")).json()["counts"]
    assert [answer["status"] for answer in answers] == ["1", "1", "1"]
    assert "đã được tiếp nhận" not in answers[0]["statusDescription"]
    assert "đã được tiếp nhận" in answers[1]["statusDescription"]
    assert counts["push"] == {"LT-1": {"received": 3, "acted": 1}}


async def test_numbers_run_through_the_year_of_an_office_and_a_new_volume_goes_on_counting(world: Simulators) -> None:
    codes = [f"LT-{number}" for number in range(201)]
    async with ministry(world) as client:
        for code in codes:
            await client.post("/push", json=push_of(code))
        await client.post("/push", json=push_of("LT-other", maDonVi="G15"))
        for _ in range(3):
            entries = (await client.post("/poll", json=poll_of(*codes, "LT-other"))).json()["value"]
    last = entries[200]["ketQuaXuLy"]
    assert (last["soDangKy"], last["quyenSo"], last["trangSo"]) == ("201/2026", "02/2026", "01")
    assert entries[201]["ketQuaXuLy"]["soDangKy"] == "01/2026"
    assert len({entry["ketQuaXuLy"]["soDinhDanh"] for entry in entries}) == 202


async def test_a_ministry_paced_by_time_does_not_mind_how_often_it_is_asked(clock: StandingClock) -> None:
    settings = WorldSettings(origin="http://world.test", moj_pace=Pace(takes=timedelta(minutes=10)))
    async with ministry(build(settings, now=clock, random=Random(7))) as client:
        await client.post("/push", json=push_of("LT-1"))
        states = [(await polled(client, "LT-1"))["trangThai"] for _ in range(3)]
        clock.advance(minutes=5)
        states.append((await polled(client, "LT-1"))["trangThai"])
        clock.advance(minutes=5)
        states.append((await polled(client, "LT-1"))["trangThai"])
    assert states == [1, 1, 1, 3, 4]


async def test_a_refusal_is_state_6_with_errors_and_leaves_the_next_dossier_alone(world: Simulators) -> None:
    world.moj.desk.script(Fault(mode="refuse", times=1))
    async with ministry(world) as client:
        for code in ("LT-1", "LT-2"):
            await client.post("/push", json=push_of(code))
        refused = [await polled(client, "LT-1") for _ in range(3)][-1]
        registered = [await polled(client, "LT-2") for _ in range(3)][-1]
    assert (refused["trangThai"], refused["ketQuaXuLy"], len(refused["errors"])) == (6, None, 1)
    assert registered["trangThai"] == 4


async def test_what_the_population_database_refuses_the_ministry_refuses(world: Simulators) -> None:
    async with ministry(world) as client:
        await client.post("/push", json=push_of("LT-1", birth_data(nksGioiTinh=3)))
        entry = [await polled(client, "LT-1") for _ in range(3)][-1]
    assert entry["trangThai"] == 6
    assert entry["errors"]


async def test_a_duplicated_poll_answer_tells_the_same_result_twice(world: Simulators) -> None:
    world.moj.desk.script(Fault(mode="duplicate"))
    async with ministry(world) as client:
        await client.post("/push", json=push_of("LT-1"))
        for _ in range(3):
            entries = (await client.post("/poll", json=poll_of("LT-1"))).json()["value"]
    assert len(entries) == 2
    assert entries[0] == entries[1]
    assert entries[0]["trangThai"] == 4


async def test_an_unknown_dossier_is_left_out_of_the_answer(world: Simulators) -> None:
    async with ministry(world) as client:
        assert (await client.post("/poll", json=poll_of("LT-unknown"))).json()["value"] == []


@pytest.mark.parametrize(
    ("changes", "code", "named"),
    [
        ({"maHoSoLT": None}, "ENVELOPE_FIELD", "maHoSoLT"),
        ({"ngayTiepNhan": "2026-09-07T09:30:00"}, "ENVELOPE_FIELD", "ngayTiepNhan"),
        ({"maThutuc": "khai-sinh"}, "ENVELOPE_FIELD", "maThutuc"),
        ({"module": "LTXX"}, "MODULE", "LTKS"),
        ({"data": "{"}, "DATA_NOT_JSON", ""),
        ({"data": birth_data()}, "ENVELOPE_FIELD", "data"),
        ({"data": "[]"}, "DATA_FIELD", "toàn bộ"),
        ({"data": json.dumps(birth_data(nksHoTen=None))}, "DATA_FIELD", "nksHoTen"),
        ({"data": json.dumps(birth_data(nksHoTen="NGUYE\u0302\u0303N"))}, "DATA_FIELD", "nksHoTen"),
        ({"data": json.dumps(birth_data(nksNgaySinh="1/9/2026"))}, "DATA_FIELD", "nksNgaySinh"),
        ({"data": json.dumps(birth_data(nksNgaySinh="31/02/2026"))}, "DATA_FIELD", "nksNgaySinh"),
        ({"data": json.dumps(birth_data(nksNgaySinh="08/09/2026"))}, "BORN_IN_FUTURE", "nksNgaySinh"),
        ({"data": json.dumps(birth_data(nksGioiTinh=4))}, "DATA_FIELD", "nksGioiTinh"),
        ({"data": json.dumps(birth_data(chaHoTen=None))}, "DATA_FIELD", "chaHoTen"),
        ({"fileDinhKem": [{"id": "1"}]}, "ENVELOPE_FIELD", "fileDinhKem.0.duLieuTepDinhKem"),
    ],
)
async def test_a_wrong_field_is_a_business_error_that_names_it(
    world: Simulators, changes: dict[str, Any], code: str, named: str
) -> None:
    async with ministry(world) as client:
        answer = await client.post("/push", json=push_of("LT-1") | changes)
        counts = (await client.get("/requests")).json()["counts"]
    assert answer.status_code == 200
    assert (answer.json()["status"], answer.json()["errorCode"]) == ("0", code)
    assert named in answer.json()["errorDescription"]
    assert sum(seen["acted"] for seen in counts["push"].values()) == 0


@pytest.mark.parametrize("body", [b"", b"not json", b"[]", b'"text"', b"\xff\xfe", b"null"])
@pytest.mark.parametrize("path", ["/push", "/poll"])
async def test_a_body_that_is_no_message_is_a_business_error(world: Simulators, path: str, body: bytes) -> None:
    async with ministry(world) as client:
        answer = await client.post(path, content=body)
    assert (answer.status_code, answer.json()["status"]) == (200, "0")


async def test_a_birth_in_nested_groups_and_with_a_file_is_taken_too(world: Simulators) -> None:
    flat = birth_data()
    data: dict[str, Any] = {"nks": {}, "me": {}, "cha": {}, "nyc": {}}
    for key, value in flat.items():
        group = next((name for name in data if key.startswith(name) and key[len(name)].isupper()), None)
        (data[group] if group else data)[key.removeprefix(group or "")] = value
    file = {
        "id": "1",
        "loaiGiayTo": 8,
        "tenGiayTo": "Giấy chứng sinh",
        "tenTepDinhKem": "gcs.pdf",
        "huyGiayTo": 0,
        "duLieuTepDinhKem": base64.b64encode(b"%PDF-").decode(),
    }
    async with ministry(world) as client:
        answer = await client.post("/push", json=push_of("LT-1", data, maThutuc="3.000722", fileDinhKem=[file]))
    assert answer.json()["status"] == "1"


async def test_a_child_of_an_undetermined_father_needs_no_father(world: Simulators) -> None:
    data = birth_data(nksLoaiKhaiSinh=3, chaHoTen=None)
    async with ministry(world) as client:
        assert (await client.post("/push", json=push_of("LT-1", data))).json()["status"] == "1"


async def test_without_the_token_nothing_is_taken(world: Simulators) -> None:
    async with in_process(create_moj(world.moj)) as client:
        bare = await client.post("/push", json=push_of("LT-1"))
        wrong = await client.post("/poll", json=poll_of("LT-1"), headers={CALLER_HEADER: "wrong"})
    assert (bare.status_code, wrong.status_code) == (401, 401)
    assert (bare.json()["status"], wrong.json()["errorCode"]) == ("0", "TOKEN")


async def test_a_push_whose_answer_was_lost_is_found_by_pushing_again(serve: Serve, world: Simulators) -> None:
    url = serve(create_app(world)) + "/sandbox/moj"
    async with httpx.AsyncClient(headers=TOKEN) as client:
        await client.put(f"{url}/faults", json={"mode": "lose-answer", "times": 1, "operation": "push"})
        with pytest.raises(httpx.RemoteProtocolError):
            await client.post(f"{url}/push", json=push_of("LT-1"))
        again = (await client.post(f"{url}/push", json=push_of("LT-1"))).json()
        counts = (await client.get(f"{url}/requests")).json()["counts"]
    assert (again["status"], again["statusDescription"]) == ("1", "Hồ sơ đã được tiếp nhận")
    assert counts["push"] == {"LT-1": {"received": 2, "acted": 1}}
