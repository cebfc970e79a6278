"""What a token may say at this gateway's own API: the role of its operators, the scopes of agencies' systems. Names only."""

OPERATOR = "operator"
READ_SCOPE = "gateway:read"
WRITE_SCOPE = "gateway:write"
EXCHANGES_SCOPE = "gateway:exchanges"
BODIES_SCOPE = "ledger:bodies"
