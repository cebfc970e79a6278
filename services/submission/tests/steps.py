"""What tests of a dossier's steps share: a procedure of the desk's own, its dossiers, and a step at the desk in one word."""

from datetime import date, time
from typing import Any

import httpx
from sqlalchemy import text

from contracts.catalog import Component, LongerLimit, Offering, ProcedureField, ProcedurePublished, TimeLimit
from contracts.codes import Channel, ServiceLevel, TimeLimitUnit
from contracts.payment import FeeAssessed
from services.submission.tests.conftest import BA_DINH, Desk
from tests.support.identities import citizen, officer

PATH = "/v1/dossiers"
MARITAL = "1.004873"
ONE_STOP = officer("one-stop-officer")
CIVIL_STATUS = officer("civil-status-officer", subject="officer-2")
OWNER = citizen()


def marital(**change: Any) -> ProcedurePublished:
    """Marital-status certificate: handled by the desk, three working days, 3 more to verify, two papers."""
    longer = LongerLimit(unit=TimeLimitUnit.WORKING_DAYS, amount=6)
    channels = (Channel.COUNTER, Channel.ONLINE)
    return ProcedurePublished(
        version=1,
        code=MARITAL,
        name="Cấp giấy xác nhận tình trạng hôn nhân",
        field=ProcedureField(code="ho-tich", name="Hộ tịch"),
        valid_from=date(2025, 7, 1),
        time_limits=tuple(
            TimeLimit(
                channel=channel, unit=TimeLimitUnit.WORKING_DAYS, amount=3, cutoff=time(15), verification=longer,
                text="3 ngày làm việc; phải xác minh thì thêm 3 ngày làm việc",
            )
            for channel in channels
        ),
        offerings=(
            Offering(
                channels=channels, service_level=ServiceLevel.FULL, valid_from=date(2025, 7, 1), legal_source="thử"
            ),
        ),
        components=(
            Component(code="to-khai", name="Tờ khai", required=False),
            Component(code="giay-to-chung-minh", name="Giấy tờ chứng minh", required=False),
        ),
        form_schema={
            "type": "object",
            "additionalProperties": False,
            "properties": {"purpose": {"type": "string", "minLength": 3}},
        },
    ).model_copy(update=change)  # fmt: skip


async def filed(desk: Desk, caller: dict[str, str] = OWNER, *, fee: int = 0, **change: Any) -> str:
    """The code of a dossier of MARITAL, its fee assessed."""
    await desk.hear(marital())
    body = {"procedure": MARITAL, "unit": BA_DINH, "form": {"purpose": "Kết hôn"}} | change
    answer = await desk.post(PATH, caller, body)
    assert answer.status_code == 201, answer.text
    code: str = answer.json()["code"]
    if fee == 0:
        await desk.hear(FeeAssessed(version=1, dossier_code=code, total=0, obligation_id=None))
    return code


async def step(
    desk: Desk, code: str, name: str, caller: dict[str, str] = ONE_STOP, json: object = None, **headers: str
) -> httpx.Response:
    """One step of a dossier, by the name of its route."""
    return await desk.post(f"{PATH}/{code}/{name}", caller, json, **headers)


async def went(desk: Desk, code: str, *names: str) -> str:
    """The dossier after these steps, each of which must succeed; gives its code."""
    bodies = {
        "refusal": {"reason": "Không thuộc thẩm quyền"},
        "supplement-request": {"reason": "Ảnh chụp bị mờ"},
        "supplement": {"note": "Đã xuất trình bản chính"},
        "stop": {"reason": "Không còn lưu trữ"},
        "extension": {"workingDays": 2, "reason": "Chờ xác minh"},
        "verification": {"reason": "Xác minh nơi cư trú cũ"},
    }
    for name in names:
        answer = await step(desk, code, name, OWNER if name == "withdrawal" else ONE_STOP, bodies.get(name))
        assert answer.status_code == 200, (name, answer.text)
    return code


async def read(desk: Desk, code: str, part: str = "") -> dict[str, Any]:
    """A dossier, or a part of it, as its desk reads it."""
    body: dict[str, Any] = (await desk.get(f"{PATH}/{code}{part}", ONE_STOP)).json()
    return body


async def rows(desk: Desk, query: str) -> list[Any]:
    """What the database holds."""
    async with desk.runtime.database.begin() as uow:
        return list((await uow.execute(text(query))).all())
