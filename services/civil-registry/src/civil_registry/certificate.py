"""Prints the birth certificate (giấy khai sinh) from a signed record. The same record gives the same bytes; it decides nothing."""

from chassis.documents import Fields, Paper, Qr, Section, Signer, render
from civil_registry.record import BirthRecord
from contracts.civil_registry import Parent
from contracts.codes import BirthRegistrationKind, Sex

SEX = {Sex.MALE: "Nam", Sex.FEMALE: "Nữ", Sex.UNKNOWN: "Chưa xác định"}
KIND = {
    BirthRegistrationKind.ON_TIME: "Đăng ký đúng hạn",
    BirthRegistrationKind.AGAIN: "Đăng ký lại",
    BirthRegistrationKind.FOREIGN_ENTRY: "Ghi vào sổ việc đã đăng ký ở nước ngoài",
    BirthRegistrationKind.LATE: "Đăng ký quá hạn",
}


def certificate(record: BirthRecord, *, verify_at: str, digest: str, key_id: str) -> bytes:
    """The certificate as PDF. `verify_at`: the public address that the QR code leads to."""
    return render(
        paper(record, verify_at=verify_at, digest=digest, key_id=key_id), created_at=record.entry.registered_at
    )


def paper(record: BirthRecord, *, verify_at: str, digest: str, key_id: str) -> Paper:
    """What stands on the certificate."""
    entry, child = record.entry, record.child
    day = entry.registered_on
    sections: list[Section] = [
        Fields(
            (
                ("Họ, chữ đệm, tên", child.full_name),
                ("Ngày, tháng, năm sinh", f"{child.date_of_birth:%d/%m/%Y}"),
                ("Ghi bằng chữ", record.date_of_birth_in_words),
                _on_one_line(
                    ("Giới tính", SEX[child.sex]), ("Dân tộc", child.ethnicity), ("Quốc tịch", child.nationality)
                ),
                ("Nơi sinh", child.place_of_birth),
                ("Quê quán", child.native_place),
                ("Số định danh cá nhân", record.personal_id),
            )
        ),
        _parent("mẹ", record.mother),
        _parent("cha", record.father),
        Fields(
            (
                ("Họ, chữ đệm, tên người yêu cầu", record.requester.full_name),
                ("Quan hệ với người được khai sinh", record.requester.relationship),
                ("Nơi đăng ký khai sinh", entry.office),
                ("Quyển số", entry.volume),
                ("Ngày, tháng, năm đăng ký", f"{day:%d/%m/%Y}"),
                ("Loại đăng ký", KIND[record.registration_kind]),
            )
        ),
    ]
    return Paper(
        title="GIẤY KHAI SINH",
        code=str(record.record_id),
        agency_lines=(entry.office.upper(),),
        number=entry.label,
        place_and_date=f"{_place(entry.unit_name)}, ngày {day:%d} tháng {day:%m} năm {day.year}",
        sections=tuple(sections),
        qr=Qr(verify_at, f"Quét mã để kiểm tra giấy này với sổ hộ tịch.\nSHA-256 của bản ghi đã ký số: {digest}"),
        signer=Signer((entry.office.upper(),), "", f"Bản ghi được ký số bằng khóa {key_id}"),
        footer=f"Số {entry.label}, quyển {entry.volume}",
    )


def _parent(role: str, parent: Parent | None) -> Fields:
    name = f"Họ, chữ đệm, tên người {role}"
    if parent is None:
        return Fields(((name, "Không xác định"),))
    facts = (
        ("Năm sinh", str(parent.date_of_birth.year) if parent.date_of_birth else None),
        ("Dân tộc", parent.ethnicity),
        ("Quốc tịch", parent.nationality),
    )
    residence = (("Nơi cư trú", parent.residence),) if parent.residence else ()
    return Fields(((name, parent.full_name), _on_one_line(*facts), *residence))


def _on_one_line(*pairs: tuple[str, str | None]) -> tuple[str, str]:
    """Short facts set as one, so that the certificate stays on one page: `Năm sinh, dân tộc: 1990, Kinh`."""
    known = [(label, value) for label, value in pairs if value]
    return ", ".join(label for label, _ in known).capitalize(), ", ".join(value for _, value in known)


def _place(unit_name: str) -> str:
    """The unit's name without its kind, as it stands before a date: `Ba Đình`; `Phường 1` keeps it."""
    for kind in ("Phường ", "Xã ", "Thị trấn "):
        bare = unit_name.removeprefix(kind)
        if bare != unit_name and not bare.isdigit():
            return bare
    return unit_name
