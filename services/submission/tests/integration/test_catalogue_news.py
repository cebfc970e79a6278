"""What the catalogue says beside procedures themselves: withdrawals and agencies are kept, the newest news winning."""

from datetime import date, timedelta

from contracts.catalog import AgenciesPublished, Agency, ProcedureWithdrawn
from services.submission.tests.conftest import BA_DINH, Desk
from services.submission.tests.steps import MARITAL, OWNER, PATH, filed, marital, rows, went

FILING = {"procedure": MARITAL, "unit": BA_DINH, "form": {"purpose": "Kết hôn"}}


def withdrawn(last_day: date, version: int = 2) -> ProcedureWithdrawn:
    return ProcedureWithdrawn(
        version=version, code=MARITAL, number=1, valid_to=last_day, legal_source="Quyết định thử", reason="Thay thế"
    )


def agencies(version: int, *codes: str) -> AgenciesPublished:
    return AgenciesPublished(
        version=version,
        province="01",
        agencies=tuple(
            Agency(code=code, former_code=f"old-{code}", name="UBND phường", unit=BA_DINH, valid_from=date(2025, 7, 1))
            for code in codes
        ),
    )


async def test_nothing_is_filed_by_a_procedure_after_its_last_day_and_what_was_filed_goes_on(desk: Desk) -> None:
    """R-152."""
    code = await filed(desk)
    await desk.hear(withdrawn(date(2026, 10, 12)))
    assert (await desk.post(PATH, OWNER, FILING)).status_code == 201
    desk.clock.advance(timedelta(days=1))
    answer = await desk.post(PATH, OWNER, FILING)
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/procedure-withdrawn")
    await went(desk, code, "supplement-request", "supplement", "acceptance", "finish", "return")


async def test_a_withdrawal_may_come_before_what_it_withdraws_and_the_newest_news_wins(desk: Desk) -> None:
    await desk.hear(withdrawn(date(2026, 10, 11), version=4), withdrawn(date(2026, 12, 31), version=3))
    await desk.hear(marital())
    answer = await desk.post(PATH, OWNER, FILING)
    assert answer.json()["type"] == "/problems/procedure-withdrawn"
    assert await rows(desk, "SELECT code, number, valid_to FROM withdrawals") == [(MARITAL, 1, date(2026, 10, 11))]


async def test_agencies_are_replaced_whole_and_only_by_newer_lists(desk: Desk) -> None:
    await desk.hear(agencies(2, "H26.1", "H26.2"), agencies(3, "H26.3"), agencies(1, "H26.9"))
    assert await rows(desk, "SELECT code, former_code, unit, valid_to FROM agencies") == [
        ("H26.3", "old-H26.3", BA_DINH, None)
    ]
