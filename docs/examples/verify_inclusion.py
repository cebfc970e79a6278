"""Checks that an event stands in the ledger; it needs `cryptography`, nothing of this project, and no trust in its keeper.

    python verify_inclusion.py http://127.0.0.1:8080 EVENT_ID VKEY_FILE

VKEY_FILE holds the ledger's public key, fetched once from /lgsp/v1/ledger/key by a way you trust.
"""
# ruff: noqa: INP001, S310, T201 - a script by itself; it opens the address it is given, and prints what it found

import base64
import hashlib
import json
import sys
from pathlib import Path
from urllib.request import urlopen

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

ledger, event_id = f"{sys.argv[1]}/lgsp/v1/ledger", sys.argv[2]
vkey = Path(sys.argv[3]).read_text(encoding="utf-8").splitlines()[0]


def get(path: str) -> str:
    return str(urlopen(f"{ledger}/{path}").read().decode())


def sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


# 1. The checkpoint: so many entries, this root, and a signature over both (C2SP signed note).
name, _, key = vkey.split("+", 2)
text, signatures = get("checkpoint").rsplit("\n\n", 1)
origin, size, root = text.split("\n")[:3]
line = next(line for line in signatures.splitlines() if line.startswith(f"— {name} "))
signature = base64.b64decode(line.split(" ")[2])[4:]  # the first 4 bytes are the key's id
Ed25519PublicKey.from_public_bytes(base64.b64decode(key)[1:]).verify(signature, f"{text}\n".encode())  # raises if false
if origin != name:
    sys.exit(f"The checkpoint is about another ledger: {origin}")

# 2. The leaf: SHA-256 over 0x00 and the entry as canonical JSON (RFC 8785, RFC 6962).
entry = json.loads(get(f"entries/{event_id}"))
leaf = json.dumps(entry["entry"], ensure_ascii=False, sort_keys=True, separators=(",", ":"))
found = sha256(b"\0" + leaf.encode())

# 3. The proof: from the leaf up, each hash is the sibling on the left or on the right (RFC 9162, 2.1.3.2).
index, last = entry["position"], int(size) - 1
for sibling in map(base64.b64decode, json.loads(get(f"proof/inclusion?index={index}&size={size}"))["hashes"]):
    if last == 0:
        sys.exit("The proof is longer than the way to the root.")
    if index % 2 or index == last:
        found = sha256(b"\1" + sibling + found)
        while index % 2 == 0 and index:
            index, last = index // 2, last // 2
    else:
        found = sha256(b"\1" + found + sibling)
    index, last = index // 2, last // 2
if last or found != base64.b64decode(root):
    sys.exit("The proof does not lead to the signed root.")
print(f"{entry['entry']['type']} stands at position {entry['position']} of {size} entries signed by {name}.")
