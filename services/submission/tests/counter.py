"""What the tests of the desk's work share: dossiers filed at the counter, and brought as far as a test needs them."""

from typing import Any
from uuid import UUID

from contracts.catalog import Component
from contracts.payment import FeeAssessed
from services.submission.tests.conftest import BA_DINH, EXTRACT, Desk, extract
from tests.support.identities import citizen, officer

PATH = "/v1/dossiers"
ONE_STOP = officer("one-stop-officer", units=[BA_DINH])
COLLEAGUE = officer("one-stop-officer", units=[BA_DINH], subject="officer-2")
ELSEWHERE = officer("one-stop-officer", units=["00167"], subject="officer-3")
OPERATOR = officer("operator", subject="operator-1")
OWNER = citizen()

FEE = UUID("01927f5e-0000-7000-8000-00000000000f")


def with_paper() -> Any:
    """The extract's procedure in a version that asks for a paper."""
    component = Component(code="giay-to-tuy-than", name="Giấy tờ tùy thân", originals=1, required=False)
    return extract().model_copy(update={"version": 2, "components": (component,)})


async def at_the_counter(
    desk: Desk,
    name: str = "TRẦN THỊ VÍ DỤ",
    personal_id: str | None = "001190000001",
    *,
    free: bool = True,
    **change: Any,
) -> str:
    """A dossier an officer typed in, of a procedure the desk itself handles; `free`: its fee is known to be none."""
    filing = {
        "procedure": EXTRACT,
        "unit": BA_DINH,
        "applicant": {"fullName": name, "personalId": personal_id},
        "form": {"of": name},
    }
    answer = await desk.post(PATH, officer("one-stop-officer", subject="typist"), filing | change)
    assert answer.status_code == 201, answer.text
    code: str = answer.json()["code"]
    if free:
        await desk.hear(FeeAssessed(version=1, dossier_code=code, total=0, obligation_id=None))
    return code


async def done(desk: Desk, answer: Any, status: int = 200) -> dict[str, Any]:
    """The body of an answer that must be a success."""
    assert answer.status_code == status, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def accepted(desk: Desk, name: str = "TRẦN THỊ VÍ DỤ", **change: Any) -> str:
    """A dossier the desk has taken in."""
    code = await at_the_counter(desk, name, **change)
    await done(desk, await desk.post(f"{PATH}/{code}/acceptance", ONE_STOP))
    return code


async def finished(desk: Desk, name: str = "TRẦN THỊ VÍ DỤ", **change: Any) -> str:
    """A dossier whose result waits to be handed over."""
    code = await accepted(desk, name, **change)
    await done(desk, await desk.post(f"{PATH}/{code}/finish", ONE_STOP))
    return code
