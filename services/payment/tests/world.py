"""What payment's world does to it in tests: the catalogue publishes, submission submits, VNPAY calls, people pay."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
from sqlalchemy import text

from chassis.clock import SettableClock
from chassis.service import Runtime
from contracts.catalog import ProcedurePublished
from contracts.codes import Channel
from contracts.event import Event
from contracts.submission import DossierSubmitted, FeeFacts
from payment.domain.vnpay import signature
from tests.support import identities
from tests.support.events import inbox_of, recorded, wire

TERMINAL, SECRET, PAY_URL = "LIENTHONG", "payment-test-secret", "https://pay.example/vpcpay.html"
OWNER = "001190000001"
UNIT = "00004"
DOSSIER = "H26-20261012-0000042"

CITIZEN = identities.citizen(OWNER)
CASHIER = identities.officer("cashier", units=[UNIT], subject="cashier-1")


def birth(**changes: Any) -> ProcedurePublished:
    """The published birth registration: 0 within 60 days, else 5,000."""
    return ProcedurePublished.from_example().model_copy(update=changes)


def submitted(
    code: str = DOSSIER, *, days: int = 75, on: date = date(2026, 10, 12), **changes: Any
) -> DossierSubmitted:
    """A birth dossier filed online, `days` after the birth."""
    facts = FeeFacts(days_since_occurrence=days)
    event = DossierSubmitted.from_example().model_copy(
        update={"dossier_code": code, "channel": Channel.ONLINE, "received_on": on, "fee_facts": facts, "owner": OWNER}
    )
    return event.model_copy(update=changes)


def ended(kind: type[Event], code: str = DOSSIER) -> Event:
    """The dossier was refused, withdrawn or stopped."""
    return kind.from_example().model_copy(update={"dossier_code": code})


@dataclass(frozen=True)
class World:
    """One running payment service and the hands that reach into it."""

    runtime: Runtime
    client: httpx.AsyncClient
    clock: SettableClock

    async def deliver(self, *events: Any) -> None:
        """Events come off the bus, each in an envelope of its own, stated now."""
        await inbox_of(self.runtime).deliver([wire(event, at=self.clock.now()) for event in events])

    async def events(self, name: str) -> list[dict[str, Any]]:
        """The bodies of what was stated under that name, oldest first."""
        found = await recorded(self.runtime)
        return [envelope["data"] for envelope in found if envelope["type"].endswith(f".{name}.v1")]

    async def rows(self, query: str) -> list[Any]:
        """What a query finds in the service's database."""
        async with self.runtime.database.begin() as uow:
            return list((await uow.execute(text(query))).all())

    async def owed(self, code: str = DOSSIER) -> str:
        """A late birth dossier was filed; gives the id of its obligation of 5,000."""
        await self.deliver(birth(), submitted(code))
        return str((await self.rows(f"SELECT id FROM obligations WHERE dossier_code = '{code}'"))[0].id)  # noqa: S608

    async def begun(self, obligation: str, key: str = "online-1") -> str:
        """The owner begins to pay online; gives the reference."""
        answer = await self.client.post(
            f"/v1/obligations/{obligation}/online-payments", headers=CITIZEN | {"Idempotency-Key": key}
        )
        assert answer.status_code == 201, answer.text
        return str(answer.json()["reference"])

    async def cash(
        self, obligation: str, *, amount: int = 5000, key: str = "cash-1", by: Any = CASHIER
    ) -> httpx.Response:
        """The cashier takes cash."""
        return await self.client.post(
            f"/v1/obligations/{obligation}/cash-payments",
            json={"amount": amount},
            headers=by | {"Idempotency-Key": key},
        )

    async def ipn(self, reference: str, *, secret: str = SECRET, **changes: str) -> dict[str, str]:
        """VNPAY says what became of a payment: paid, unless `changes` (named without `vnp_`) say otherwise."""
        answer = await self.client.get("/v1/vnpay/ipn", params=said(reference, secret=secret, **changes))
        assert answer.status_code == 200
        body: dict[str, str] = answer.json()
        return body


def said(reference: str, *, secret: str = SECRET, **changes: str) -> dict[str, str]:
    """The signed parameters VNPAY sends to the IPN and, by the payer's browser, to the return address."""
    values = {
        "Amount": "500000",
        "BankCode": "NCB",
        "OrderInfo": "Thanh toan le phi ho so H26-20261012-0000042",
        "PayDate": "20261012100500",
        "ResponseCode": "00",
        "TmnCode": TERMINAL,
        "TransactionNo": "14422574",
        "TransactionStatus": "00",
        "TxnRef": reference,
    } | changes
    parameters = {f"vnp_{name}": value for name, value in values.items()}
    return parameters | {"vnp_SecureHash": signature(parameters.items(), secret)}


def query_of(url: str) -> dict[str, str]:
    """The decoded query of an address."""
    return dict(parse_qsl(urlsplit(url).query))
