"""Units, rollout waves and calendars of the data files and libraries, held to the published facts."""

from collections import Counter
from datetime import date, timedelta
from itertools import pairwise

from catalog.sources.calendar import calendars
from catalog.sources.rollouts import rollouts
from catalog.sources.units import units
from contracts.codes import UnitKind

UNITS = units()
PILOT_WARDS = {
    "Long Biên": "Bồ Đề, Cự Khối, Đức Giang, Gia Thụy, Giang Biên, Long Biên, Ngọc Lâm, Ngọc Thụy, Phúc Đồng, Phúc Lợi, "
    "Sài Đồng, Thạch Bàn, Thượng Thanh, Việt Hưng",
    "Nam Từ Liêm": "Cầu Diễn, Đại Mỗ, Mễ Trì, Mỹ Đình 1, Mỹ Đình 2, Phú Đô, Phương Canh, Tây Mỗ, Trung Văn, Xuân Phương",
}


def test_hanoi_has_126_communes_today_51_wards_and_75_rural() -> None:
    """R-004"""
    today = [unit for unit in UNITS if unit.parent == "01" and unit.valid_from == date(2025, 7, 1)]
    assert Counter(unit.kind for unit in today) == {UnitKind.WARD: 51, UnitKind.COMMUNE: 75}
    assert {unit.code: unit.name for unit in today}["00004"] == "Phường Ba Đình"
    assert all(unit.valid_to is None for unit in today)


def test_the_24_wards_of_the_pilot_are_there_by_name() -> None:
    districts = {unit.name: unit.code for unit in UNITS if unit.kind is UnitKind.DISTRICT}
    for district, names in PILOT_WARDS.items():
        wards = {unit.name for unit in UNITS if unit.parent == districts[f"Quận {district}"]}
        assert wards == {f"Phường {name}" for name in names.split(", ")}


def test_the_wards_of_the_pilot_end_before_the_two_level_administration() -> None:
    ends = {unit.name: unit.valid_to for unit in UNITS if unit.parent in {"004", "019"}}
    assert ends.pop("Phường Sài Đồng") == date(2024, 12, 31)
    assert set(ends.values()) == {date(2025, 6, 30)}


def test_a_code_stands_for_one_unit_at_a_time() -> None:
    """R-003"""
    by_code: dict[str, list[tuple[date, date]]] = {}
    for unit in UNITS:
        by_code.setdefault(unit.code, []).append((unit.valid_from, unit.valid_to or date.max))
    assert len(by_code["00634"]) == 2, "Đại Mỗ then, Tây Mỗ today"
    for validities in by_code.values():
        for (_, last), (first, _) in pairwise(validities):
            assert last < first


def test_every_ward_of_the_pilot_has_successors_that_were_there_the_day_after() -> None:
    wards = [unit for unit in UNITS if unit.parent in {"004", "019"}]
    assert len(wards) == 24
    for ward in wards:
        assert ward.valid_to is not None
        after = ward.valid_to + timedelta(days=1)
        there = {unit.code for unit in UNITS if unit.valid_from <= after and (unit.valid_to or after) >= after}
        assert ward.successors or ward.name == "Phường Sài Đồng", ward.name
        assert set(ward.successors) <= there


def test_the_communes_that_took_in_a_ward_are_those_of_the_published_list() -> None:
    today = {unit.code: unit.name for unit in UNITS if unit.valid_to is None}
    told = {unit.name: {today.get(code) for code in unit.successors} for unit in UNITS if unit.successors}
    assert told["Phường Cự Khối"] == {"Phường Long Biên", "Xã Bát Tràng"}
    assert told["Phường Cầu Diễn"] == {"Phường Từ Liêm"}


def test_every_parent_is_there() -> None:
    assert {unit.parent for unit in UNITS} - {None} <= {unit.code for unit in UNITS}


def test_the_waves_add_up_to_584_communes() -> None:
    waves = rollouts()
    assert [(wave.unit_count, wave.starts_on) for wave in waves] == [
        (24, date(2016, 8, 10)),
        (144, date(2016, 8, 10)),
        (139, date(2016, 11, 10)),
        (277, date(2016, 12, 15)),
    ]
    assert sum(wave.unit_count for wave in waves) == 584
    assert len(set(waves[0].units)) == 24
    assert set(waves[0].units) == {unit.code for unit in UNITS if unit.parent in {"004", "019"}}


def test_2026_has_the_holidays_that_were_announced() -> None:
    """R-006"""
    off = {day.day for day in calendars()[2026] if not day.working}
    tet = {date(2026, 2, 16) + timedelta(days=days) for days in range(5)}
    september = {date(2026, 8, 31), date(2026, 9, 1), date(2026, 9, 2)}
    assert tet | september | {date(2026, 4, 27), date(2026, 11, 24)} <= off


def test_a_saturday_worked_instead_of_a_monday_is_a_working_day() -> None:
    worked = {day.day for days in calendars().values() for day in days if day.working}
    assert worked == {date(2025, 4, 26), date(2026, 8, 22)}


def test_the_days_of_the_replay_are_ordinary() -> None:
    assert not [day for day in calendars()[2016] if date(2016, 8, 10) <= day.day <= date(2016, 8, 19)]


def test_each_calendar_is_in_order_and_of_its_year() -> None:
    assert set(calendars()) == {2016, 2025, 2026, 2027}
    for year, days in calendars().items():
        listed = [day.day for day in days]
        assert listed == sorted(set(listed))
        assert {day.year for day in listed} == {year}
        assert all(day.source and day.name for day in days)
