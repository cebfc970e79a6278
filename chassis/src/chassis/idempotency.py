"""`Idempotency-Key` (IETF draft-ietf-httpapi-idempotency-key-header): the same request sent again acts once.

The answer is stored by the transaction that acts, so a crash leaves either both or neither. While one request with a
key is in flight, others with it get 409; afterwards the stored answer; another payload under the key, 422; none, 400.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import Header, Request
from sqlalchemy import Row, text
from sqlalchemy.exc import IntegrityError
from starlette.responses import Response

from chassis.problems import BadRequest, Conflict, FieldError, InvalidPayload, Problem, Text

if TYPE_CHECKING:
    from chassis.database import UnitOfWork

Key = Annotated[
    str | None,
    Header(alias="Idempotency-Key", max_length=255, description="Unique per intended action; repeat it when retrying"),
]


class IdempotencyKeyMissing(BadRequest):
    """400: this address acts, so it wants a key."""

    slug = "idempotency-key-missing"
    title = Text("Thiếu Idempotency-Key", "Idempotency-Key is required")


class IdempotencyKeyInFlight(Conflict):
    """409: the first request with this key is not done yet."""

    slug = "idempotency-key-in-flight"
    title = Text("Yêu cầu trước với cùng khóa đang được xử lý", "A request with this key is in flight")
    headers = {"Retry-After": "1"}  # noqa: RUF012 - read only


class IdempotencyKeyReused(InvalidPayload):
    """422: the key was used for something else."""

    slug = "idempotency-key-reused"
    title = Text("Idempotency-Key đã dùng cho nội dung khác", "Idempotency-Key was used with another payload")


PROBLEMS = (IdempotencyKeyMissing, IdempotencyKeyInFlight, IdempotencyKeyReused)


@dataclass
class Slot:
    """Where a unit of work leaves the answer to keep; `render` turns the use case's result into it, once."""

    caller: str
    key: str
    fingerprint: str
    render: Callable[[Any], "Stored"]
    stored: "Stored | None" = None

    def row(self, answer: object) -> dict[str, Any]:
        """Parameters of the row that keeps the answer."""
        stored = self.stored = self.render(answer)
        return {
            "caller": self.caller,
            "key": self.key,
            "fingerprint": self.fingerprint,
            "status": stored.status,
            "headers": json.dumps(dict(stored.headers)),
            "answer": stored.body,
        }


@dataclass(frozen=True)
class Stored:
    """An answer as kept: JSON body, status and the headers worth repeating."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: str

    def response(self, *, replayed: bool = False) -> Response:
        """The HTTP answer; a replayed one says so."""
        headers = dict(self.headers)
        if replayed:
            headers["Idempotency-Replayed"] = "true"
        return Response(self.body, self.status, headers, "application/json")


# The lock is taken without waiting and goes with the transaction: a crashed holder leaves nothing to clean up.
_CLAIM = text(
    "SELECT pg_try_advisory_xact_lock(hashtextextended(CAST(:caller AS text) || chr(10) || CAST(:key AS text), 716)) AS got,"
    " i.fingerprint, i.status, i.headers, i.body"
    " FROM (SELECT 1) one LEFT JOIN idempotency i ON i.caller = :caller AND i.key = :key"
)


_KEPT = text("SELECT fingerprint, status, headers, body FROM idempotency WHERE caller = :caller AND key = :key")


async def fingerprint_of(request: Request) -> str:
    """What makes two requests the same: method, path, query and body, hashed."""
    body = await request.body()
    head = f"{request.method}\n{request.url.path}\n{request.url.query}\n".encode()
    return hashlib.sha256(head + hashlib.sha256(body).digest()).hexdigest()


async def act_once(
    uow: "UnitOfWork",
    request: Request,
    *,
    caller: str,
    key: str | None,
    act: Callable[[], Any],
    render: Callable[[Any], Stored],
) -> Response:
    """Run `act` (an async use case that ends in `uow.commit(result)`) once per (caller, key) and answer.

    `render` gives the answer of a result; it is stored in the same commit. Raises the problems in `PROBLEMS`.
    """
    if not key:
        raise IdempotencyKeyMissing(
            errors=[FieldError("header:Idempotency-Key", "missing", Text("Bắt buộc", "Required"))]
        )
    slot = Slot(caller, key, await fingerprint_of(request), render)
    if (stored := await _claim(uow, slot)) is not None:
        return stored.response(replayed=True)
    uow.idempotency = slot
    try:
        await act()
    except (IntegrityError, Problem):
        # If the holder committed between our snapshot and our lock, its answer is there now, and what stopped us was
        # the state it left (or its row). Else the refusal stands.
        uow.idempotency = None
        await uow.connection.rollback()
        if (stored := await _kept(uow, slot)) is None:
            raise
        return stored.response(replayed=True)
    if slot.stored is None:
        raise RuntimeError("the use case ended without committing its answer")
    return slot.stored.response()


async def _claim(uow: "UnitOfWork", slot: Slot) -> Stored | None:
    row = (await uow.execute(_CLAIM, {"caller": slot.caller, "key": slot.key})).one()
    if row.fingerprint is None and not row.got:
        raise IdempotencyKeyInFlight
    return _answer_of(row, slot)


async def _kept(uow: "UnitOfWork", slot: Slot) -> Stored | None:
    row = (await uow.execute(_KEPT, {"caller": slot.caller, "key": slot.key})).one_or_none()
    return _answer_of(row, slot) if row is not None else None


def _answer_of(row: Row[Any], slot: Slot) -> Stored | None:
    if row.fingerprint is None:
        return None
    if row.fingerprint != slot.fingerprint:
        raise IdempotencyKeyReused
    return Stored(row.status, tuple(json.loads(row.headers).items()), row.body)
