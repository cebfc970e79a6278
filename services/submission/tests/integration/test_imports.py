"""Bulk import: a line by itself, a reference once, and the same whatever is killed in between."""

import asyncio
import json
from typing import Any

import pytest

from chassis.database import UnitOfWork
from services.submission.tests.conftest import Desk
from services.submission.tests.integration.test_intake import APPLICANT, FILING, PATH, rows
from submission.copies import Copies
from submission.domain.procedure import Procedure
from submission.handlers.imports import file_portion, work_off
from tests.support.counting import counted
from tests.support.identities import agency, citizen, officer

IMPORTS = "/v1/dossier-imports"
WRITER = agency("submission:write")
FILED = FILING | {"applicant": APPLICANT}


def line(reference: str, **change: Any) -> dict[str, Any]:
    return {"reference": reference, "filing": FILED | change}


async def taken(desk: Desk, *lines: dict[str, Any], caller: dict[str, str] = WRITER) -> str:
    answer = await desk.post(IMPORTS, caller, {"dossiers": list(lines)})
    assert answer.status_code == 202, answer.text
    return str(answer.json()["links"]["self"]).removeprefix("/api/submission")


async def work(desk: Desk) -> int:
    return await work_off(desk.runtime.database, desk.runtime.extras["copies"])


async def outcomes(desk: Desk, path: str, caller: dict[str, str] = WRITER) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await desk.get(f"{path}/lines?limit=200", caller)).json()["items"]
    return found


async def test_every_line_is_filed_by_itself_and_says_what_became_of_it(desk: Desk) -> None:
    path = await taken(
        desk,
        line("a"),
        line("b", form={"child": {}}),
        line("c", quantity=0),
        line("d", unit="99999"),
        line("e", form={"child": {"fullName": "A\u0000"}}),
        {"reference": "f", "filing": {}},
        line("g", channel=1),
    )
    before = (await desk.get(path, WRITER)).json()
    assert (before["state"], before["lines"], before["waiting"], before["refused"]) == ("working", 7, 4, 3)
    assert await work(desk) == 4
    after = (await desk.get(path, WRITER)).json()
    assert (after["state"], after["filed"], after["refused"], after["waiting"]) == ("done", 2, 5, 0)
    assert after["finishedAt"] == "2026-10-12T03:00:00Z"
    told = await outcomes(desk, path)
    assert [(item["line"], item["reference"], item["outcome"]) for item in told] == [
        (0, "a", "filed"),
        (1, "b", "refused"),
        (2, "c", "refused"),
        (3, "d", "refused"),
        (4, "e", "refused"),
        (5, "f", "refused"),
        (6, "g", "filed"),
    ]
    problems = {item["reference"]: item["problem"] for item in told if "problem" in item}
    assert {name: problem["type"].removeprefix("/problems/") for name, problem in problems.items()} == {
        "b": "form-invalid",
        "c": "invalid-payload",
        "d": "unknown-unit",
        "e": "invalid-payload",
        "f": "invalid-payload",
    }
    assert [error["pointer"] for error in problems["c"]["errors"]] == ["/quantity"]
    assert [error["pointer"] for error in problems["e"]["errors"]] == ["/form/child/fullName"]
    assert "/form/child/fullName" in [error["pointer"] for error in problems["b"]["errors"]]
    assert (await desk.get(f"{PATH}/{told[0]['code']}", WRITER)).status_code == 403  # it has no read scope
    reader = agency("submission:read", "submission:write")
    assert (await desk.get(f"{PATH}/{told[0]['code']}", reader)).json()["person"]["applicant"]["fullName"]
    assert [event["channel"] for event in await desk.told("dossier-submitted")] == [2, 1]


async def test_the_lines_are_paged_and_picked_by_outcome(desk: Desk) -> None:
    path = await taken(desk, *(line(str(number), quantity=number % 2) for number in range(5)))
    await work(desk)
    page = (await desk.get(f"{path}/lines?limit=2", WRITER)).json()
    rest = (await desk.get(f"{path}/lines?limit=9&cursor={page['nextCursor']}", WRITER)).json()
    assert [item["line"] for item in page["items"] + rest["items"]] == [0, 1, 2, 3, 4]
    assert "nextCursor" not in rest
    filed = (await desk.get(f"{path}/lines?outcome=filed", WRITER)).json()["items"]
    assert [item["line"] for item in filed] == [1, 3]
    assert (await desk.get(f"{path}/lines?cursor=WyJ4Il0", WRITER)).status_code == 400


async def test_a_reference_files_once_for_its_caller_now_and_later(desk: Desk) -> None:
    first = await taken(desk, line("x"), line("y", quantity=0))
    await work(desk)
    (filed, _) = await outcomes(desk, first)
    again = await taken(desk, line("x"), line("y"))  # y was refused: mended, it may come again
    others = await taken(desk, line("x"), caller=agency("submission:write", client="agency-2"))
    await work(desk)
    repeated, mended = await outcomes(desk, again)
    assert (repeated["outcome"], repeated["code"], mended["outcome"]) == ("repeated", filed["code"], "filed")
    (theirs,) = await outcomes(desk, others, agency("submission:write", client="agency-2"))
    assert theirs["code"] != filed["code"]
    changed = await taken(desk, line("x", quantity=2))
    await work(desk)
    (refused,) = await outcomes(desk, changed)
    assert refused["problem"]["type"] == "/problems/reference-reused"
    assert refused["problem"]["code"] == filed["code"]
    assert len(await desk.told("dossier-submitted")) == 3


async def test_a_reference_twice_in_one_import_is_refused_before_anything_is_kept(desk: Desk) -> None:
    answer = await desk.post(IMPORTS, WRITER, {"dossiers": [line("x"), line("y"), line("x")]})
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/reference-twice")
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/dossiers/2/reference"]
    assert not await rows(desk, "SELECT id FROM imports")


class DyingCopies(Copies):
    """Lets so many filings through, then ends the worker in the middle of the next."""

    def __init__(self, filings: int) -> None:
        super().__init__()
        self.left = filings

    async def procedure(self, uow: UnitOfWork, code: str, version: int) -> Procedure:
        if self.left == 0:
            raise asyncio.CancelledError  # as a kill does: past every `except Exception`
        self.left -= 1
        return await super().procedure(uow, code, version)


@pytest.mark.parametrize("filings", [0, 1, 19, 20, 24])
async def test_a_worker_killed_at_any_line_files_each_once(desk: Desk, filings: int) -> None:
    """R-129."""
    path = await taken(desk, *(line(str(number)) for number in range(25)))
    with pytest.raises(asyncio.CancelledError):
        await work_off(desk.runtime.database, DyingCopies(filings))
    assert len(await desk.told("dossier-submitted")) == filings // 20 * 20
    await work(desk)
    assert {item["outcome"] for item in await outcomes(desk, path)} == {"filed"}
    assert len(await desk.told("dossier-submitted")) == 25
    assert (await rows(desk, "SELECT count(*), count(DISTINCT code) FROM dossiers"))[0] == (25, 25)


async def test_several_workers_at_once_file_each_line_once(desk: Desk) -> None:
    path = await taken(desk, *(line(str(number)) for number in range(60)))
    assert sum(await asyncio.gather(*(work(desk) for _ in range(4)))) == 60
    assert (await desk.get(path, WRITER)).json()["filed"] == 60
    assert len(await desk.told("dossier-submitted")) == 60


async def test_the_same_reference_in_two_imports_worked_off_at_once_is_one_dossier(desk: Desk) -> None:
    paths = [await taken(desk, line("x")) for _ in range(2)]
    async with desk.runtime.database.begin() as one, desk.runtime.database.begin() as two:
        copies = desk.runtime.extras["copies"]
        from_one = asyncio.create_task(_portion(one, copies))
        from_two = asyncio.create_task(_portion(two, copies))
        await asyncio.gather(from_one, from_two, return_exceptions=True)
    await work(desk)
    found = sorted([(await outcomes(desk, path))[0]["outcome"] for path in paths])
    assert found == ["filed", "repeated"]
    assert len(await desk.told("dossier-submitted")) == 1


async def _portion(uow: UnitOfWork, copies: Copies) -> int:
    return await file_portion(uow, copies, most=1)


async def test_what_a_line_asked_for_is_forgotten_when_it_is_done(desk: Desk) -> None:
    await taken(desk, line("x"), line("y", unit="99999"))
    named = "SELECT count(*) FROM import_lines WHERE import_lines::text LIKE '%TRẦN THỊ VÍ DỤ%'"
    assert (await rows(desk, named))[0] == (2,)
    await work(desk)
    assert (await rows(desk, named))[0] == (0,)


async def test_a_thousand_come_in_one_request_and_not_one_more(desk: Desk) -> None:
    filing = FILED | {"form": FILING["form"] | {"note": "x" * 1500}}
    lines = [{"reference": str(number), "filing": filing} for number in range(1000)]
    assert len(json.dumps(lines)) > 1_048_576
    answer = await desk.post(IMPORTS, WRITER, {"dossiers": lines})
    assert answer.status_code == 202
    more = await desk.post(IMPORTS, WRITER, {"dossiers": [*lines, line("one-more")]})
    assert (more.status_code, more.json()["errors"][0]["pointer"]) == (422, "/dossiers")
    large = json.dumps({"dossiers": [line("x", form={"a": "x" * 9_000_000})]})
    headers = WRITER | desk.key() | {"Content-Type": "application/json"}
    answer = await desk.client.post(IMPORTS, headers=headers, content=large)
    assert (answer.status_code, answer.json()["type"]) == (413, "/problems/payload-too-large")


async def test_an_import_sent_again_under_its_key_is_one_import(desk: Desk) -> None:
    headers = WRITER | desk.key()
    answers = [await desk.client.post(IMPORTS, headers=headers, json={"dossiers": [line("x")]}) for _ in range(2)]
    assert answers[0].json() == answers[1].json()
    assert answers[0].headers["Location"] == answers[0].json()["links"]["self"]
    assert len(await rows(desk, "SELECT id FROM imports")) == 1


async def test_an_import_is_its_callers_alone(desk: Desk) -> None:
    path = await taken(desk, line("x"))
    other = agency("submission:write", client="agency-2")
    for address in (path, f"{path}/lines"):
        answer = await desk.get(address, other)
        assert (answer.status_code, answer.json()["type"]) == (404, "/problems/import-not-found")
    for caller in (citizen(), officer("one-stop-officer"), agency("submission:read")):
        assert (await desk.post(IMPORTS, caller, {"dossiers": [line("y")]})).status_code == 403


async def test_looking_at_an_import_takes_one_statement(desk: Desk) -> None:
    path = await taken(desk, line("x"))
    for address in (path, f"{path}/lines"):
        with counted(desk.runtime.database) as statements:
            await desk.get(address, WRITER)
        assert len(statements) == 1
