"""The HTTP side of the gateway itself: what it keeps and manages (/r1 and /console are apps of their own). Routes decide nothing."""

from gateway.api.access_requests import router as access_requests
from gateway.api.accesses import router as accesses
from gateway.api.cases import router as cases
from gateway.api.credentials import router as credentials
from gateway.api.document_exchange import router as document_exchange
from gateway.api.documentation import router as documentation
from gateway.api.event_types import router as event_types
from gateway.api.events import router as events
from gateway.api.exchanges import router as exchanges
from gateway.api.ledger import router as ledger
from gateway.api.lgsp_token import router as lgsp_token
from gateway.api.national_payment import router as national_payment
from gateway.api.partners import router as partners
from gateway.api.portal import router as portal
from gateway.api.quarantine import router as quarantine
from gateway.api.replays import router as replays
from gateway.api.subscriptions import router as subscriptions
from gateway.api.tiles import router as tiles
from gateway.api.token_state import router as token_state
from gateway.api.tokens import router as tokens

routers = (
    ledger,
    tiles,
    quarantine,
    tokens,
    token_state,
    lgsp_token,
    credentials,
    partners,
    access_requests,
    exchanges,
    subscriptions,
    event_types,
    events,
    replays,
    cases,
    portal,
    document_exchange,
    national_payment,
    accesses,
    documentation,
)

__all__ = ["routers"]
