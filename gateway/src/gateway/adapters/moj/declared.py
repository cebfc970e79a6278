"""`data` of a push: a declaration (tờ khai) in the Ministry's words. It sends nothing.

Field names are the Ministry's, flat: `nksHoTen` is the child's name. What it asks for and the declaration does not hold
is left out. That a place of registration (noiDangKy) and a requester (nyc) go with a death as with a birth, and a place
with a marriage, is our reading: the public text shows them with births.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from chassis.text import nfc
from contracts.civil_registry import BirthDeclaration, Parent
from gateway.adapters.moj.answers import DAY
from gateway.case_declarations import DeathDeclaration, MarriageDeclaration, Paper, Spouse
from gateway.ports import OutwardCase


def data_of(case: OutwardCase, province: str) -> dict[str, Any]:
    """What is declared, text composed (NFC) whatever came in, nothing where nothing is declared."""
    match case.declaration:
        case BirthDeclaration() as declaration:
            fields = _birth(declaration)
        case DeathDeclaration() as declaration:
            fields = _death(declaration)
        case MarriageDeclaration() as declaration:
            fields = _prefixed("chong", _spouse(declaration.husband)) | _prefixed("vo", _spouse(declaration.wife))
        case _:
            raise ValueError(f"the Ministry of Justice takes no {case.kind}")
    fields["noiDangKy"] = {"maTinh": province, "maXa": case.unit}
    return {
        name: nfc(value) if isinstance(value, str) else value for name, value in fields.items() if value is not None
    }


def file_of(paper: Paper) -> dict[str, Any]:
    """A paper as the Ministry is sent it; one that is withdrawn says so and brings no content."""
    return {
        "id": paper.id,
        "loaiGiayTo": paper.kind,
        "tenGiayTo": nfc(paper.title),
        "tenTepDinhKem": nfc(paper.file_name),
        "huyGiayTo": paper.withdrawn,
        "duLieuTepDinhKem": "" if paper.withdrawn else paper.content,
    }


def _birth(declaration: BirthDeclaration) -> dict[str, Any]:
    child = declaration.child
    return {
        "loaiDangKy": int(declaration.kind),
        "soLuongBanSao": declaration.copies,
        "nksHoTen": child.full_name,
        "nksGioiTinh": int(child.sex),
        "nksNgaySinh": child.date_of_birth.strftime(DAY),
        "nksNoiSinh": child.place_of_birth,
        "nksQueQuan": child.native_place,
        "nksDanToc": child.ethnicity,
        "nksQuocTich": child.nationality,
        "nksLoaiKhaiSinh": int(declaration.birth_type),
        **_parents(declaration),
        "nycHoTen": declaration.requester.full_name,
        "nycQuanHe": declaration.requester.relationship,
    }


def _parents(declaration: BirthDeclaration) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for prefix, parent in (("me", declaration.mother), ("cha", declaration.father)):
        if parent is not None:
            found |= {name: value for name, value in _prefixed(prefix, _parent(parent)).items() if value}
    return found


def _parent(parent: Parent) -> dict[str, str | None]:
    return {
        "HoTen": parent.full_name,
        "NgaySinh": _day(parent.date_of_birth),
        "DanToc": parent.ethnicity,
        "QuocTich": parent.nationality,
        "NoiCuTru": parent.residence,
        "SoDDCN": parent.personal_id,
    }


def _death(declaration: DeathDeclaration) -> dict[str, Any]:
    deceased, paper = declaration.deceased, declaration.paper
    return {
        "nktHoTen": deceased.full_name,
        "nktGioiTinh": int(deceased.sex),
        "nktNgaySinh": _day(deceased.date_of_birth),
        "nktNoiCuTru": deceased.residence,
        "nktNgayChet": _day(deceased.died_on),
        "nktGioPhutChet": deceased.died_at,
        "nktNoiChet": deceased.place_of_death,
        "nktNguyenNhanChet": deceased.cause_of_death,
        "gbtLoai": int(paper.kind),
        "gbtSo": paper.number,
        "gbtNgay": _day(paper.issued_on),
        "gbtCoQuanCap": paper.issued_by,
        "nycHoTen": declaration.requester.full_name,
        "nycQuanHe": declaration.requester.relationship,
    }


def _spouse(spouse: Spouse) -> dict[str, Any]:
    return {
        "HoTen": spouse.full_name,
        "NgaySinh": _day(spouse.date_of_birth),
        "DanToc": spouse.ethnicity,
        "QuocTich": spouse.nationality,
        "NoiCuTru": spouse.residence,
        "LoaiGiayToTuyThan": int(spouse.paper_kind),
        "SoGiayToTuyThan": spouse.paper_number,
        "SoLanKH": spouse.marriage_number,
        "LoaiTinhTrangHonNhan": spouse.marital_status,
    }


def _prefixed(prefix: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    return {f"{prefix}{name}": value for name, value in fields.items()}


def _day(day: date | None) -> str | None:
    return day.strftime(DAY) if day else None
