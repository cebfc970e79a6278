"""The document exchange between agencies (trục liên thông văn bản), as far as the sandbox needs it: mailboxes of edXML.

Its HTTP face is its own: the real one is not public. A document counts once by its sender and identifier; the same one
again with other content is refused. Faults of the business: `refuse`.
"""

from dataclasses import dataclass, field
from typing import Annotated, Any

from fastapi import FastAPI, Header, HTTPException, Request, Response
from lxml import etree
from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from sandbox.simulators import faults
from sandbox.simulators.faults import Desk, Operation, install
from sandbox.simulators.hanoi import Now

NS = {"e": "http://www.mic.gov.vn/TBT/QCVN_102_2016"}
SEND, FETCH, ACKNOWLEDGE, STATUS, INBOX = "send", "fetch", "acknowledge", "status", "inbox"


@dataclass
class Parcel:
    """A document under way: who has not fetched it yet, and who has said that it arrived."""

    number: int
    sender: str
    document_id: str
    edxml: bytes
    waiting: set[str]
    arrived: set[str] = field(default_factory=set)


class DocumentExchange:
    """The mailboxes of every organisation."""

    def __init__(self, *, now: Now, token: str) -> None:
        self.token = token
        self.parcels: dict[tuple[str, str], Parcel] = {}
        self.desk = Desk(_OPERATIONS, now=now, business_modes=frozenset({"refuse"}))

    def take(self, edxml: bytes) -> bool:
        """Take a document; True where it is new. Raises ValueError with what is wrong with it."""
        sender, document_id, receivers = _read(edxml)
        known = self.parcels.get((sender, document_id))
        if known is not None:
            if known.edxml != edxml:
                raise ValueError("another document has this identifier")
            return False
        self.parcels[sender, document_id] = Parcel(len(self.parcels) + 1, sender, document_id, edxml, set(receivers))
        self.desk.acted(SEND, document_id)
        return True

    def waiting_for(self, organ: str) -> list[Parcel]:
        """What an organisation has not acknowledged, oldest first."""
        return sorted((one for one in self.parcels.values() if organ in one.waiting), key=lambda one: one.number)

    def acknowledge(self, organ: str, sender: str, document_id: str) -> bool:
        """It arrived there; False where there is no such document for it."""
        parcel = self.parcels.get((sender, document_id))
        if parcel is None or organ not in parcel.waiting | parcel.arrived:
            return False
        if organ in parcel.waiting:
            parcel.waiting.discard(organ)
            parcel.arrived.add(organ)
            self.desk.acted(ACKNOWLEDGE, document_id)
        return True


def _read(edxml: bytes) -> tuple[str, str, list[str]]:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        root = etree.fromstring(edxml, parser)
    except etree.XMLSyntaxError as wrong:
        raise ValueError("not XML") from wrong
    header = root.find("e:edXMLEnvelope/e:edXMLHeader/e:MessageHeader", NS)
    sender = header.findtext("e:From/e:OrganId", None, NS) if header is not None else None
    document_id = header.findtext("e:DocumentId", None, NS) if header is not None else None
    receivers = [to.text or "" for to in header.findall("e:To/e:OrganId", NS)] if header is not None else []
    if not (sender and document_id and receivers):
        raise ValueError("From, To and DocumentId are needed")
    return sender, document_id, receivers


class _Body(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid")


class StatusQuestion(_Body):
    """Which documents of an organisation are asked after."""

    organ: str
    documents: list[str] = Field(max_length=100)


class Acknowledgement(_Body):
    """That a document arrived."""

    organ: str
    sender: str
    document_id: str


def _of_body(name: str) -> Any:
    def keys(request: faults.Request) -> list[str]:
        body = request.json()
        return [str(body.get(name, ""))] if isinstance(body, dict) else [""]

    return keys


def _of_xml(request: faults.Request) -> list[str]:
    try:
        return [_read(request.body)[1]]
    except ValueError:
        return [""]


_OPERATIONS = (
    Operation(SEND, "POST", "/documents", _of_xml),
    Operation(STATUS, "POST", "/status", _of_body("organ")),
    Operation(INBOX, "GET", "/inbox", lambda request: [request.query.get("organ", "")]),
    Operation(FETCH, "GET", "/inbox/document", lambda request: [request.query.get("id", "")]),
    Operation(ACKNOWLEDGE, "POST", "/acknowledgements", _of_body("documentId")),
)


def create_app(exchange: DocumentExchange) -> FastAPI:  # noqa: C901 - one route after the other
    """The exchange as agencies see it."""
    app = FastAPI(title="Mô phỏng: trục liên thông văn bản", version="1")

    def allowed(authorization: str) -> None:
        if authorization != f"Bearer {exchange.token}":
            raise HTTPException(401, "a token is needed")

    Authorization = Annotated[str, Header()]  # noqa: N806 - a type

    @app.post("/documents", status_code=201)
    async def send(request: Request, response: Response, authorization: Authorization = "") -> dict[str, str]:
        """201 new, 200 had already, 409 another under that identifier, 400 not edXML."""
        allowed(authorization)
        if exchange.desk.take(SEND, "refuse"):
            raise HTTPException(422, "theo kịch bản mô phỏng")
        try:
            if not exchange.take(await request.body()):
                response.status_code = 200
        except ValueError as wrong:
            raise HTTPException(409 if "identifier" in str(wrong) else 400, str(wrong)) from wrong
        return {"status": "taken"}

    @app.post("/status")
    async def status(question: StatusQuestion, authorization: Authorization = "") -> dict[str, str]:
        """`delivered` once every receiver has it; nothing said of the others."""
        allowed(authorization)
        asked = [(name, exchange.parcels.get((question.organ, name))) for name in question.documents]
        return {name: "delivered" for name, parcel in asked if parcel is not None and not parcel.waiting}

    @app.get("/inbox")
    async def inbox(organ: str, limit: int = 50, authorization: Authorization = "") -> dict[str, list[str]]:
        """What waits for an organisation."""
        allowed(authorization)
        return {"waiting": [str(parcel.number) for parcel in exchange.waiting_for(organ)[:limit]]}

    @app.get("/inbox/document")
    async def fetch(organ: str, id: str, authorization: Authorization = "") -> Response:  # noqa: A002 - the wire name
        """One of those."""
        allowed(authorization)
        for parcel in exchange.waiting_for(organ):
            if str(parcel.number) == id:
                return Response(parcel.edxml, media_type="application/xml")
        raise HTTPException(404, "nothing of that number waits")

    @app.post("/acknowledgements", status_code=204)
    async def acknowledge(said: Acknowledgement, authorization: Authorization = "") -> None:
        """Safe to say twice."""
        allowed(authorization)
        if not exchange.acknowledge(said.organ, said.sender, said.document_id):
            raise HTTPException(404, "no such document")

    install(app, exchange.desk)
    return app
