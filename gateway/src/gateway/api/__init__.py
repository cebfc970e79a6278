"""The HTTP side of the gateway itself: ledger, quarantine, tokens, documentation. Routes decide nothing."""

from gateway.api.documentation import router as documentation
from gateway.api.ledger import router as ledger
from gateway.api.quarantine import router as quarantine
from gateway.api.tokens import router as tokens

routers = (ledger, quarantine, tokens, documentation)

__all__ = ["routers"]
