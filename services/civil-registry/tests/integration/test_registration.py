"""Events in, events out: from an accepted dossier to a numbered, signed record, or to a refusal."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from contracts.catalog import AdministrativeUnitsPublished
from contracts.civil_registry import BirthRegistrationRequested
from tests.support.events import inbox_of, wire

MakeRegistry = Callable[..., Awaitable[Any]]
DOSSIER = "H26-20261012-0000042"


async def parked(registry: Any) -> list[str]:
    """Why events were put aside."""
    return [row.reason for row in await registry.rows("SELECT reason FROM deferred ORDER BY position")]


async def test_an_accepted_birth_is_asked_for_at_the_ministry(registry: Any) -> None:
    await registry.take(registry.accepted())
    [(name, data)] = await registry.said()
    assert name == "birth-registration-requested"
    event = BirthRegistrationRequested.model_validate(data)
    assert (event.version, event.dossier_code, event.unit) == (1, DOSSIER, "00004")
    assert event.declaration.child.full_name == "NGUYỄN THỊ MẪU"
    assert event.declaration.kind == 4


async def test_what_others_handle_opens_no_case(registry: Any) -> None:
    await registry.take(registry.accepted(handledBy="desk"))
    assert await registry.said() == []
    assert await registry.rows("SELECT 1 FROM cases") == await registry.rows("SELECT 1 FROM deferred") == []


async def test_a_dossier_for_us_of_a_procedure_we_do_not_register_is_put_aside_for_an_operator(registry: Any) -> None:
    await registry.take(registry.accepted(procedure="1.000656"))
    [reason] = await parked(registry)
    assert reason.startswith("UnknownProcedure procedure-not-registered-here")


async def test_the_same_dossier_accepted_twice_is_one_case(registry: Any) -> None:
    await registry.take(registry.accepted(), registry.accepted())
    await registry.take(registry.accepted())
    assert [name for name, _ in await registry.said()] == ["birth-registration-requested"]


async def test_an_issued_id_makes_a_numbered_record(registry: Any) -> None:
    record_id = await registry.register()
    name, data = (await registry.said())[-1]
    assert name == "birth-registered"
    assert data == {
        "version": 2,
        "dossierCode": DOSSIER,
        "recordId": record_id,
        "unit": "00004",
        "number": 1,
        "year": 2026,
        "volume": "01/2026",
        "registeredOn": "2026-10-12",
        "kind": 4,
        "childNumber": 1,
        "remaining": 0,
    }
    [case] = await registry.rows("SELECT state, version, declaration, people FROM cases")
    assert (case.state, case.version, case.declaration) == ("registered", 2, None)
    assert case.people == ["001088000002", "001190000001", "001326000123"]


async def test_the_same_answer_twice_gives_one_record(registry: Any) -> None:
    await registry.register()
    answer = wire(await registry.issued())
    await inbox_of(registry.runtime).deliver([answer, answer])
    await registry.take(await registry.issued())
    assert [name for name, _ in await registry.said()] == ["birth-registration-requested", "birth-registered"]
    assert [row.number for row in await registry.rows("SELECT number FROM records")] == [1]
    assert await parked(registry) == []


async def test_another_answer_for_a_registered_birth_is_put_aside_and_the_record_stands(registry: Any) -> None:
    await registry.register()
    await registry.take(await registry.issued(personal_id="001326000999"))
    assert (await parked(registry))[0].startswith("ContradictoryAnswer contradictory-answer")
    assert [row.personal_id for row in await registry.rows("SELECT personal_id FROM records")] == ["001326000123"]


@pytest.mark.parametrize("personal_id", ["001226000123", "001325000123", "00132600012", "không"])
async def test_an_id_that_contradicts_the_child_is_put_aside_and_takes_no_number(
    registry: Any, personal_id: str
) -> None:
    await registry.take(AdministrativeUnitsPublished.from_example(), registry.accepted())
    await registry.take(await registry.issued(personal_id=personal_id))
    assert (await parked(registry))[0].startswith("PersonalIdUnfit personal-id-unfit")
    assert await registry.rows("SELECT 1 FROM records") == await registry.rows("SELECT 1 FROM book_counters") == []


async def test_an_id_that_another_record_has_is_put_aside(registry: Any) -> None:
    """R-066"""
    await registry.register()
    await registry.take(registry.accepted("H26-2", registry.form("Nguyễn Thị Khác")))
    await registry.take(await registry.issued("H26-2"))
    assert (await parked(registry))[0].startswith("PersonalIdTaken personal-id-taken")


async def test_an_answer_for_no_case_waits(registry: Any) -> None:
    await registry.take(await registry.issued())
    assert (await parked(registry))[0].startswith("UnknownCase unknown-case")


async def test_a_unit_without_a_name_waits_unless_its_office_is_set(a_registry: MakeRegistry) -> None:
    unnamed = await a_registry()
    await unnamed.take(unnamed.accepted())
    await unnamed.take(await unnamed.issued())
    assert (await parked(unnamed))[0].startswith("UnknownOffice unknown-office")
    assert await unnamed.rows("SELECT 1 FROM book_counters") == []
    named = await a_registry(issuing_offices={"00004": "Ủy ban nhân dân Mẫu"})
    await named.take(named.accepted())
    await named.take(await named.issued())
    assert (await named.said())[-1][0] == "birth-registered"


async def test_a_form_that_cannot_be_mapped_is_refused_as_incomplete(registry: Any) -> None:
    await registry.take(registry.accepted(declared={"child": {"fullName": "NGUYỄN THỊ MẪU"}}))
    [(name, data)] = await registry.said()
    assert (name, data["cause"], data["version"]) == ("birth-registration-refused", "incomplete", 1)
    assert data["reason"].startswith("Tờ khai thiếu hoặc sai: loại khai sinh; giới tính của trẻ; ngày sinh của trẻ")


@pytest.mark.parametrize("registered", [True, False])
async def test_a_child_already_registered_or_under_way_is_refused_as_a_duplicate(
    registry: Any, *, registered: bool
) -> None:
    if registered:
        await registry.register("H26-1")
    else:
        await registry.take(registry.accepted("H26-1"))
    await registry.take(registry.accepted("H26-2", registry.form("NGUYEN THI MAU")))
    name, data = (await registry.said())[-1]
    assert (name, data["dossierCode"], data["cause"]) == ("birth-registration-refused", "H26-2", "duplicate")


async def test_twins_are_both_registered(registry: Any) -> None:
    """R-063"""
    await registry.register("H26-1", declared=registry.form("Nguyễn Minh Anh"))
    await registry.register("H26-2", declared=registry.form("Nguyễn Minh Ánh"), personal_id="001326000124")
    rows = await registry.rows("SELECT child_name, number FROM records ORDER BY number")
    assert [(row.child_name, row.number) for row in rows] == [("NGUYỄN MINH ANH", 1), ("NGUYỄN MINH ÁNH", 2)]


async def test_a_refused_dossier_does_not_stand_in_the_way_of_the_next(registry: Any) -> None:
    await registry.take(registry.accepted("H26-20261012-0000042"))
    await registry.take(await registry.declined("Thông tin người mẹ không khớp"))
    await registry.take(registry.accepted("H26-2"))
    assert (await registry.said())[-1][0] == "birth-registration-requested"


async def test_one_child_declared_twice_at_once_is_registered_once(registry: Any) -> None:
    """R-062"""
    await asyncio.gather(*(registry.take(registry.accepted(f"H26-{place}")) for place in range(8)))
    causes = sorted(data.get("cause", name) for name, data in await registry.said())
    assert causes == ["birth-registration-requested", *["duplicate"] * 7]


async def test_a_ministry_that_declines_closes_the_case_in_its_own_words(registry: Any) -> None:
    await registry.take(registry.accepted())
    await registry.take(await registry.declined("Thông tin người mẹ không khớp", "Thiếu giấy chứng sinh"))
    await registry.take(await registry.declined("Thông tin người mẹ không khớp", "Thiếu giấy chứng sinh"))
    assert [name for name, _ in await registry.said()] == ["birth-registration-requested", "birth-registration-refused"]
    data = (await registry.said())[-1][1]
    assert (data["cause"], data["version"]) == ("ministry-declined", 2)
    assert data["reason"] == "Thông tin người mẹ không khớp; Thiếu giấy chứng sinh"


async def test_a_refusal_after_the_record_is_put_aside_and_the_record_stands(registry: Any) -> None:
    """R-073"""
    await registry.register()
    await registry.take(await registry.declined("Muộn"))
    assert (await parked(registry))[0].startswith("StepNotAllowed step-not-allowed")
    assert len(await registry.rows("SELECT 1 FROM records")) == 1


async def test_twenty_registrations_at_once_number_one_to_twenty_without_a_gap(registry: Any) -> None:
    """R-064"""
    await registry.take(AdministrativeUnitsPublished.from_example())
    forms = {f"H26-{place}": registry.form(f"Nguyễn Thị Mẫu {place}") for place in range(20)}
    await registry.take(*(registry.accepted(dossier, declared) for dossier, declared in forms.items()))
    # One that fails among them gives its number back.
    bad = await registry.issued("H26-unknown")
    answers = [await registry.issued(dossier, f"0013260001{place:02d}") for place, dossier in enumerate(forms)]
    await asyncio.gather(*(registry.take(answer, bad) if place % 5 == 0 else registry.take(answer)
                           for place, answer in enumerate(answers)))  # fmt: skip
    numbers = sorted(row.number for row in await registry.rows("SELECT number FROM records"))
    assert numbers == list(range(1, 21))


async def test_numbers_begin_where_the_office_stands_and_at_one_in_the_new_year(a_registry: MakeRegistry) -> None:
    registry = await a_registry(number_starts={"00004/2026": 45}, volume_size=45)
    for place, day in enumerate((datetime(2026, 12, 31, 16, 59, tzinfo=UTC), datetime(2026, 12, 31, 17, tzinfo=UTC))):
        for half in (0, 1):
            registry.runtime.clock.set(day)
            name = f"Trẻ {'AB'[place]} {'CD'[half]}"
            personal_id = f"0013260000{place}{half}"
            await registry.register(f"H26-{place}-{half}", declared=registry.form(name), personal_id=personal_id)
    rows = await registry.rows("SELECT number, year, volume FROM records ORDER BY year, number")
    assert [tuple(row) for row in rows] == [
        (45, 2026, "01/2026"),
        (46, 2026, "02/2026"),
        (1, 2027, "01/2027"),
        (2, 2027, "01/2027"),
    ]


async def test_an_older_list_of_units_does_not_replace_a_newer_one(registry: Any) -> None:
    newer = AdministrativeUnitsPublished.model_validate(AdministrativeUnitsPublished.example | {"version": 2})
    older = AdministrativeUnitsPublished.model_validate(
        AdministrativeUnitsPublished.example | {"version": 1, "units": []}
    )
    await registry.take(newer)
    await registry.take(older)
    assert [row.name for row in await registry.rows("SELECT name FROM units ORDER BY code")] == [
        "Phường Ba Đình",
        "Thành phố Hà Nội",
    ]
    emptied = AdministrativeUnitsPublished.model_validate(
        AdministrativeUnitsPublished.example | {"version": 3, "units": []}
    )
    await registry.take(emptied)
    assert await registry.rows("SELECT 1 FROM units") == []
