"""A witness of transparency logs (C2SP tlog-witness), written from the specification alone. It knows nothing of the city's code.

It keeps, of each log, the last tree it cosigned, and signs a newer one only with a proof that it grew out of that. So it
tells a ledger that rewrote its history from one that only grew. A log it does not know is taken up with the key it is first
told of, by `PUT /logs/{vkey}`. Faults of the business: `forget` (it lost its memory: it takes every ledger for a new one),
`wrong` (its signature is false).
"""

import base64
import hashlib
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from fastapi import FastAPI, HTTPException, Response
from fastapi import Request as HttpRequest

from sandbox.simulators.faults import Desk, Operation, Request, install
from sandbox.simulators.hanoi import Now

ADD = "add-checkpoint"
_DASH = "— "
_MOST_PROOF_LINES = 63


class Refused(Exception):
    """What a request is answered with instead of a cosignature."""

    def __init__(self, status: int, body: str = "", content_type: str = "text/plain") -> None:
        super().__init__(body)
        self.status, self.body, self.content_type = status, body, content_type


@dataclass(frozen=True)
class Log:
    """A log that is watched: its key, and the tree that was cosigned last."""

    public_key: bytes
    key_id: bytes
    size: int = 0
    root: bytes = hashlib.sha256(b"").digest()


@dataclass(frozen=True)
class Submission:
    """A request to add a checkpoint, taken apart."""

    old: int
    proof: Sequence[bytes]
    text: str
    signatures: Sequence[str]

    @property
    def tree(self) -> tuple[str, int, bytes]:
        """Origin, size and root."""
        origin, size, root = self.text.split("\n")[:3]
        return origin, int(size), base64.b64decode(root, validate=True)


class Witness:
    """One witness with its key and its memory."""

    def __init__(self, *, now: Now, random: Random, name: str = "witness.sandbox/w1") -> None:
        self.name = name
        self._key = Ed25519PrivateKey.from_private_bytes(random.randbytes(32))
        self._now = now
        self.logs: dict[str, Log] = {}
        self.desk = Desk(
            (Operation(ADD, "POST", "/add-checkpoint", _origins),),
            now=now,
            business_modes=frozenset({"forget", "wrong"}),
        )

    @property
    def vkey(self) -> str:
        """The public key, as those who trust this witness keep it."""
        typed = b"\x04" + self._key.public_key().public_bytes_raw()
        return f"{self.name}+{self._key_id.hex()}+{base64.b64encode(typed).decode()}"

    @property
    def _key_id(self) -> bytes:
        typed = b"\x04" + self._key.public_key().public_bytes_raw()
        return hashlib.sha256(self.name.encode() + b"\n" + typed).digest()[:4]

    def watch(self, vkey: str) -> None:
        """Take up a log by its key. Raises ValueError."""
        origin, key_id, encoded = vkey.split("+", 2)
        key = base64.b64decode(encoded, validate=True)
        if key[:1] != b"\x01" or len(key) != 33:
            raise ValueError("a log's key is of type 0x01")
        if origin not in self.logs:
            self.logs[origin] = Log(key[1:], bytes.fromhex(key_id))

    def add(self, body: str) -> str:
        """Cosign a checkpoint, if it grew out of the last one. Raises Refused."""
        submission = _parsed(body)
        origin, size, root = submission.tree
        log = self.logs.get(origin)
        if log is None:
            raise Refused(404)
        if not any(_is_signed(submission.text, line, origin, log) for line in submission.signatures):
            raise Refused(403)
        if self.desk.take(ADD, "forget"):
            log = Log(log.public_key, log.key_id)
        if submission.old > size:
            raise Refused(400)
        if submission.old != log.size:
            raise Refused(409, f"{log.size}\n", "text/x.tlog.size")
        if size == log.size and root != log.root:
            raise Refused(409)
        if not _grew(log, size, root, submission.proof):
            raise Refused(422)
        self.logs[origin] = Log(log.public_key, log.key_id, size, root)
        self.desk.acted(ADD, origin)
        return self._cosigned(submission.text)

    def _cosigned(self, text: str) -> str:
        seconds = int(self._now().timestamp())
        signed = self._key.sign(f"cosignature/v1\ntime {seconds}\n{text}".encode())
        if self.desk.take(ADD, "wrong"):
            signed = signed[::-1]
        encoded = base64.b64encode(self._key_id + struct.pack(">Q", seconds) + signed).decode()
        return f"{_DASH}{self.name} {encoded}\n"


def _origins(request: Request) -> list[str]:
    lines = request.body.decode(errors="replace").partition("\n\n")[2].split("\n")
    return lines[:1]


def _parsed(body: str) -> Submission:
    head, _, note = body.partition("\n\n")
    text, blank, signatures = note.rpartition("\n\n")
    old, *proof = head.split("\n")
    word, _, size = old.partition(" ")
    try:
        if not blank or word != "old" or str(int(size)) != size or len(proof) > _MOST_PROOF_LINES:
            raise Refused(400)
        hashes = [base64.b64decode(line, validate=True) for line in proof]
        submission = Submission(int(size), hashes, text + "\n", signatures.rstrip("\n").split("\n"))
        _ = submission.tree
    except ValueError:
        raise Refused(400) from None
    return submission


def _is_signed(text: str, line: str, origin: str, log: Log) -> bool:
    name, _, encoded = line.removeprefix(_DASH).partition(" ")
    try:
        signature = base64.b64decode(encoded, validate=True)
        if name != origin or signature[:4] != log.key_id:
            return False
        Ed25519PublicKey.from_public_bytes(log.public_key).verify(signature[4:], text.encode())
    except (ValueError, InvalidSignature):
        return False
    return True


def _grew(log: Log, size: int, root: bytes, proof: Sequence[bytes]) -> bool:
    """RFC 6962 §2.1.2, by its recursion: the two roots are made anew from the proof and held against those known."""
    if size < log.size:
        return False
    if log.size in {0, size}:
        return not proof and (log.size == 0 or root == log.root)
    rest = list(proof)
    try:
        old_root, new_root = _roots(log.size, size, rest, log.root, whole=True)
    except IndexError:
        return False
    return not rest and old_root == log.root and new_root == root


def _roots(old: int, new: int, proof: list[bytes], known: bytes, *, whole: bool) -> tuple[bytes, bytes]:
    """SUBPROOF(old, D[new], whole), read from its end: the roots of the first `old` leaves and of all `new`."""
    if old == new:
        same = known if whole else proof.pop()
        return same, same
    left = 1 << ((new - 1).bit_length() - 1)
    sibling = proof.pop()
    if old <= left:
        old_root, left_root = _roots(old, left, proof, known, whole=whole)
        return old_root, _node(left_root, sibling)
    old_right, new_right = _roots(old - left, new - left, proof, known, whole=False)
    return _node(sibling, old_right), _node(sibling, new_right)


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def create_app(witness: Witness) -> FastAPI:
    """The witness as logs see it, and its key for those who are to trust it."""
    app = FastAPI(title="Mô phỏng: nhân chứng của sổ cái", version="1")

    @app.post("/add-checkpoint")
    async def add_checkpoint(request: HttpRequest) -> Response:
        """Cosign a checkpoint."""
        try:
            return Response(witness.add((await request.body()).decode()), media_type="text/plain")
        except Refused as refused:
            return Response(refused.body, refused.status, media_type=refused.content_type)
        except UnicodeDecodeError:
            return Response(status_code=400)

    @app.get("/vkey")
    async def vkey() -> Response:
        """The key to trust this witness by."""
        return Response(f"{witness.vkey}\n", media_type="text/plain")

    @app.put("/logs/{vkey:path}", status_code=204)
    async def watch(vkey: str) -> None:
        """Watch a log from now on."""
        try:
            witness.watch(vkey)
        except ValueError as wrong:
            raise HTTPException(422, "a key reads name+keyid+base64, of type 0x01") from wrong

    @app.get("/logs")
    async def logs() -> dict[str, int]:
        """The logs it watches, and the size each was last cosigned at."""
        return {origin: log.size for origin, log in witness.logs.items()}

    install(app, witness.desk)
    return app
