"""The LGSP: public origin, event router, ledger, ministry adapters."""
