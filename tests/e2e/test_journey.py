"""A late birth registration from form to certificate, through gateway, five services, broker and ministry as processes."""

import base64
import io
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import httpx
import pypdf
import pypdfium2  # type: ignore[import-untyped]  # ships no py.typed marker
import pytest
import zxingcpp

from chassis.clock import hanoi_day
from gateway.domain.checkpoint import open_checkpoint, parse_vkey
from gateway.domain.entry import check_body, parse_leaf
from gateway.domain.merkle import verify_consistency, verify_inclusion
from tests.e2e.callers import BIRTH, DOSSIERS, LATE_FEE, Caller, Json, birth
from tests.e2e.city import City, until

TRACE_OF_FILING = "0af7651916cd43dd8448eb211c80319c"
TRACE_OF_ACCEPTANCE = "b7ad6b7169203331b7ad6b7169203331"
LEDGER = "/lgsp/v1/ledger"

AFTER_FILING = ["dossier-submitted", "fee-assessed", "dossier-payment-awaited"]
AFTER_PAYMENT = ["payment-succeeded", "dossier-fee-settled"]
AFTER_ACCEPTANCE = [
    "dossier-accepted", "birth-registration-requested", "dossier-processing-started", "personal-id-issued",
    "birth-registered", "dossier-finished",
]  # fmt: skip
AFTER_RETURN = ["dossier-returned"]


@dataclass(frozen=True)
class Walked:
    """What the dossier left behind on its way."""

    filed: Json
    slip: bytes
    obligation: Json
    fee_receipt: bytes
    record: Json
    certificate: bytes
    history: Json
    online_before: int
    signed_before: tuple[int, str]
    entries: list[Json]

    @property
    def code(self) -> str:
        return str(self.filed["code"])

    def entry(self, name: str) -> Json:
        """The one ledger entry of that event."""
        (entry,) = [entry for entry in self.entries if name_of(entry) == name]
        return entry


def name_of(entry: Json) -> str:
    return str(entry["entry"]["type"]).split(".")[-2]


def under(trace: str) -> dict[str, str]:
    return {"traceparent": f"00-{trace}-00f067aa0ba902b7-01"}


@pytest.fixture(scope="module")
async def walked(city: City, mother: Caller, officer: Caller, nobody: Caller, watcher: Caller) -> Walked:
    online_before = await online_today(nobody)
    signed_before = await checkpoint(nobody)
    filed = await mother.done(DOSSIERS, birth(late=True), under(TRACE_OF_FILING))
    code = filed["code"]
    slip = (await mother.get(filed["links"]["receipt"])).content

    await mother.reaches(code, 6)
    (obligation,) = (await mother.found("/api/payment/v1/obligations", dossier=code))["items"]
    await pay(city, mother, obligation["id"])
    await mother.reaches(code, 1)
    fee_receipt = (await mother.get(f"/api/payment/v1/obligations/{obligation['id']}/receipt")).content

    await officer.done(f"{DOSSIERS}/{code}/acceptance", headers=under(TRACE_OF_ACCEPTANCE))
    await mother.reaches(code, 9)
    (found,) = (await officer.found("/api/civil-registry/v1/records", dossier=code))["items"]
    record = await officer.found(f"/api/civil-registry/v1/records/{found['id']}")
    certificate = (await officer.get(f"/api/civil-registry/v1/records/{found['id']}/certificate")).content
    await officer.done(f"{DOSSIERS}/{code}/return")
    history = await mother.found(f"{DOSSIERS}/{code}/history")
    assert await city.times_told(code, AFTER_RETURN[-1]) == 1
    entries = await entries_of(watcher, code, since=signed_before[0])
    return Walked(
        filed, slip, obligation, fee_receipt, record, certificate, history, online_before, signed_before, entries
    )


async def pay(city: City, payer: Caller, obligation: str) -> None:
    """By VNPAY, as a browser would: its page, the button on it, and VNPAY's own word (IPN) to the city."""
    started = await payer.done(f"/api/payment/v1/obligations/{obligation}/online-payments")
    async with httpx.AsyncClient(timeout=10) as browser:
        page = await browser.get(started["redirectUrl"])
        assert page.status_code == httpx.codes.OK
        form = {"txnRef": httpx.URL(started["redirectUrl"]).params["vnp_TxnRef"], "outcome": "paid"}
        answer = await browser.post(f"{city.world}/sandbox/vnpay/sandbox-pay", data=form)
    assert answer.status_code == httpx.codes.SEE_OTHER


async def online_today(caller: Caller) -> int:
    # A dossier handed in late in the day counts as received on the next working day.
    today = hanoi_day(datetime.now(UTC))
    period = {"from": today.isoformat(), "to": (today + timedelta(days=14)).isoformat()}
    share = await caller.found("/api/reporting/v1/indicators/online-share", **period, procedure=BIRTH)
    return int(share["total"]["online"])


async def checkpoint(caller: Caller) -> tuple[int, str]:
    note = (await caller.get(f"{LEDGER}/checkpoint")).text
    return int(note.splitlines()[1]), note


async def entries_of(reader: Caller, code: str, *, since: int) -> list[Json]:
    found: list[Json] = []
    cursor: str | None = str(since)
    while cursor is not None:
        page = await reader.found(f"{LEDGER}/entries", **{"from": cursor, "limit": 200})
        found += [entry for entry in page["items"] if entry.get("subject") == code]
        cursor = page.get("nextCursor")
    return found


def text_of(pdf: bytes) -> str:
    return "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages)


def qr_of(pdf: bytes) -> str:
    document = pypdfium2.PdfDocument(pdf)
    try:
        found = zxingcpp.read_barcodes(document[0].render(scale=3).to_pil())
    finally:
        document.close()
    (code,) = found
    return str(code.text)


async def test_the_dossier_goes_through_the_statuses_of_the_national_portal(walked: Walked) -> None:
    assert [step["status"]["number"] for step in walked.history["steps"]] == [1, 6, 1, 2, 4, 9, 10]


async def test_the_applicant_gets_a_slip_whose_qr_leads_anyone_to_the_status(walked: Walked, nobody: Caller) -> None:
    assert walked.code in text_of(walked.slip)
    address = httpx.URL(qr_of(walked.slip))
    assert (await nobody.get(address.path)).status_code == 404  # the code alone opens nothing
    tracking = await nobody.get(address.path, **dict(address.params))
    assert tracking.json()["status"]["number"] == 10
    assert "MẪU" not in tracking.text  # nobody's name: whoever finds the slip learns the status and no more


async def test_the_late_fee_is_paid_once_and_a_receipt_given(walked: Walked, mother: Caller) -> None:
    assert walked.obligation["amount"] == LATE_FEE
    paid = await mother.found(f"/api/payment/v1/obligations/{walked.obligation['id']}")
    assert paid["state"] == "paid"
    receipt = text_of(walked.fee_receipt)
    assert paid["settled"]["receiptNumber"] in receipt
    assert "5.000" in receipt


async def test_the_certificates_qr_verifies_the_record_for_anyone(walked: Walked, nobody: Caller, city: City) -> None:
    address = qr_of(walked.certificate)
    assert address == walked.record["verificationUrl"]
    assert address.startswith(city.url)
    verified = await nobody.found(httpx.URL(address).path)
    assert verified["genuine"] is True
    assert verified["sha256"] == walked.record["sha256"]
    assert walked.record["personalId"] in text_of(walked.certificate)


async def test_an_altered_verification_address_is_not_genuine(walked: Walked, nobody: Caller) -> None:
    path = httpx.URL(walked.record["verificationUrl"]).path
    altered = path[:-1] + ("A" if path[-1] != "A" else "B")
    assert (await nobody.found(altered))["genuine"] is False


async def test_each_step_is_one_event_in_the_ledger_in_the_order_it_happened(walked: Walked) -> None:
    names = [name_of(entry) for entry in walked.entries]
    assert sorted(names) == sorted(AFTER_FILING + AFTER_PAYMENT + AFTER_ACCEPTANCE + AFTER_RETURN)
    versions = [
        int(json.loads(entry["body"])["sequence"])
        for entry in walked.entries
        if entry["entry"]["sender"] == "submission"
    ]
    assert versions == [1, 2, 3, 4, 5, 6, 7]


async def test_anyone_can_prove_that_the_ledger_holds_the_events_and_only_grew(walked: Walked, nobody: Caller) -> None:
    newest = walked.entries[-1]["position"]

    async def covered() -> bool:
        return (await checkpoint(nobody))[0] > int(newest)

    await until(covered, "a checkpoint over the last event")
    key = parse_vkey((await nobody.get(f"{LEDGER}/key")).text.split()[0])
    signed = open_checkpoint((await checkpoint(nobody))[1], key)
    for entry in walked.entries:
        proof = await nobody.found(f"{LEDGER}/proof/inclusion", index=entry["position"], size=signed.size)
        leaf = parse_leaf(json.dumps(entry["entry"]))
        hashes = [base64.b64decode(part) for part in proof["hashes"]]
        assert verify_inclusion(leaf.hash, entry["position"], signed.size, hashes, signed.root)
        check_body(leaf, base64.b64decode(entry["salt"]), entry["body"].encode())
    before = open_checkpoint(walked.signed_before[1], key)
    proof = await nobody.found(f"{LEDGER}/proof/consistency", old=before.size, new=signed.size)
    hashes = [base64.b64decode(part) for part in proof["hashes"]]
    assert verify_consistency(before.size, signed.size, before.root, signed.root, hashes)


@pytest.mark.parametrize(("trace", "names"), [(TRACE_OF_FILING, AFTER_FILING), (TRACE_OF_ACCEPTANCE, AFTER_ACCEPTANCE)])
async def test_one_trace_runs_from_the_request_to_the_last_event(walked: Walked, trace: str, names: list[str]) -> None:
    traces = {name: json.loads(walked.entry(name)["body"])["traceparent"].split("-")[1] for name in names}
    assert traces == dict.fromkeys(names, trace)


async def test_what_events_said_is_for_those_with_the_right_to_it(walked: Walked, nobody: Caller) -> None:
    event_id = walked.entry("dossier-accepted")["entry"]["id"]
    seen = await nobody.found(f"{LEDGER}/entries/{event_id}")
    assert seen.keys() == {"position", "leafHash", "entry"}


async def test_the_statistics_count_the_dossier(walked: Walked, nobody: Caller, city: City) -> None:
    assert await online_today(nobody) == walked.online_before + 1
    assert await city.count("reporting", "SELECT status FROM dossiers WHERE code = $1", walked.code) == 10


async def test_nothing_was_put_aside_on_the_way(walked: Walked, city: City) -> None:
    for service in ("submission", "payment", "civil-registry", "reporting", "gateway"):
        assert await city.count(service, "SELECT count(*) FROM deferred WHERE state = 'parked'") == 0
    assert await city.count("gateway", "SELECT count(*) FROM quarantine") == 0
