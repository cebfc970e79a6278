"""The ready identities of the sandbox, as data. Everyone here is invented, and named so that nobody can doubt it."""

from dataclasses import dataclass
from typing import Literal

HANOI_AGENCY = "H26"
BA_DINH, NGOC_HA = "00004", "00008"


@dataclass(frozen=True)
class Citizen:
    """Someone who signs in with a personal ID (số định danh) at a level of assurance."""

    name: str
    full_name: str
    personal_id: str
    acr: Literal["LoA1", "LoA2"] = "LoA2"


@dataclass(frozen=True)
class Officer:
    """A member of staff: what she may do (roles), for which agency, in which communes (units)."""

    name: str
    full_name: str
    roles: tuple[str, ...]
    agency: str
    units: tuple[str, ...]
    every_unit: bool = False
    """She works for all of her agency's; `units` is empty then."""


Person = Citizen | Officer

MOTHER = Citizen("me-mau", "NGUYỄN THỊ MẪU", "001195000001")
FATHER = Citizen("cha-mau", "TRẦN VĂN MẪU", "001093000002")
STRANGER = Citizen("nguoi-la-mau", "LÊ THỊ VÍ DỤ", "001301000003")
UNVERIFIED = Citizen("tai-khoan-muc-1", "PHẠM VĂN THỬ NGHIỆM", "001090000004", acr="LoA1")

OFFICER = Officer(
    "can-bo-mau",
    "CÁN BỘ THỬ NGHIỆM MỘT",
    roles=("one-stop-officer", "civil-status-officer", "cashier"),
    agency=HANOI_AGENCY,
    units=(BA_DINH,),
)
OTHER_OFFICER = Officer(
    "can-bo-xa-khac",
    "CÁN BỘ THỬ NGHIỆM HAI",
    roles=("one-stop-officer", "civil-status-officer", "cashier"),
    agency=HANOI_AGENCY,
    units=(NGOC_HA,),
)

EDITOR = Officer("bien-tap-mau", "CÁN BỘ BIÊN TẬP THỬ NGHIỆM", roles=("catalog-editor",), agency=HANOI_AGENCY, units=())

OPERATOR = Officer(
    "van-hanh-mau", "CÁN BỘ VẬN HÀNH THỬ NGHIỆM", roles=("operator",), agency=HANOI_AGENCY, units=(), every_unit=True
)

CITIZENS = (MOTHER, FATHER, STRANGER, UNVERIFIED)
READY: tuple[Person, ...] = (*CITIZENS, OFFICER, OTHER_OFFICER, EDITOR, OPERATOR)
