"""August 2016 as it was published: which dossiers the replay files, spread over wards and days by a seeded generator. Pure.

Source: the city's figures for the pilot of 10-19 August 2016 in 24 wards of Long Biên and Nam Từ Liêm: births 842
online and 597 in person, deaths 177 and 220. How they fell on wards and days was not published: that is the seed's.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any

from chassis.clock import HANOI
from contracts.codes import Channel

SEED = 20160810
FIRST_DAY, LAST_DAY = date(2016, 8, 10), date(2016, 8, 19)
BIRTH, DEATH = "hn2016-birth-ordinary", "hn2016-death-on-time"
FIGURES: dict[tuple[str, Channel], int] = {
    (BIRTH, Channel.ONLINE): 842,
    (BIRTH, Channel.COUNTER): 597,
    (DEATH, Channel.ONLINE): 177,
    (DEATH, Channel.COUNTER): 220,
}

_FAMILY = ("NGUYỄN", "TRẦN", "LÊ", "PHẠM", "HOÀNG", "VŨ", "ĐẶNG", "BÙI", "ĐỖ", "NGÔ")
_GIVEN = (
    "AN",
    "BÌNH",
    "CHÂU",
    "DUNG",
    "GIANG",
    "HÀ",
    "HẠNH",
    "KHÁNH",
    "LINH",
    "MAI",
    "NAM",
    "OANH",
    "PHÚC",
    "QUÂN",
    "SƠN",
    "THẢO",
    "VÂN",
    "YẾN",
)


@dataclass(frozen=True)
class Filing:
    """One dossier to file: when, where, by which channel, in whose name, with which form."""

    number: int
    at: datetime
    unit: str
    procedure: str
    channel: Channel
    applicant_id: str
    applicant_name: str
    form: dict[str, Any]


def filings(units: list[str], seed: int = SEED) -> list[Filing]:
    """Every filing of the ten days, in the order of time. The same units and seed give the same list."""
    random = Random(seed)
    kinds = [kind for kind, count in FIGURES.items() for _ in range(count)]
    random.shuffle(kinds)
    moments = sorted(
        ((_moment(random, channel), procedure, channel) for procedure, channel in kinds), key=lambda kind: kind[0]
    )
    return [
        _filing(number, at, random.choice(units), procedure, channel, random)
        for number, (at, procedure, channel) in enumerate(moments)
    ]


def _moment(random: Random, channel: Channel) -> datetime:
    """The counter is open on working days, 8:00 to 17:00; from home one files on any day until late."""
    days = [FIRST_DAY + timedelta(days=offset) for offset in range((LAST_DAY - FIRST_DAY).days + 1)]
    if channel is Channel.COUNTER:
        days = [day for day in days if day.weekday() < 5]
    first, last = (8, 17) if channel is Channel.COUNTER else (7, 22)
    minutes = random.randrange(first * 60, last * 60)
    return datetime.combine(random.choice(days), time(minutes // 60, minutes % 60), HANOI)


def _filing(number: int, at: datetime, unit: str, procedure: str, channel: Channel, random: Random) -> Filing:
    name = f"{random.choice(_FAMILY)} THỊ {random.choice(_GIVEN)}"
    # A woman born in Hanoi in the 1900s: 001, 1, year, six digits that no other filing has.
    personal_id = f"0011{random.randrange(70, 98):02d}{number:06d}"
    form = (
        _birth(at.date(), name, personal_id, random)
        if procedure == BIRTH
        else _death(at.date(), name, personal_id, random)
    )
    return Filing(number, at, unit, procedure, channel, personal_id, name, form)


def _birth(filed_on: date, mother: str, mother_id: str, random: Random) -> dict[str, Any]:
    year = 1900 + int(mother_id[4:6])
    return {
        "birthType": 1,
        "child": {
            "fullName": f"{random.choice(_FAMILY)} {random.choice(_GIVEN)} {random.choice(_GIVEN)}",
            "sex": random.choice((1, 2)),
            "dateOfBirth": (filed_on - timedelta(days=random.randrange(1, 60))).isoformat(),
            "placeOfBirth": "Bệnh viện Mẫu, Hà Nội",
            "nativePlace": "Hà Nội",
            "ethnicity": "Kinh",
            "nationality": "Việt Nam",
        },
        "mother": {"fullName": mother, "dateOfBirth": f"{year}-01-01", "personalId": mother_id},
        "father": {
            "fullName": f"{random.choice(_FAMILY)} VĂN {random.choice(_GIVEN)}",
            "dateOfBirth": f"{year - 2}-01-01",
        },
        "requester": {"fullName": mother, "relationship": "mẹ", "personalId": mother_id},
        "copies": random.randrange(4),
    }


def _death(filed_on: date, requester: str, requester_id: str, random: Random) -> dict[str, Any]:
    died_on = filed_on - timedelta(days=random.randrange(1, 14))
    return {
        "deceased": {
            "fullName": f"{random.choice(_FAMILY)} VĂN {random.choice(_GIVEN)}",
            "sex": 1,
            "dateOfBirth": date(random.randrange(1920, 1960), 1, 1).isoformat(),
            "ethnicity": "Kinh",
            "nationality": "Việt Nam",
            "residence": "Hà Nội",
            "dateOfDeath": died_on.isoformat(),
            "placeOfDeath": "Tại nhà riêng",
            "causeOfDeath": "Tuổi già",
        },
        "deathPaper": {
            "kind": 1,
            "number": f"{random.randrange(1, 900)}/2016",
            "date": died_on.isoformat(),
            "issuer": "Trạm y tế phường",
        },
        "requester": {"fullName": requester, "relationship": "con", "personalId": requester_id},
        "copies": random.randrange(4),
    }
