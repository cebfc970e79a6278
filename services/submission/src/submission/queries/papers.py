"""SQL of papers as issued: kept once, found by dossier or by the secret that stands on them. Nothing is changed here."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, text

from chassis.database import UnitOfWork
from submission.domain.dossier import Actor
from submission.papers.issue import Kind

_FIND = text("""
SELECT secret, sha256, pdf FROM papers WHERE dossier_code = :code AND kind = :kind AND version = :version""")

_KEEP = text("""
INSERT INTO papers (dossier_code, kind, version, secret, issued_at, issued_by_kind, issued_by, sha256, pdf)
VALUES (:code, :kind, :version, :secret, :issued_at, :by_kind, :by, :sha256, :pdf)
ON CONFLICT ON CONSTRAINT papers_pkey DO NOTHING""")

_SUPPLEMENT_BY = text("""
SELECT coalesce(h.supplement_by, d.supplement_by) FROM history h JOIN dossiers d ON d.code = h.dossier_code
WHERE h.dossier_code = :code AND h.version = :version""")

_OF = text("""
SELECT coalesce(p.kind, h.paper) AS kind, coalesce(p.version, h.version) AS version, coalesce(p.issued_at, h.at) AS issued_at,
    p.sha256
FROM (SELECT * FROM history WHERE dossier_code = :code AND paper IS NOT NULL) AS h
FULL JOIN (SELECT * FROM papers WHERE dossier_code = :code) AS p
    ON p.dossier_code = h.dossier_code AND p.version = h.version AND p.kind = h.paper
ORDER BY issued_at, version, kind""")

_BY_SECRET = text("SELECT dossier_code, kind, version, issued_at, sha256 FROM papers WHERE secret = :secret")


@dataclass(frozen=True, slots=True)
class Kept:
    """A paper as issued. `pdf` None: erased."""

    secret: str
    sha256: str
    pdf: bytes | None


async def find(uow: UnitOfWork, code: str, kind: Kind, version: int) -> Kept | None:
    """The paper as it was issued, if it has been."""
    row = (await uow.execute(_FIND, {"code": code, "kind": kind, "version": version})).one_or_none()
    return Kept(row.secret, row.sha256, row.pdf) if row is not None else None


async def keep(
    uow: UnitOfWork, code: str, kind: Kind, version: int, kept: Kept, *, issued_at: datetime, by: Actor
) -> None:
    """Keep a paper's first rendering. Of two at once the first stays: read it again after the commit."""
    parameters = {
        "code": code,
        "kind": kind,
        "version": version,
        "secret": kept.secret,
        "issued_at": issued_at,
        "by_kind": by.kind,
        "by": by.subject,
        "sha256": kept.sha256,
        "pdf": kept.pdf,
    }
    await uow.execute(_KEEP, parameters)


async def supplement_by(uow: UnitOfWork, code: str, version: int) -> datetime | None:
    """The end of the time to supplement that a step gave."""
    end: datetime | None = (await uow.execute(_SUPPLEMENT_BY, {"code": code, "version": version})).scalar_one_or_none()
    return end


async def of_dossier(uow: UnitOfWork, code: str) -> Sequence[Row[Any]]:
    """Every paper that its steps gave, and every control sheet issued, oldest first."""
    return (await uow.execute(_OF, {"code": code})).all()


async def by_secret(uow: UnitOfWork, secret: str) -> Row[Any] | None:
    """The paper that carries this secret: what anyone who holds it may know."""
    return (await uow.execute(_BY_SECRET, {"secret": secret})).one_or_none()
