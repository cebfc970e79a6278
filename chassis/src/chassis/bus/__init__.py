"""How events travel: through the outbox into the gateway, and from its ledger into inboxes. See docs/adr/0001."""
