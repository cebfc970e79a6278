"""A toy service on a database of its own: notes, and addresses that go wrong in every way a real one might."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import httpx
import pytest
import structlog
from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, ConfigDict, Field, SecretStr
from sqlalchemy import text

from chassis import etags, idempotency, problems
from chassis.auth import Allow, Principal, Public
from chassis.clock import SettableClock
from chassis.database import UnitOfWork
from chassis.ids import new_id
from chassis.migrations import STEP_1
from chassis.paging import Cursor, Limit, Page, decode_cursor, page_of
from chassis.service import Runtime, Service, Work, create_app
from chassis.settings import Settings
from chassis.telemetry.logging import configure_logging
from chassis.text import CleanText
from contracts.payment import FeeAssessed
from tests.servers.postgres import Postgres
from tests.support import identities

TEMPLATE = "chassis_toy_template"
MORNING = datetime(2026, 10, 12, 3, 0, tzinfo=UTC)
DESK = "one-stop-officer"

router = APIRouter(prefix="/v1", tags=["notes"])
Writer = Annotated[Principal, Depends(Allow(citizens=True, roles={DESK}, scope="toy:write"))]
Desk = Annotated[Principal, Depends(Allow(roles={DESK}))]
Anyone = Annotated[None, Depends(Public())]


class NewNote(BaseModel):
    model_config = ConfigDict(extra="forbid")

    text: Annotated[CleanText, Field(min_length=1, max_length=200)]
    amount: int = 0
    tags: list[int] = []
    extra: dict[str, Any] = {}


class Note(BaseModel):
    id: int
    text: str
    version: int = 1


class NoteFull(problems.Conflict):
    slug = "note-full"
    title = problems.Text("Sổ đã đầy", "No more notes")


@dataclass
class Gate:
    """Stops a use case before its commit, until the test opens it."""

    reached: asyncio.Event = field(default_factory=asyncio.Event)
    opened: asyncio.Event = field(default_factory=asyncio.Event)
    refuse: bool = False

    async def pass_through(self) -> None:
        self.reached.set()
        await self.opened.wait()
        if self.refuse:
            raise NoteFull(state="full", allowed=[])


async def write_note(new: NewNote, owner: str, uow: UnitOfWork, gate: Gate | None) -> int:
    statement = text(
        "INSERT INTO note (owner, text, amount, extra) VALUES (:owner, :text, :amount, CAST(:extra AS jsonb)) RETURNING id"
    )
    extra = json.dumps(new.extra, ensure_ascii=False)
    values = {"owner": owner, "text": new.text, "amount": new.amount, "extra": extra}
    note_id = int((await uow.execute(statement, values)).scalar_one())
    uow.record(FeeAssessed(version=1, dossier_code=f"note-{note_id}", total=0))
    if gate is not None:
        await gate.pass_through()
    return await uow.commit(note_id)


def kept(note_id: int) -> idempotency.Stored:
    return idempotency.Stored(201, (("Location", f"/v1/notes/{note_id}"),), json.dumps({"id": note_id, "name": "Đặng"}))


@router.post(
    "/notes", status_code=201, response_model=Note, responses=problems.responses(*idempotency.PROBLEMS, NoteFull)
)
async def add_note(new: NewNote, who: Writer, uow: Work, request: Request, key: idempotency.Key = None) -> Response:
    gate: Gate | None = request.app.state.runtime.extras.get("gate")
    return await idempotency.act_once(
        uow, request, caller=who.subject, key=key, act=lambda: write_note(new, who.subject, uow, gate), render=kept
    )


@router.get("/notes")
async def notes(who: Writer, uow: Work, limit: Limit = 2, cursor: Cursor = None) -> Page[Note]:
    after = decode_cursor(cursor, 2, (datetime.fromisoformat, int))
    at, last = after or (datetime.min.replace(tzinfo=UTC), 0)
    statement = "SELECT * FROM note WHERE owner = :owner AND (written_at, id) > (:at, :last) ORDER BY written_at, id LIMIT :most"
    values = {"owner": who.subject, "most": limit + 1, "at": at, "last": last}
    rows = (await uow.execute(text(statement), values)).all()
    return page_of(
        rows, limit, lambda row: (row.written_at.isoformat(), row.id), lambda row: Note(id=row.id, text=row.text)
    )


@router.get("/notes/{note_id}", response_model=Note)
async def note(
    note_id: int, _: Writer, uow: Work, response: Response, if_none_match: etags.IfNoneMatch = None
) -> Note | Response:
    row = (await uow.execute(text("SELECT * FROM note WHERE id = :id"), {"id": note_id})).one_or_none()
    if row is None:
        raise problems.NotFound
    if etags.not_modified(response, row.version, if_none_match):
        return Response(status_code=304, headers={"ETag": response.headers["ETag"]})
    return Note(id=row.id, text=row.text, version=row.version)


@router.put("/notes/{note_id}")
async def change_note(note_id: int, new: NewNote, _: Writer, uow: Work, if_match: etags.IfMatch = None) -> Note:
    row = (await uow.execute(text("SELECT * FROM note WHERE id = :id FOR UPDATE"), {"id": note_id})).one()
    etags.check_match(row.version, if_match, required=True)
    change = text("UPDATE note SET text = :text, version = version + 1 WHERE id = :id")
    await uow.execute(change, {"text": new.text, "id": note_id})
    return await uow.commit(Note(id=note_id, text=new.text, version=row.version + 1))


@router.get("/search")
async def search(_: Anyone, uow: Work, q: str = "", most: int = 1) -> list[str]:
    """No bound on anything: what a route looks like whose author forgot them."""
    rows = await uow.execute(text("SELECT text FROM note WHERE text = :q LIMIT :most"), {"q": q, "most": most})
    return list(rows.scalars())


@router.get("/people/{personal_id}")
async def person(personal_id: str, _: Desk, uow: Work) -> None:
    if personal_id.startswith("duplicate"):
        insert = text("INSERT INTO note (id, owner, text) VALUES (1, :owner, 'a'), (1, :owner, 'a')")
        await uow.execute(insert, {"owner": personal_id})
    raise RuntimeError(f"nothing known of {personal_id}")


@router.post("/echo")
async def echo(body: dict[str, Any], _: Anyone) -> Response:
    return Response(json.dumps(body), media_type="application/json", headers={"Cache-Control": "max-age=60"})


@router.get("/broken")
async def broken(_: Anyone, uow: Work) -> None:
    await uow.execute(text("SELECT 1 FROM no_such_table"))


@router.get("/divided")
async def divided(_: Anyone, uow: Work) -> None:
    await uow.execute(text("SELECT 1 / 0"))


@router.get("/stopped")
async def stopped(_: Anyone, uow: Work) -> None:
    await uow.execute(text("SET LOCAL statement_timeout = '10ms'"))
    await uow.execute(text("SELECT pg_sleep(5)"))


SERVICE = Service("toy", "toy", "Toy", "For tests.", [router])


@dataclass
class Toy:
    runtime: Runtime
    client: httpx.AsyncClient
    clock: SettableClock

    async def rows(self, query: str, **values: Any) -> list[Any]:
        async with self.runtime.database.begin() as uow:
            return list((await uow.execute(text(query), values)).all())

    async def add(
        self, words: str = "một", *, key: str | None = "key-1", who: str = "001190000001", **body: Any
    ) -> httpx.Response:
        headers = identities.citizen(who) | ({"Idempotency-Key": key} if key is not None else {})
        return await self.client.post("/v1/notes", json={"text": words, **body}, headers=headers)


@pytest.fixture(scope="session")
async def toy_template(postgres: Postgres) -> AsyncIterator[str]:
    await postgres.drop_database(TEMPLATE)
    url = await postgres.create_database(TEMPLATE)
    runtime = Runtime.of(SERVICE, Settings(database_url=SecretStr(url)), issuers={})
    async with runtime.database.begin() as uow:
        for statement in (*STEP_1, "CREATE TABLE alembic_version (version_num text)"):
            await uow.execute(text(statement))
        columns = (
            "id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, owner text NOT NULL, text text NOT NULL,"
            " amount bigint NOT NULL DEFAULT 0, extra jsonb, version integer NOT NULL DEFAULT 1,"
            " written_at timestamptz NOT NULL DEFAULT clock_timestamp()"
        )
        await uow.execute(text(f"CREATE TABLE note ({columns})"))
        await uow.commit(None)
    await runtime.close()
    yield TEMPLATE
    await postgres.drop_database(TEMPLATE)


@pytest.fixture
async def toy(postgres: Postgres, toy_template: str) -> AsyncIterator[Toy]:
    name = f"toy_{new_id().hex}"
    settings = Settings(
        database_url=SecretStr(await postgres.create_database(name, toy_template)), request_bytes=64 * 1024
    )
    clock = SettableClock(MORNING)
    runtime = Runtime.of(SERVICE, settings, clock=clock, issuers=identities.ISSUERS)
    transport = httpx.ASGITransport(app=create_app(runtime))
    async with httpx.AsyncClient(transport=transport, base_url="http://toy") as client:
        yield Toy(runtime, client, clock)
    await runtime.close()
    await postgres.drop_database(name)


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Path]:
    """A configured log; what was there before is put back."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    loggers = [logging.getLogger(name) for name in ("httpx", "httpcore", "aio_pika", "aiormq", "uvicorn.access")]
    before = [(logger, logger.level, logger.disabled) for logger in loggers]
    configure_logging("DEBUG", file=tmp_path / "log")
    yield tmp_path / "log"
    for handler in root.handlers:
        handler.close()
    root.handlers[:], root.level = handlers, level
    for logger, old, disabled in before:
        logger.level, logger.disabled = old, disabled
    structlog.reset_defaults()
