"""The national portal's messages: a dossier and its steps in the portal's own field names. It calls nobody and keeps nothing.

A field whose value we do not know is left out, never made up: TaiLieuNop, DSKetNoiCSDL (MaCSDL codes are not public),
LoaiPhiLePhi, TrangThaiBoSung and HinhThuc among them.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from chassis.clock import HANOI
from chassis.text import nfc
from gateway.adapters.portal_codes import IDENTITY_BY_LENGTH, FeeCollected, FiledAt
from gateway.domain.portal import (
    FeePart,
    PortalDossier,
    ProcedureName,
    Snapshot,
    Standing,
    Step,
    SupplementRequest,
)

LOOK_UP, SYNC, PROGRESS = "TraCuuHoSo", "DongBoHoSoMC", "CapNhatTienDoHoSoMC"
SUCCESS = "00"

_MOMENT = "%Y%m%d%H%M%S"
_SUMMARY_LENGTH, _HANDLER_LENGTH = 1000, 50


def moment(instant: datetime | None) -> str | None:
    """YyyyMMddHHmmss in Hanoi; a century that needs them keeps its zeros."""
    return None if instant is None else instant.astimezone(HANOI).strftime(_MOMENT).zfill(14)


def dossier_message(dossier: PortalDossier) -> dict[str, Any]:
    """One element of `data` of DongBoHoSoMC."""
    known, named = dossier.snapshot, dossier.named
    return _known(
        {
            "MaHoSo": dossier.code,
            "MaTTHC": dossier.procedure,
            "TenTTHC": named.name if named else None,
            "MaLinhVuc": named.field_code if named else None,
            "TenLinhVuc": named.field_name if named else None,
            "KenhThucHien": known.channel,
            "NgayNopHoSo": moment(known.submitted_at),
            "NgayTiepNhan": moment(known.accepted_at),
            "NgayHenTra": moment(known.due_at),
            "TrangThaiHoSo": dossier.status,
            "NgayKetThucXuLy": moment(known.finished_at),
            "NgayTra": moment(known.returned_at),
            "NgayTuChoi": moment(known.refused_at),
            "DonViXuLy": known.unit,
            "GhiChu": known.note,
            "NoiNopHoSo": FiledAt.LOCAL,
            "HoSoCoThanhPhanSoHoa": _yes_or_no(known.digitised),
            "TaiKhoanDuocXacThucVoiVNeID": _yes_or_no(known.identity_verified),
            "DuocThanhToanTrucTuyen": known.paid_by,
            **_owner(dossier),
            "DanhSachLePhi": [_fee(line) for line in known.fees],
            "DanhSachHoSoBoSung": [_supplement(one) for one in known.supplements],
            "DanhSachGiayToKetQua": _results(known, named),
        }
    )


def step_message(code: str, unit: str | None, step: Step) -> dict[str, Any]:
    """One element of `data` of CapNhatTienDoHoSoMC."""
    return _known(
        {
            "MaHoSo": code,
            "NguoiXuLy": step.by[:_HANDLER_LENGTH] if step.by else None,
            "ThoiDiemXuLy": moment(step.at),
            "PhongBanXuLy": unit,
            "NoiDungXuLy": step.words,
            "TrangThai": step.status,
            "NgayKetThucTheoQuyDinh": moment(step.due_at),
        }
    )


def look_up_message(dossier: PortalDossier) -> dict[str, Any]:
    """One element of `data` of TraCuuHoSo. The portal's own form of the question is not public."""
    return {"MaHoSo": dossier.code}


def standings(dossiers: Sequence[PortalDossier], found: Sequence[Mapping[str, Any]]) -> dict[str, Standing]:
    """What the portal has of each, by what it says on a look-up. A field it does not show is not held against it."""
    theirs = {str(entry.get("MaHoSo")): entry for entry in found}
    stands = {}
    for dossier in dossiers:
        entry = theirs.get(dossier.code)
        if entry is None:
            stands[dossier.code] = Standing.MISSING
            continue
        ours = dossier_message(dossier)
        stale = any(
            name in entry and str(entry[name]) != value for name, value in ours.items() if isinstance(value, str)
        )
        # What ours no longer says (a supplement mended it) and theirs still does is stale as well.
        stale = stale or any(entry.get(name) and name not in ours for name in ("NgayTuChoi", "NgayTra", "GhiChu"))
        stands[dossier.code] = Standing.STALE if stale else Standing.SAME
    return stands


def _owner(dossier: PortalDossier) -> dict[str, Any]:
    """Chủ hồ sơ, and the summary (trích yếu) that names the procedure and them."""
    who, named = dossier.snapshot.applicant, dossier.named
    parts = [part for part in (named.name if named else None, who.full_name if who else None) if part]
    if who is None:
        return {"TrichYeuHoSo": _summary(parts)}
    kind = IDENTITY_BY_LENGTH.get(len(who.personal_id)) if who.personal_id else None
    identity = [{"LoaiDinhDanh": str(int(kind)), "SoDinhDanh": who.personal_id}] if kind is not None else []
    return {
        "ChuHoSo": who.full_name,
        "LoaiDoiTuong": who.kind,
        "TrichYeuHoSo": _summary(parts),
        "DinhDanhCHS": identity,
    }


def _summary(parts: Sequence[str]) -> str | None:
    return nfc(" - ".join(parts))[:_SUMMARY_LENGTH] or None


def _fee(line: FeePart) -> dict[str, Any]:
    return _known(
        {
            "TenPhiLePhi": line.text,
            "MaPhiLePhi": line.rule,
            "HinhThucThu": FeeCollected.RECEPTION,
            "Gia": str(line.amount),
        }
    )


def _supplement(one: SupplementRequest) -> dict[str, Any]:
    return _known(
        {
            "HoSoBoSungId": str(one.number),
            "NoiDungBoSung": one.reason,
            "NgayBoSung": moment(one.asked_at),
            "NgayTiepNhanBoSung": moment(one.received_at),
            "NgayHenTraTruoc": moment(one.due_before),
            "NgayHenTraMoi": moment(one.due_after),
        }
    )


def _results(known: Snapshot, named: ProcedureName | None) -> list[dict[str, Any]]:
    """Every paper that the dossier gave; what it is called, where the procedure gives only one kind."""
    return [
        _known(
            {
                "GiayToId": reference,
                "TenGiayTo": named.result_name if named else None,
                "MaGiayToKetQua": named.result_code if named else None,
            }
        )
        for reference in known.results
    ]


def _yes_or_no(fact: bool | None) -> str | None:
    return None if fact is None else str(int(fact))


def _known(fields: Mapping[str, Any]) -> dict[str, Any]:
    """What is known of these fields, codes and words as text."""
    return {name: _text(value) for name, value in fields.items() if value not in (None, "", [])}


def _text(value: Any) -> Any:
    if isinstance(value, str):
        return nfc(value)
    return str(int(value)) if isinstance(value, int) else value
