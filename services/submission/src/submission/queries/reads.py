"""SQL of who read whose personal data (nhật ký truy cập dữ liệu cá nhân): added to, listed, never changed. No right lives here."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, text

from chassis.auth import Kind, Principal
from chassis.database import UnitOfWork

# One row for each person whose data a caller saw.
_RECORD = text("""
INSERT INTO person_reads (at, subject, dossier_code, what, purpose, reader_kind, reader, reader_agency, reader_role)
SELECT :at, seen.subject, seen.dossier_code, :what, :purpose, :reader_kind, :reader, :reader_agency, :reader_role
FROM unnest(CAST(:subjects AS text[]), CAST(:codes AS text[])) AS seen (subject, dossier_code)""")

_OF = text("""
SELECT position, at, dossier_code, what, purpose, reader_kind, reader, reader_agency, reader_role
FROM person_reads WHERE subject = :subject AND position < :before ORDER BY position DESC LIMIT :rows""")


async def record_read(
    uow: UnitOfWork, *, reader: Principal, subject: str, dossier_code: str | None, what: str, purpose: str
) -> None:
    """Leave the trace of a read of one person's data, whoever reads; the caller commits, before the data is shown."""
    await _record(uow, reader, [(subject, dossier_code)], what, purpose)


async def record_reads(
    uow: UnitOfWork, *, reader: Principal, seen: Sequence[tuple[str, str | None]], what: str, purpose: str
) -> None:
    """The same for several persons' data (subject, dossier), but for that of the reader herself. One statement, or none."""
    others = [(subject, code) for subject, code in seen if subject != reader.subject]
    if others:
        await _record(uow, reader, others, what, purpose)


async def reads_of(uow: UnitOfWork, subject: str, *, before: int, rows: int) -> Sequence[Row[Any]]:
    """Reads of a person's data, newest first, below a position."""
    return (await uow.execute(_OF, {"subject": subject, "before": before, "rows": rows})).all()


async def _record(
    uow: UnitOfWork, reader: Principal, seen: Sequence[tuple[str, str | None]], what: str, purpose: str
) -> None:
    subjects, codes = zip(*seen, strict=True)
    parameters = {
        "at": uow.now,
        "subjects": list(subjects),
        "codes": list(codes),
        "what": what,
        "purpose": purpose,
        "reader_kind": reader.kind.value,
        "reader": reader.subject,
        "reader_agency": reader.agency,
        "reader_role": ", ".join(sorted(reader.roles)) if reader.kind is Kind.OFFICER else None,
    }
    await uow.execute(_RECORD, parameters)
