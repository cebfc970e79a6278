"""The examples of the guides do what the guides say: the sample dossier is good and late, the sample verifier verifies."""

import base64
import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import parse_qs
from uuid import UUID

import httpx
import jsonschema_rs
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from standardwebhooks import Webhook

from catalog.sources.files import read_json
from catalog.sources.procedures import procedures
from civil_registry.declarations import declarations_of
from contracts.fee_rules import fee_lines, total
from contracts.submission import FeeFacts
from gateway.domain import merkle
from gateway.domain.checkpoint import Checkpoint, Signer, format_vkey, sign
from gateway.domain.entry import EntryLeaf, commit
from sandbox.simulators.people import MOTHER, OFFICER
from submission.api.models import FileRequest
from tests.docs.pages import ROOT
from tests.servers.enclosure import free_ports

EXAMPLES = ROOT / "docs" / "examples"
ORIGIN = "lienthong.hanoi/ledger"
SIGNER = Signer(ORIGIN, Ed25519PrivateKey.generate())
SIZE = 7


def test_the_sample_dossier_can_be_filed_and_costs_the_fee_of_a_late_birth() -> None:
    filed = FileRequest.model_validate_json((EXAMPLES / "birth-dossier.json").read_text(encoding="utf-8"))
    jsonschema_rs.Draft202012Validator(read_json("forms", "birth.schema.json"), validate_formats=True).validate(
        filed.form
    )
    (declaration,) = declarations_of(filed.form, late=True, received_on=date(2026, 10, 8))
    procedure = next(item for item in procedures() if item.code == filed.procedure)
    # The first day of the procedure: on any later day the birth is later still.
    late = FeeFacts(days_since_occurrence=(procedure.valid_from - declaration.child.date_of_birth).days)
    lines = fee_lines(
        procedure.content.fees, late, channel=procedure.content.offerings[0].channels[1], received_on=date(2026, 10, 8)
    )
    assert total(lines) == 5000
    assert filed.applicant is not None
    assert filed.applicant.personal_id == MOTHER.personal_id
    assert filed.unit in OFFICER.units


@pytest.mark.parametrize("index", range(SIZE))
def test_the_sample_verifier_proves_each_entry_of_a_ledger(index: int, tmp_path: Path) -> None:
    with _served(_ledger()) as url:
        said = _verify(url, index, tmp_path)
    assert said.returncode == 0, said.stderr
    assert said.stdout == f"x.v1 stands at position {index} of {SIZE} entries signed by {ORIGIN}.\n"


def _forged_entry(pages: dict[str, str]) -> None:
    name = f"/lgsp/v1/ledger/entries/{_id(2)}"
    pages[name] = pages[name].replace('"x.v1"', '"y.v1"')


def _forged_size(pages: dict[str, str]) -> None:
    name = "/lgsp/v1/ledger/checkpoint"
    pages[name] = pages[name].replace(f"\n{SIZE}\n", f"\n{SIZE + 1}\n")


def _longer_proof(pages: dict[str, str]) -> None:
    name = f"/lgsp/v1/ledger/proof/inclusion?index=2&size={SIZE}"
    proof = json.loads(pages[name])
    pages[name] = json.dumps(proof | {"hashes": [*proof["hashes"], proof["hashes"][0]]})


@pytest.mark.parametrize("forge", [_forged_entry, _forged_size, _longer_proof])
def test_the_sample_verifier_is_not_deceived(forge: object, tmp_path: Path) -> None:
    pages = _ledger()
    assert callable(forge)
    forge(pages)
    with _served(pages) as url:
        said = _verify(url, 2, tmp_path)
    assert said.returncode != 0
    assert said.stdout == ""


def test_the_sample_verifier_stands_alone() -> None:
    imported = re.findall(
        r"^(?:from|import) (\w+)", (EXAMPLES / "verify_inclusion.py").read_text("utf-8"), re.MULTILINE
    )
    assert [name for name in imported if name not in sys.stdlib_module_names] == ["cryptography"]


def test_the_sample_receiver_prints_what_is_signed_once_and_refuses_the_rest() -> None:
    secret, (port,) = "whsec_" + base64.b64encode(bytes(32)).decode(), free_ports(1)
    event = {"id": _id(1), "type": "x.v1", "subject": "H26-1", "data": {"tên": "MẪU"}}
    body, now = json.dumps(event), datetime.now(UTC)
    headers = {
        "webhook-id": _id(1),
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(secret).sign(_id(1), now, body),
    }
    script = EXAMPLES / "webhook_receiver.py"
    with subprocess.Popen([sys.executable, script, str(port), secret], stdout=subprocess.PIPE) as receiver:
        try:
            said = [_posted(port, sent, headers) for sent in (body, body, body + " ")]
        finally:
            receiver.terminate()
        assert receiver.stdout is not None
        printed = receiver.stdout.read().decode()
    assert said == [204, 204, 401]
    assert printed == 'x.v1 H26-1 {"tên": "MẪU"}\n'


def test_the_sample_token_script_asks_with_an_assertion_signed_by_the_key(tmp_path: Path) -> None:
    key = Ed25519PrivateKey.generate()
    pem = tmp_path / "agency.pem"
    pem.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    asked: list[dict[str, list[str]]] = []

    class Endpoint(_Silent):
        def do_POST(self) -> None:
            asked.append(parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode()))
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b'{"access_token": "the-token"}')

    with _listening(Endpoint) as url:
        command = [sys.executable, str(EXAMPLES / "agency_token.py"), url, "first-steps", str(pem), "gateway:read"]
        said = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (said.stdout, said.stderr) == ("the-token\n", "")
    (form,) = asked
    assert (form["grant_type"], form["scope"]) == (["client_credentials"], ["gateway:read"])
    claims = jwt.decode(
        form["client_assertion"][0], key.public_key(), algorithms=["EdDSA"], audience=f"{url}/oauth2/token"
    )
    assert (claims["iss"], claims["sub"]) == ("first-steps", "first-steps")
    assert claims["exp"] - claims["iat"] <= 300
    assert claims["jti"]


def _posted(port: int, body: str, headers: Mapping[str, str]) -> int:
    """The receiver's answer, as soon as it is up."""
    deadline = time.monotonic() + 20
    while True:
        try:
            return httpx.post(f"http://127.0.0.1:{port}/events", content=body.encode(), headers=headers).status_code
        except httpx.ConnectError:
            assert time.monotonic() < deadline, "the receiver did not start"
            time.sleep(0.05)


def _id(index: int) -> str:
    return str(UUID(int=index))


def _ledger() -> dict[str, str]:
    """The answers of a ledger of SIZE entries, by address."""
    leaves = [
        EntryLeaf(_id(index), "x.v1", "somebody", datetime(2026, 10, 8, tzinfo=UTC), commit(bytes(16), b"%d" % index))
        for index in range(SIZE)
    ]
    nodes = {(0, index): leaf.hash for index, leaf in enumerate(leaves)}
    inner = merkle.appended_nodes(0, [leaf.hash for leaf in leaves], {})
    nodes |= {(node.level, node.index): node.hash for node in inner}
    pages = {"checkpoint": sign(Checkpoint(ORIGIN, SIZE, merkle.root(SIZE, nodes)), SIGNER)}
    for index, leaf in enumerate(leaves):
        pages[f"entries/{_id(index)}"] = json.dumps({"position": index, "entry": json.loads(leaf.data)})
        hashes = [base64.b64encode(part).decode() for part in merkle.inclusion_proof(index, SIZE, nodes)]
        pages[f"proof/inclusion?index={index}&size={SIZE}"] = json.dumps({"hashes": hashes})
    return {f"/lgsp/v1/ledger/{name}": page for name, page in pages.items()}


class _Silent(BaseHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the library's
        """Say nothing."""


@contextmanager
def _served(pages: dict[str, str]) -> Iterator[str]:
    class Pages(_Silent):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(pages[self.path].encode())

    with _listening(Pages) as url:
        yield url


@contextmanager
def _listening(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def _verify(url: str, index: int, folder: Path) -> subprocess.CompletedProcess[str]:
    key = folder / "ledger.vkey"
    key.write_text(format_vkey(SIGNER.verifier) + "\n", encoding="utf-8")
    script = EXAMPLES / "verify_inclusion.py"
    return subprocess.run([sys.executable, script, url, _id(index), key], capture_output=True, text=True, check=False)
