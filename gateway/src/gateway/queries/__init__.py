"""The SQL of the gateway beside the ledger's own (gateway.ledger): a module for each feature. Nothing is decided here."""
