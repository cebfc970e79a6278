"""The HTTP API of the civil registry: one router a subject. No rule is decided here."""

from civil_registry.api import accesses, cases, extracts, records, verification

routers = (records.router, extracts.router, cases.router, accesses.router, verification.router)
