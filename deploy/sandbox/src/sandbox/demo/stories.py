"""Five dossiers that go other ways than the first: supplemented, filed by the desk, of twins, refused, late with an apology.

By the public APIs alone, like the birth before them; the last one moves the sandbox's clock, and sets it back.
"""

from collections.abc import Awaitable, Callable
from datetime import date, datetime, timedelta
from pathlib import Path

import httpx

from chassis.clock import HANOI, hanoi_day
from chassis.documents import Paper, Paragraph, render
from chassis.ids import new_id
from sandbox.demo.client import Client, DemoFailed, Json
from sandbox.demo.screen import Screen
from sandbox.simulators.people import BA_DINH, MOTHER, OFFICER
from sandbox.stack import Sandbox
from sandbox.walk.forms import birth_form

DOSSIERS = "/api/submission/v1/dossiers"
BIRTH, RESIDENCE, EXTRACT = "1.001193", "1.004222", "2.000635"
BIRTH_PAPER = "giay-chung-sinh"
EXTRACT_FEE = 8000


class Stories:
    """Tells them; what each leaves is its dossier's code and its lines."""

    def __init__(self, sandbox: Sandbox, screen: Screen, http: httpx.AsyncClient, papers: Path) -> None:
        self._sandbox = sandbox
        self._screen = screen
        self._papers = papers
        self._mother = Client.of(sandbox, http, MOTHER)
        self._officer = Client.of(sandbox, http, OFFICER)
        self._nobody = Client(http)

    async def tell(self) -> list[Json]:
        """All five in turn. Raises DemoFailed where one does not go as it must."""
        told: list[Json] = []
        stories: tuple[tuple[str, Callable[[], Awaitable[tuple[str, list[str]]]]], ...] = (
            ("A paper is missing: the desk asks for it, the mother uploads it", self._supplement),
            ("Who cannot file herself is helped at the counter, and pays in cash", self._at_the_counter),
            ("Twins in one dossier: two numbers in the book, two certificates", self._twins),
            ("The desk refuses, and says why", self._refusal),
            ("One is late: an apology, one extension, and it stays late", self._late),
        )
        for title, story in stories:
            code, lines = await story()
            self._screen.story(title, lines)
            told.append({"story": title, "dossier": code, "lines": lines})
        return told

    async def _supplement(self) -> tuple[str, list[str]]:
        code = await self._file(BIRTH, birth_form(self._today() - timedelta(days=9)))
        await self._assessed(code)
        asked = await self._step(
            code,
            "supplement-request",
            {"reason": "Chưa có giấy chứng sinh", "components": [BIRTH_PAPER]},
        )
        paper = await self._paper(code, "02", self._mother)
        scan = Paper(
            title="GIẤY CHỨNG SINH (MẪU)",
            code="MAU",
            agency_lines=("BỆNH VIỆN MẪU",),
            place_and_date="Hà Nội",
            sections=(Paragraph("Giấy này là mẫu của hệ thống thử nghiệm."),),
        )
        upload = await self._mother.upload(
            render(scan, created_at=self._sandbox.clock.now()), name="giấy chứng sinh.pdf", media_type="application/pdf"
        )
        body = {"attachments": [{"component": BIRTH_PAPER, "upload": upload}]}
        back = await self._mother.post(f"{DOSSIERS}/{code}/supplement", body, key=str(new_id()))
        components = await self._officer.get(f"{DOSSIERS}/{code}/components")
        await self._step(code, "acceptance", {})
        await self._at(code, 9)
        digitised = f"{components['counts']['digitised']} of {components['counts']['total']}"
        return code, [
            f"dossier {code}: status 1 → {asked['status']['number']}, the clock stops; {paper}",
            f"uploaded in two parts, checked, attached ({digitised} digitised); status 5 → {back['status']['number']}",
        ]

    async def _at_the_counter(self) -> tuple[str, list[str]]:
        body = {
            "procedure": EXTRACT,
            "unit": BA_DINH,
            "channel": 1,
            "applicant": {"kind": 1, "fullName": "CỤ BÀ VÍ DỤ", "personalId": "001145000009"},
            "form": {"subject": "Cấp bản sao trích lục khai sinh", "content": "Xin một bản sao"},
            "quantity": 1,
        }
        code = (await self._officer.post(DOSSIERS, body, key=str(new_id())))["code"]
        await self._at(code, 6)
        found = await self._officer.get("/api/payment/v1/obligations", dossier=code)
        obligation = found["items"][0]
        if obligation["amount"] != EXTRACT_FEE:
            raise DemoFailed(f"an extract copy must cost {EXTRACT_FEE} đồng, not {obligation['amount']}")
        cash = {"amount": obligation["amount"]}
        paid = f"/api/payment/v1/obligations/{obligation['id']}/cash-payments"
        await self._officer.post(paid, cash, key=str(new_id()))
        await self._at(code, 1)
        slip = await self._paper(code, "receipt", self._officer)
        await self._step(code, "acceptance", {})
        await self._step(code, "finish", {})
        await self._step(code, "return", {})
        history = await self._officer.get(f"{DOSSIERS}/{code}/history")
        return code, [
            f"dossier {code}, typed by {OFFICER.name}, owned by the applicant; {slip}",
            f"{EXTRACT_FEE:,} đồng in cash; statuses "
            + " → ".join(str(step["status"]["number"]) for step in history["steps"]),
        ]

    async def _twins(self) -> tuple[str, list[str]]:
        code = await self._file(BIRTH, birth_form(self._today() - timedelta(days=5), siblings=1))
        await self._assessed(code)
        await self._step(code, "acceptance", {})
        await self._at(code, 9)
        found = await self._officer.get("/api/civil-registry/v1/records", dossier=code)
        if len(found["items"]) != 2:
            raise DemoFailed(f"twins must give two records, not {len(found['items'])}")
        lines = []
        for place, item in enumerate(found["items"], start=1):
            record = await self._officer.get(f"/api/civil-registry/v1/records/{item['id']}")
            name = f"{code}-certificate-{place}.pdf"
            certificate = await self._officer.file(f"/api/civil-registry/v1/records/{item['id']}/certificate")
            (self._papers / name).write_bytes(certificate)
            lines.append(f"number {record['number']}, book {record['volume']}, personal ID {record['personalId']}")
        return code, [f"dossier {code}", *lines]

    async def _refusal(self) -> tuple[str, list[str]]:
        code = await self._file(RESIDENCE, {"subject": "Đăng ký thường trú", "content": "Chuyển đến từ tỉnh khác"})
        await self._assessed(code)
        reason = "Nơi đăng ký không thuộc địa bàn phường, đề nghị nộp tại nơi ở mới"
        refused = await self._step(code, "refusal", {"reason": reason})
        paper = await self._paper(code, "03", self._mother)
        return code, [f"dossier {code}: status 1 → {refused['status']['number']}, {reason}; {paper}"]

    async def _late(self) -> tuple[str, list[str]]:
        clock = self._sandbox.clock
        try:
            code = await self._file(RESIDENCE, {"subject": "Đăng ký thường trú", "content": "Về ở với bố mẹ"})
            await self._assessed(code)
            await self._step(code, "acceptance", {})
            promised = (await self._step(code, "processing", {}))["dueAt"]
            clock.set(datetime.fromisoformat(promised) - timedelta(hours=1))
            extension = {"workingDays": 2, "reason": "Chờ cơ quan công an nơi cư trú cũ trả lời"}
            due = (await self._step(code, "extension", extension))["dueAt"]
            paper = await self._paper(code, "04", self._mother)
            clock.set(datetime.fromisoformat(due) + timedelta(days=1))
            await self._step(code, "finish", {})
            again = await self._officer.refusal(f"{DOSSIERS}/{code}/extension", extension, key=str(new_id()))
            return code, [
                f"dossier {code}: promised {_spoken(promised)}, with the apology {_spoken(due)}; {paper}",
                f"finished a day after that: late. A second extension: {again}",
            ]
        finally:
            clock.set(None)

    async def _file(self, procedure: str, form: Json) -> str:
        body = {"procedure": procedure, "unit": BA_DINH, "form": form}
        dossier = await self._mother.post(DOSSIERS, body, key=str(new_id()))
        return str(dossier["code"])

    async def _step(self, code: str, step: str, body: Json) -> Json:
        return await self._officer.post(f"{DOSSIERS}/{code}/{step}", body, key=str(new_id()))

    async def _assessed(self, code: str) -> None:
        await self._officer.until(f"{DOSSIERS}/{code}", lambda found: found["feeState"] == "none")

    async def _at(self, code: str, status: int) -> None:
        await self._officer.until(f"{DOSSIERS}/{code}", lambda found: found["status"]["number"] == status)

    async def _paper(self, code: str, kind: str, reader: Client) -> str:
        """The newest paper of a kind, kept in the folder of papers; gives where."""
        path = f"{DOSSIERS}/{code}/receipt"
        if kind != "receipt":
            found = await reader.get(f"{DOSSIERS}/{code}/papers")
            path = f"{DOSSIERS}/{code}/papers/" + [p["id"] for p in found["papers"] if p["id"].startswith(kind)][-1]
        target = self._papers / f"{code}-{kind}.pdf"
        target.write_bytes(await reader.file(path))
        return f"paper {target.name}"

    def _today(self) -> date:
        return hanoi_day(self._sandbox.clock.now())


def _spoken(instant: str) -> str:
    return f"{datetime.fromisoformat(instant).astimezone(HANOI):%d/%m %H:%M}"
