"""Documents to other agencies and from them, against the simulator on a real socket, whatever it does."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from chassis.ids import new_id
from deploy.sandbox.tests.simulator_kit import served
from gateway.adapters.documents import document_exchange
from gateway.adapters.routes import Routes
from gateway.desks.documents import DocumentDesk
from gateway.domain.connection_mode import Mode, Route
from gateway.domain.edxml import Attached, Document, Organ, encode
from gateway.settings import GatewaySettings
from gateway.tests.conftest import Gateway, opened, pem
from sandbox.simulators.documents import DocumentExchange, create_app
from sandbox.simulators.faults import Fault
from tests.support.counting import counted
from tests.support.identities import agency, citizen, officer

DOCUMENTS = "/lgsp/v1/documents"
OPERATOR = officer("operator")
MINISTRY = agency("gateway:read", "gateway:write", client="G15.hotich")
TOKEN = "documents-token"


@dataclass
class Office:
    """A gateway with its desk, and the exchange it speaks with."""

    gateway: Gateway
    desk: DocumentDesk
    exchange: DocumentExchange

    async def send(self, headers: dict[str, str] = OPERATOR, **changes: Any) -> httpx.Response:
        body = {
            "sender": {"id": "H26", "name": "UBND thành phố Hà Nội"},
            "receivers": [{"id": "G15", "name": "Bộ Tư pháp"}],
            "documentId": "H26-2026-0045",
            "codeNumber": "45",
            "codeNotation": "UBND-VP",
            "place": "Hà Nội",
            "promulgatedOn": "2026-10-12",
            "documentType": "Công văn",
            "subject": "Về việc thử",
            "attachments": [{"name": "a.pdf", "contentType": "application/pdf", "content": "JVBERi0xLjcK"}],
        } | changes
        return await self.gateway.client.post(
            DOCUMENTS, json=body, headers={**headers, "Idempotency-Key": new_id().hex}
        )

    async def state(self, answer: httpx.Response) -> str:
        return str((await self.gateway.get(answer.headers["Location"], OPERATOR)).json()["state"])

    async def due(self) -> None:
        """What waits for its next attempt need wait no longer."""
        await self.gateway.execute("UPDATE document SET next_attempt_at = now()")

    def counts(self, operation: str) -> dict[str, dict[str, int]]:
        counts: Any = self.exchange.desk.report()["counts"]
        found: dict[str, dict[str, int]] = counts.get(operation, {})
        return found


@pytest.fixture
async def office(database_url: SecretStr) -> AsyncIterator[Office]:
    exchange = DocumentExchange(now=lambda: datetime.now(UTC), token=TOKEN)
    with served(create_app(exchange)) as url:
        settings: Any = {
            "database_url": database_url, "ledger_key": pem(), "token_key": pem(), "documents_token": SecretStr(TOKEN),
            "documents_timeout_seconds": 0.5, "documents_poll_seconds": 0.01, "documents_retry_delays": (0.01,),
        }  # fmt: skip
        whole = GatewaySettings(**settings)
        async with opened(whole, {}) as gateway:
            routes = Routes("documents", [Route("documents", Mode.DIRECT, url)], (0.0,), now=lambda: datetime.now(UTC))
            async with document_exchange(routes, whole) as adapter:
                yield Office(gateway, DocumentDesk(gateway.runtime.database, adapter, whole), exchange)


async def test_a_document_goes_out_and_its_delivery_is_known(office: Office) -> None:
    sent = await office.send()
    assert (sent.status_code, sent.json()["state"]) == (202, "queued")
    await office.desk.attend()
    assert await office.state(sent) == "sent"
    (parcel,) = office.exchange.waiting_for("G15")
    office.exchange.acknowledge("G15", parcel.sender, parcel.document_id)
    await office.due()
    await office.desk.attend()
    assert await office.state(sent) == "delivered"
    whole = (await office.gateway.get(sent.headers["Location"], OPERATOR)).json()
    assert whole["attachments"] == [{"number": 1, "name": "a.pdf", "contentType": "application/pdf", "size": 9}]
    file = await office.gateway.get(sent.headers["Location"] + "/attachments/1", OPERATOR)
    assert file.content == b"%PDF-1.7\n"
    xml = await office.gateway.get(sent.headers["Location"] + "/edxml", OPERATOR)
    assert xml.content == parcel.edxml


@pytest.mark.parametrize("mode", ["down", "error", "slow", "lost-answer"])
async def test_whatever_the_exchange_does_a_document_arrives_there_once(office: Office, mode: str) -> None:
    fault_modes = office.exchange.desk.modes
    chosen = (
        mode if mode in fault_modes else next(name for name in sorted(fault_modes) if "lost" in name or "lose" in name)
    )
    office.exchange.desk.script(Fault(mode=chosen, times=3, operation="send", delay_seconds=2))
    sent = await office.send()
    for _ in range(8):
        await office.due()
        await office.desk.attend()
    assert await office.state(sent) == "sent"
    assert office.counts("send")["H26-2026-0045"]["acted"] == 1


async def test_a_refusal_is_kept_in_the_exchanges_words(office: Office) -> None:
    office.exchange.desk.script(Fault(mode="refuse", times=1))
    sent = await office.send()
    await office.desk.attend()
    found = (await office.gateway.get(sent.headers["Location"], OPERATOR)).json()
    assert (found["state"], "mô phỏng" in found["words"]) == ("refused", True)


def incoming(number: int) -> bytes:
    return encode(
        Document(
            Organ("G15", "Bộ Tư pháp"), (Organ("H26", "Hà Nội"),), f"G15-{number}", str(number), "BTP-HTQTCT", "Hà Nội",
            date(2026, 10, 12), "Công văn", f"Về việc thứ {number}", attachments=(Attached("a.txt", "text/plain", b"x"),),
        )
    )  # fmt: skip


async def test_what_comes_in_is_kept_once_and_acknowledged(office: Office) -> None:
    for number in range(3):
        office.exchange.take(incoming(number))
    office.exchange.desk.script(Fault(mode="down", times=1, operation="acknowledge"))
    await office.desk.attend()
    for _ in range(3):
        await office.due()
        await office.desk.attend()
    assert office.exchange.waiting_for("H26") == []
    listed = (await office.gateway.get(DOCUMENTS, OPERATOR, direction="in")).json()["items"]
    assert [(item["documentId"], item["state"]) for item in listed] == [
        (f"G15-{number}", "acknowledged") for number in (2, 1, 0)
    ]
    assert {count["acted"] for count in office.counts("acknowledge").values()} == {1}


async def test_no_paper_follows_a_document_between_agencies(office: Office) -> None:
    """R-215"""
    refused = await office.send(paperFollows=True)
    assert (refused.status_code, refused.json()["type"]) == (422, "/problems/paper-not-allowed")
    assert refused.json()["since"] == "2017-04-01"
    assert await office.gateway.rows("SELECT 1 FROM document") == []


async def test_an_identifier_is_used_once_by_a_sender(office: Office) -> None:
    await office.send()
    again = await office.send(subject="Khác")
    assert (again.status_code, again.json()["type"]) == (409, "/problems/document-already-sent")


async def test_an_agency_sends_and_sees_its_own_only(office: Office) -> None:
    sent = await office.send()
    other = await office.send({**MINISTRY}, documentId="G15-1")
    assert (other.status_code, other.json()["errors"][0]["pointer"]) == (422, "/sender/id")
    own = await office.send(
        {**MINISTRY},
        sender={"id": "G15", "name": "Bộ Tư pháp"},
        receivers=[{"id": "G24", "name": "BHXH"}],
        documentId="G15-1",
    )
    assert own.status_code == 202
    # The one is addressed to G15, the other is from it.
    listed = (await office.gateway.get(DOCUMENTS, MINISTRY)).json()["items"]
    assert {item["documentId"] for item in listed} == {"H26-2026-0045", "G15-1"}
    stranger = agency("gateway:read", client="other")
    await office.gateway.execute("UPDATE document SET from_organ = 'G01', to_organs = '{G02}'")
    for path in (sent.headers["Location"], sent.headers["Location"] + "/edxml"):
        assert (await office.gateway.get(path, stranger)).status_code == 404
    for headers in (citizen(), officer("cashier"), agency("submission:read")):
        assert (await office.gateway.get(DOCUMENTS, headers)).status_code == 403


async def test_a_list_takes_one_statement_of_its_own(office: Office) -> None:
    await office.send()
    await office.gateway.get(DOCUMENTS, OPERATOR)
    with counted(office.gateway.runtime.database) as statements:
        await office.gateway.get(DOCUMENTS, OPERATOR)
    assert len([one for one in statements if "registry" not in str(one)]) == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"documentId": "a b"},
        {"receivers": []},
        {"sender": {"id": "../x", "name": "x"}},
        {"promulgatedOn": "12/10/2026"},
        {"attachments": [{"name": "../a", "contentType": "a/b", "content": ""}]},
        {"attachments": [{"name": "a", "contentType": "a/b", "content": "!"}]},
        {"attachments": [{"name": "a", "contentType": "a/b", "content": ""}] * 51},
        {"subject": "a\x00b"},
        {"subject": ""},
        {"unknown": 1},
    ],
)
async def test_a_document_that_is_none_is_refused(office: Office, changes: dict[str, Any]) -> None:
    assert (await office.send(**changes)).status_code == 422
    assert await office.gateway.rows("SELECT 1 FROM document") == []
