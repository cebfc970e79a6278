import base64
import json

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from civil_registry.sealing import Seal, UnusableKey, canonical, read_seal

RECORD = {"tên": "x", "child": {"fullName": "NGUYỄN THỊ MẪU", "sex": 2}, "mother": None}


def private_pem(key: Ed25519PrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


@pytest.fixture
def key() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.generate()


def test_a_record_has_one_spelling_whatever_the_order_of_its_parts() -> None:
    spelled = '{"child":{"fullName":"NGUYỄN THỊ MẪU","sex":2},"mother":null,"tên":"x"}'
    assert canonical(RECORD) == canonical(dict(reversed(RECORD.items()))) == spelled.encode()


def test_a_signed_record_opens_to_what_was_signed(key: Ed25519PrivateKey) -> None:
    seal = Seal.of(private_pem(key))
    signed = seal.sign(RECORD)
    assert signed == seal.sign(RECORD)
    opened = seal.open(signed)
    assert opened is not None
    assert opened.content == RECORD
    assert opened.key_id == seal.key_id == seal.jwks()["keys"][0]["kid"]


def test_a_changed_record_does_not_open(key: Ed25519PrivateKey) -> None:
    seal = Seal.of(private_pem(key))
    head, _, signature = seal.sign(RECORD).split(".")
    forged = base64.urlsafe_b64encode(canonical(RECORD | {"mother": "khác"})).decode().rstrip("=")
    assert seal.open(f"{head}.{forged}.{signature}") is None


def test_an_unsigned_or_foreign_record_does_not_open(key: Ed25519PrivateKey) -> None:
    seal = Seal.of(private_pem(key))
    head = base64.urlsafe_b64encode(json.dumps({"alg": "none", "kid": seal.key_id}).encode()).decode().rstrip("=")
    body = base64.urlsafe_b64encode(canonical(RECORD)).decode().rstrip("=")
    assert seal.open(f"{head}.{body}.") is None
    assert seal.open(Seal.of(private_pem(Ed25519PrivateKey.generate())).sign(RECORD)) is None
    assert seal.open("nonsense") is None


def test_what_a_retired_key_signed_stays_genuine(key: Ed25519PrivateKey) -> None:
    signed = Seal.of(private_pem(key)).sign(RECORD)
    retired = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    successor = Seal.of(private_pem(Ed25519PrivateKey.generate()), [retired])
    assert successor.open(signed) is not None
    assert len(successor.jwks()["keys"]) == 2


def test_a_key_that_cannot_sign_is_refused_with_a_sentence() -> None:
    other = generate_private_key(SECP256R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    for pem in (b"", b"nonsense", other):
        with pytest.raises(UnusableKey, match="record signing key is not"):
            Seal.of(pem)
    with pytest.raises(UnusableKey, match="LIENTHONG_RECORD_SIGNING_KEY"):
        read_seal(None, None, [])
