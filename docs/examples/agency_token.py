"""Prints an access token for an agency's system that proves itself by its key (private_key_jwt): ORIGIN CLIENT_ID KEY.pem [SCOPE …]."""
# ruff: noqa: INP001, S310, T201 - a script by itself; it opens the address it is given, and prints the token

import json
import sys
import time
import uuid
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import urlopen

import jwt

origin, client, key, *scopes = sys.argv[1:]
endpoint, now = f"{origin}/oauth2/token", int(time.time())
claims = {"iss": client, "sub": client, "aud": endpoint, "iat": now, "exp": now + 60, "jti": str(uuid.uuid4())}
form = {
    "grant_type": "client_credentials",
    "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    "client_assertion": jwt.encode(claims, Path(key).read_text(encoding="ascii"), algorithm="EdDSA"),
    **({"scope": " ".join(scopes)} if scopes else {}),
}
with urlopen(endpoint, urlencode(form).encode(), timeout=10) as answer:
    print(json.load(answer)["access_token"])
