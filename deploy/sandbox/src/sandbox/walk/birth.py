"""One late birth registration from form to certificate, step by step, by the public APIs alone. It reaches into no service."""

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

import httpx

from chassis.ids import new_id
from sandbox.demo.client import Client, DemoFailed, Json
from sandbox.demo.screen import Screen
from sandbox.simulators.people import BA_DINH, MOTHER, OFFICER, Person
from sandbox.walk.forms import birth_form

PROCEDURE = "1.001193"
DAYS_OLD = 75
LATE_FEE = 5000
_PAGE = 200


@dataclass(frozen=True)
class Ground:
    """Where one walks: the public origin (`http` is bound to it), the simulators' address, what day it is, and sign-in."""

    http: httpx.AsyncClient
    world: str
    today: date
    sign_in: Callable[[Person], str]


@dataclass
class BirthWalk:
    """The dossier's way, and what is kept of it. `patience`: seconds to wait for what others do meanwhile."""

    ground: Ground
    screen: Screen
    papers: Path
    patience: float = 30
    steps: list[Json] = field(default_factory=list)
    code: str = ""
    position: int = 0

    def __post_init__(self) -> None:
        self.mother = Client(self.ground.http, self.ground.sign_in(MOTHER))
        self.officer = Client(self.ground.http, self.ground.sign_in(OFFICER))
        self.nobody = Client(self.ground.http)

    async def walk(self) -> Json:
        """All steps in order; gives the summary. Raises DemoFailed where one does not do what it must."""
        self.position = await self._ledger_size()
        await self._new_events()  # what crossed before the walk is not the walk's
        steps: tuple[tuple[str, Callable[[], Awaitable[str]]], ...] = (
            ("The mother looks for what it is called: “dang ky khai sinh”", self._search),
            ("She fills the form at home and sends it", self._submit),
            ("Receipt and appointment slip (giấy tiếp nhận và hẹn trả)", self._receipt),
            ("The fee of a late registration is due; she pays by VNPAY", self._pay),
            ("The one-stop desk accepts the dossier", self._accept),
            ("The Ministry of Justice is asked, polled, and gives the ID number", self._registered),
            ("The certificate is made; anyone can verify its QR", self._certificate),
            ("The desk hands over the result; the dossier is closed", self._return),
        )
        for number, (what, act) in enumerate(steps, start=1):
            started = time.perf_counter()
            detail = await act()
            seconds = time.perf_counter() - started
            events = await self._new_events()
            self.screen.step(number, what, seconds, detail, events)
            self.steps.append({"step": what, "milliseconds": round(seconds * 1000), "detail": detail, "events": events})
        return {"dossier": self.code, "steps": self.steps}

    async def _search(self) -> str:
        found = await self.nobody.get("/api/catalog/v1/procedures", q="dang ky khai sinh", unit=BA_DINH)
        codes = [item["code"] for item in found["items"]]
        if PROCEDURE not in codes:
            raise DemoFailed(f"the search did not find {PROCEDURE}, but {codes}")
        return next(f"{item['code']}  {item['name']}" for item in found["items"] if item["code"] == PROCEDURE)

    async def _submit(self) -> str:
        body = {
            "procedure": PROCEDURE,
            "unit": BA_DINH,
            "applicant": {"kind": 1, "personalId": MOTHER.personal_id, "fullName": MOTHER.full_name},
            "form": birth_form(self.ground.today - timedelta(days=DAYS_OLD)),
        }
        dossier = await self.mother.post("/api/submission/v1/dossiers", body, key=str(new_id()))
        self.code = dossier["code"]
        return f"dossier {self.code}, due {dossier['dueAt']}"

    async def _receipt(self) -> str:
        return await self._paper(f"/api/submission/v1/dossiers/{self.code}/receipt", "receipt", self.mother)

    async def _pay(self) -> str:
        awaited = await self._until(lambda status: status == 6)
        found = await self.mother.get("/api/payment/v1/obligations", dossier=self.code)
        obligation = found["items"][0]
        if obligation["amount"] != LATE_FEE:
            raise DemoFailed(f"the fee must be {LATE_FEE} đồng, not {obligation['amount']}")
        payment = await self.mother.post(
            f"/api/payment/v1/obligations/{obligation['id']}/online-payments", {}, key=str(new_id())
        )
        page = await self.ground.http.get(payment["redirectUrl"])
        if page.status_code != httpx.codes.OK:
            raise DemoFailed(f"the payment page answered {page.status_code}")
        txn_ref = httpx.URL(payment["redirectUrl"]).params["vnp_TxnRef"]
        paid = {"txnRef": txn_ref, "outcome": "paid"}
        await self.ground.http.post(f"{self.ground.world}/sandbox/vnpay/sandbox-pay", data=paid)
        await self._until(lambda status: status == 1)
        return f"{obligation['amount']:,} đồng; status {awaited['status']['number']} → 1, the clock runs again"

    async def _accept(self) -> str:
        await self.officer.post(f"/api/submission/v1/dossiers/{self.code}/acceptance", {}, key=str(new_id()))
        await self._until(lambda status: status >= 4)
        return "status 2 → 4: the civil registry opened a case"

    async def _registered(self) -> str:
        dossier = await self._until(lambda status: status in {8, 9})
        if dossier["status"]["number"] != 9:
            raise DemoFailed(f"the dossier was stopped: {dossier}")
        record = await self._record()
        return f"number {record['number']}, book {record['volume']}, personal ID {record['personalId']}"

    async def _record(self) -> Json:
        found = await self.officer.get("/api/civil-registry/v1/records", dossier=self.code)
        return await self.officer.get(f"/api/civil-registry/v1/records/{found['items'][0]['id']}")

    async def _certificate(self) -> str:
        record = await self._record()
        said = await self._paper(
            f"/api/civil-registry/v1/records/{record['id']}/certificate", "certificate", self.officer
        )
        verification = await self.nobody.get(httpx.URL(record["verificationUrl"]).path)
        if not verification["genuine"]:
            raise DemoFailed(f"the certificate does not verify: {verification}")
        return f"{said}\n   {record['verificationUrl']}"

    async def _return(self) -> str:
        await self.officer.post(f"/api/submission/v1/dossiers/{self.code}/return", {}, key=str(new_id()))
        history = await self.mother.get(f"/api/submission/v1/dossiers/{self.code}/history")
        return "statuses " + " → ".join(str(entry["status"]["number"]) for entry in history["steps"])

    async def _paper(self, path: str, name: str, reader: Client) -> str:
        self.papers.mkdir(parents=True, exist_ok=True)
        target = self.papers / f"{self.code}-{name}.pdf"
        content = await reader.file(path)
        target.write_bytes(content)
        return f"{target} ({len(content) // 1024} KB)"

    async def _until(self, good: Callable[[int], bool]) -> Json:
        """The mother's dossier, once its status is good."""
        path = f"/api/submission/v1/dossiers/{self.code}"
        return await self.mother.until(path, lambda found: good(found["status"]["number"]), seconds=self.patience)

    async def _ledger_size(self) -> int:
        """How many events the last checkpoint counts; a ledger that has none yet is short."""
        try:
            checkpoint = await self.nobody.file("/lgsp/v1/ledger/checkpoint")
        except DemoFailed:
            return 0
        return int(checkpoint.splitlines()[1])

    async def _new_events(self) -> list[str]:
        names: list[str] = []
        while True:
            page = await self.nobody.get("/lgsp/v1/ledger/entries", **{"from": self.position, "limit": _PAGE})
            names += [item["entry"]["type"].split(".")[-2] for item in page["items"]]
            self.position += len(page["items"])
            if len(page["items"]) < _PAGE:
                return names
