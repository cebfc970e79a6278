"""SQL of requests for access: asked, listed with the one due first, answered. It decides nothing."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text

from chassis.database import UnitOfWork
from gateway.domain.access_request import AccessRequest, Kind, RequestState
from gateway.domain.partners import SubsystemId

_COLUMNS = (
    "SELECT id, kind, instance, member_class, member, subsystem, wanted, purpose, legal_basis, asked_by, asked_at,"
    " answer_due_at, answered_at, answered_by, state, reason, refusal_legal_basis, client_id, version FROM access_request"
)
_ADD = text(
    "INSERT INTO access_request (id, kind, instance, member_class, member, subsystem, wanted, tracking_token_sha256,"
    " purpose, legal_basis, asked_by, asked_at, answer_due_at, state) VALUES (:id, :kind, :instance, :member_class,"
    " :member, :subsystem, CAST(:wanted AS jsonb), :token, :purpose, :legal_basis, :asked_by, :asked_at, :due, :state)"
)
_RECENT = text(
    "SELECT count(*) FROM access_request WHERE kind = 'connection' AND asked_by = :asked_by"
    " AND asked_at > :since AND asked_at <= :now"
)
_GET = text(f"{_COLUMNS} WHERE id = :id")
_HOLD = text(f"{_COLUMNS} WHERE id = :id FOR UPDATE")
_TOKEN = text("SELECT tracking_token_sha256 FROM access_request WHERE id = :id AND kind = 'connection'")
_SETTLE = text(
    "UPDATE access_request SET state = :state, answered_at = :now, answered_by = :by, reason = :reason,"
    " refusal_legal_basis = :legal_basis, client_id = :client_id, version = version + 1 WHERE id = :id"
)
_ORDER = "(state <> 'waiting'), answer_due_at, id"
_AFTER = "((state <> 'waiting'), answer_due_at, id) > (:answered, :due, :id)"
_OWN = (
    "instance = :instance AND member_class = :member_class AND member = :member AND subsystem = :subsystem"
    " AND kind <> 'connection'"
)


async def add(uow: UnitOfWork, request: AccessRequest, token_sha256: bytes | None) -> None:
    """Write a request down."""
    subsystem = request.subsystem
    await uow.execute(
        _ADD,
        {
            "id": request.id, "kind": request.kind, "instance": subsystem.instance,
            "member_class": subsystem.member_class, "member": subsystem.member, "subsystem": subsystem.subsystem,
            "wanted": json.dumps(dict(request.wanted), ensure_ascii=False), "token": token_sha256,
            "purpose": request.purpose, "legal_basis": request.legal_basis, "asked_by": request.asked_by,
            "asked_at": request.asked_at, "due": request.answer_due_at, "state": request.state,
        },
    )  # fmt: skip


async def asked_lately(uow: UnitOfWork, asked_by: str, within: timedelta) -> int:
    """How many connections this asker has asked for lately."""
    parameters = {"asked_by": asked_by, "since": uow.now - within, "now": uow.now}
    found: int = (await uow.execute(_RECENT, parameters)).scalar_one()
    return found


async def one(uow: UnitOfWork, request_id: UUID, *, hold: bool = False) -> AccessRequest | None:
    """A request; with `hold` nobody else answers it before this transaction ends."""
    row = (await uow.execute(_HOLD if hold else _GET, {"id": request_id})).mappings().one_or_none()
    return _request(row) if row is not None else None


async def token_sha256(uow: UnitOfWork, request_id: UUID) -> bytes | None:
    """The hash of the token that follows a request for a connection."""
    found = (await uow.execute(_TOKEN, {"id": request_id})).scalar_one_or_none()
    return bytes(found) if found is not None else None


async def every(uow: UnitOfWork, after: Sequence[Any] | None, limit: int) -> list[AccessRequest]:
    """All of them, waiting ones first. `after`: whether the last one seen was answered, its due time, its id."""
    return await _page(uow, [], after, limit, {})


async def of_subsystem(
    uow: UnitOfWork, subsystem: SubsystemId, after: Sequence[Any] | None, limit: int
) -> list[AccessRequest]:
    """What a subsystem asked for with its own account."""
    own = {
        "instance": subsystem.instance, "member_class": subsystem.member_class, "member": subsystem.member,
        "subsystem": subsystem.subsystem,
    }  # fmt: skip
    return await _page(uow, [_OWN], after, limit, own)


async def settle(
    uow: UnitOfWork,
    request_id: UUID,
    state: RequestState,
    by: str,
    *,
    reason: str | None = None,
    legal_basis: str | None = None,
    client_id: str | None = None,
) -> None:
    """Write the answer down, or that none is wanted any more."""
    await uow.execute(
        _SETTLE,
        {
            "id": request_id, "state": state, "now": uow.now, "by": by, "reason": reason, "legal_basis": legal_basis,
            "client_id": client_id,
        },
    )  # fmt: skip


def key_of(request: AccessRequest) -> tuple[bool, datetime, UUID]:
    """What the order of lists goes by."""
    return request.state is not RequestState.WAITING, request.answer_due_at, request.id


async def _page(
    uow: UnitOfWork, clauses: list[str], after: Sequence[Any] | None, limit: int, parameters: Mapping[str, Any]
) -> list[AccessRequest]:
    asked: dict[str, Any] = {**parameters, "limit": limit}
    if after is not None:
        clauses = [*clauses, _AFTER]
        asked |= dict(zip(("answered", "due", "id"), after, strict=True))
    where = f" WHERE {' AND '.join(clauses)}" if clauses else ""
    rows = await uow.execute(text(f"{_COLUMNS}{where} ORDER BY {_ORDER} LIMIT :limit"), asked)
    return [_request(row) for row in rows.mappings()]


def _request(row: Any) -> AccessRequest:
    return AccessRequest(
        row["id"],
        Kind(row["kind"]),
        SubsystemId(row["instance"], row["member_class"], row["member"], row["subsystem"]),
        row["wanted"],
        row["purpose"],
        row["legal_basis"],
        row["asked_by"],
        row["asked_at"],
        row["answer_due_at"],
        RequestState(row["state"]),
        row["answered_at"],
        row["answered_by"],
        row["reason"],
        row["refusal_legal_basis"],
        row["client_id"],
        row["version"],
    )
