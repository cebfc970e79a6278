"""What tests of files share: a desk with a procedure that has components, and a tus client of a few lines over it."""

import base64
import itertools
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from chassis.clock import SettableClock
from chassis.service import Runtime, create_app
from contracts.catalog import (
    Case,
    Component,
    Offering,
    ProcedureField,
    ProcedurePublished,
    ResultDocument,
    TimeLimit,
)
from contracts.codes import Channel, ServiceLevel, TimeLimitUnit
from services.submission.tests.conftest import BA_DINH, CATALOGUE, MORNING, Desk
from submission.app import SERVICE
from submission.files.wiring import Files
from submission.settings import SubmissionSettings
from tests.servers.postgres import Postgres
from tests.support.identities import ISSUERS, citizen, officer

CITIZEN, OTHER = citizen(), citizen("001088000002", "NGUYỄN VĂN VÍ DỤ")
OFFICER = officer("one-stop-officer", units=[BA_DINH])
ELSEWHERE = officer("one-stop-officer", units=["00167"], subject="officer-2")

PROCEDURE = "1.004873"
TUS = {"Tus-Resumable": "1.0.0"}
BYTES = TUS | {"Content-Type": "application/offset+octet-stream"}

PAPERS = ProcedurePublished(
    version=1,
    code=PROCEDURE,
    name="Cấp giấy xác nhận tình trạng hôn nhân",
    field=ProcedureField(code="ho-tich", name="Hộ tịch"),
    valid_from=date(2025, 7, 1),
    time_limits=(TimeLimit(channel=Channel.COUNTER, unit=TimeLimitUnit.WORKING_DAYS, amount=3),),
    cases=(Case(code="thuong", name="Thông thường"), Case(code="da-ly-hon", name="Đã ly hôn")),
    components=(
        Component(code="to-khai", name="Tờ khai", originals=1, max_files=2),
        Component(code="anh", name="Ảnh", required=False, media_types=("image/jpeg", "image/png"), max_bytes=300_000),
        Component(code="ban-chinh", name="Bản chính để đối chiếu", required=False, reusable=False),
        Component(code="quyet-dinh", name="Quyết định ly hôn", copies=1, cases=("da-ly-hon",)),
    ),
    results=(ResultDocument(code="giay-xac-nhan", name="Giấy xác nhận tình trạng hôn nhân"),),
    offerings=(
        Offering(
            channels=(Channel.COUNTER, Channel.ONLINE),
            service_level=ServiceLevel.FULL,
            valid_from=date(2025, 7, 1),
            legal_source="NĐ 42/2022/NĐ-CP",
        ),
    ),
    form_schema={"type": "object"},
)


def metadata(**said: str) -> dict[str, str]:
    """The header Upload-Metadata."""
    pairs = (f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in said.items())
    return {"Upload-Metadata": ",".join(pairs)}


class FilesDesk(Desk):
    """A desk that also uploads."""

    @property
    def files(self) -> Files:
        """What the service has for files."""
        files: Files = self.runtime.extras["files"]
        return files

    async def begin(self, caller: dict[str, str], length: int, **said: str) -> httpx.Response:
        """POST /v1/uploads."""
        headers = caller | TUS | {"Upload-Length": str(length)} | metadata(**said)
        return await self.client.post("/v1/uploads", headers=headers)

    async def send(
        self, caller: dict[str, str], where: str, offset: int, content: Any, **headers: str
    ) -> httpx.Response:
        """PATCH."""
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.client.patch(
            where, headers=caller | BYTES | {"Upload-Offset": str(offset)} | given, content=content
        )

    async def uploaded(self, content: bytes, name: str, caller: dict[str, str] = CITIZEN, **said: str) -> str:
        """An upload that is complete and accepted: its id."""
        begun = await self.begin(caller, len(content), filename=name, **said)
        assert begun.status_code == 201, begun.text
        sent = await self.send(caller, begun.headers["Location"], 0, content)
        assert sent.status_code == 204, sent.text
        return str(begun.headers["Location"]).rpartition("/")[2]

    async def upload(self, upload: str, caller: dict[str, str] = CITIZEN) -> dict[str, Any]:
        """GET /v1/uploads/{id}."""
        return dict((await self.get(f"/v1/uploads/{upload}", caller)).json())

    async def count(self, table: str) -> int:
        """Rows of a table."""
        return int(await self.scalar(f"SELECT count(*) FROM {table}"))  # noqa: S608 - names of tests

    async def scalar(self, statement: str) -> Any:
        """One value of the database."""
        async with self.runtime.database.engine.connect() as connection:
            return (await connection.exec_driver_sql(statement)).scalar_one()

    async def run(self, statement: str) -> None:
        """Change the database behind the service's back."""
        async with self.runtime.database.engine.begin() as connection:
            await connection.exec_driver_sql(statement)

    async def kept(self) -> list[str]:
        """Every key in the store."""
        return [key for prefix in ("parts", "contents") async for key in self.files.storage.older_than(prefix, -60)]


Opening = Callable[..., AbstractAsyncContextManager[FilesDesk]]
_numbers = itertools.count(1)


@pytest.fixture
async def opening(postgres: Postgres, template: str, tmp_path: Path) -> AsyncIterator[Opening]:
    """Opens the service with some settings of its own, on a database and a folder that outlive it: again is a restart."""
    name = f"submission_files_{next(_numbers)}"
    url = await postgres.create_database(name, template)
    clock = SettableClock(MORNING)

    @asynccontextmanager
    async def opened(**given: Any) -> AsyncIterator[FilesDesk]:
        defaults: dict[str, Any] = {"data_dir": tmp_path, "upload_part_bytes": 16 * 1024, "link_key": SecretStr("key")}
        settings = SubmissionSettings(database_url=SecretStr(url), **defaults | given)
        runtime = Runtime.of(SERVICE, settings, clock=clock, issuers=ISSUERS)
        await runtime.start()
        transport = httpx.ASGITransport(app=create_app(runtime))
        async with httpx.AsyncClient(transport=transport, base_url="http://submission.test") as client:
            yield FilesDesk(runtime, client, clock)
        await runtime.close()

    yield opened
    await postgres.drop_database(name)


@pytest.fixture
async def desk(opening: Opening) -> AsyncIterator[FilesDesk]:
    """The service with the small catalogue and the procedure that wants papers."""
    async with opening() as desk:
        await desk.hear(*CATALOGUE, PAPERS)
        yield desk
