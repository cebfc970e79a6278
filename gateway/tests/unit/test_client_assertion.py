"""Client assertions (RFC 7523) as clients make them, and as forgers do."""

import json
from collections.abc import Callable
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from gateway.domain.client_assertion import LEEWAY_SECONDS, Assertion, NotProven, claimed_client, proven
from gateway.domain.credentials import public_members
from tests.support.tokens import ENDPOINT, ISSUER, jwk_of, p256, unsigned

NOW = 1_791_774_000
KEY, OTHER, EC = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate(), p256()
GOOD = {"iss": "portal", "sub": "portal", "aud": ENDPOINT, "iat": NOW, "exp": NOW + 60, "jti": "1"}


def kept(*keys: Any) -> list[dict[str, str]]:
    return [public_members(json.dumps(jwk_of(key))) for key in keys]


def signed(key: Any = KEY, algorithm: str = "EdDSA", kid: str | None = None, **claims: Any) -> str:
    whole = {name: value for name, value in (GOOD | claims).items() if value is not None}
    # Not jwt.encode: it would refuse to make some of what forgers make.
    return jwt.PyJWS().encode(json.dumps(whole).encode(), key, algorithm, headers={"kid": kid} if kid else None)


def judge(assertion: str, *keys: Any) -> Assertion:
    return proven(assertion, kept(*(keys or (KEY, EC))), {ENDPOINT, ISSUER}, NOW)


@pytest.mark.parametrize(
    "assertion",
    [
        signed(),
        signed(aud=ISSUER),
        signed(aud=[ENDPOINT]),
        signed(EC, "ES256"),
        signed(kid=kept(KEY)[0]["kid"]),
        signed(exp=NOW + 300),
        signed(iat=None),
        signed(nbf=NOW),
    ],
)
def test_a_good_assertion_proves_its_client(assertion: str) -> None:
    assert judge(assertion).client_id == "portal"


@pytest.mark.parametrize("skew", [-LEEWAY_SECONDS, LEEWAY_SECONDS])
def test_clocks_may_differ_by_the_leeway_either_way(skew: int) -> None:
    assert judge(signed(iat=NOW + skew, nbf=NOW + skew, exp=NOW + skew + 300)).jti == "1"
    beyond = LEEWAY_SECONDS + 1
    wrongs: list[dict[str, Any]] = [
        {"exp": NOW - beyond}, {"iat": NOW + beyond}, {"nbf": NOW + beyond}, {"exp": NOW + 300 + beyond},
    ]  # fmt: skip
    for wrong in wrongs:
        with pytest.raises(NotProven):
            judge(signed(**wrong))


def test_it_must_be_remembered_for_as_long_as_it_could_be_used_again() -> None:
    forget_at = judge(signed()).forget_at
    with pytest.raises(NotProven):
        proven(signed(), kept(KEY), {ENDPOINT}, forget_at)


PEM = EC.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def hmac_with(secret: bytes) -> str:
    head = unsigned(GOOD, {"alg": "HS256"}).rsplit(".", 1)[0]
    algorithm = jwt.algorithms.HMACAlgorithm(jwt.algorithms.HMACAlgorithm.SHA256)
    return f"{head}.{jwt.utils.base64url_encode(algorithm.sign(head.encode(), secret)).decode()}"


FORGED: dict[str, Callable[[], str]] = {
    "for another audience": lambda: signed(aud="https://other.test/oauth2/token"),
    "for another audience too": lambda: signed(aud=[ENDPOINT, "https://other.test"]),
    "for no audience": lambda: signed(aud=None),
    "audience a number": lambda: signed(aud=5),
    "expired": lambda: signed(exp=NOW - LEEWAY_SECONDS),
    "without expiry": lambda: signed(exp=None),
    "expiry a text": lambda: signed(exp=str(NOW + 60)),
    "expiry true": lambda: signed(exp=True),
    "expiry endless": lambda: signed(exp=10**30),
    "without a jti": lambda: signed(jti=None),
    "jti empty": lambda: signed(jti=""),
    "jti with a NUL": lambda: signed(jti="a\x00"),
    "jti half a surrogate": lambda: signed(jti="\ud800"),
    "jti endless": lambda: signed(jti="x" * 201),
    "jti a number": lambda: signed(jti=1),
    "another issuer than subject": lambda: signed(iss="other"),
    "subject a list": lambda: signed(sub=["portal"], iss=["portal"]),
    "by another key": lambda: signed(OTHER),
    "by another key under our key's id": lambda: signed(OTHER, kid=kept(KEY)[0]["kid"]),
    "by our key under another id": lambda: signed(kid="x"),
    "by a P-384 key": lambda: signed(ec.generate_private_key(ec.SECP384R1()), "ES384"),
    "alg none": lambda: jwt.encode(GOOD, "", algorithm="none"),
    "hmac with the public key": lambda: hmac_with(PEM),
    "hmac with the empty key": lambda: hmac_with(b""),
    "tampered": lambda: signed()[:-4] + "AAAA",
    "EdDSA said, ES256 signed": lambda: unsigned(GOOD, {"alg": "EdDSA"}),
    "algorithm a list": lambda: unsigned(GOOD, {"alg": ["EdDSA"]}),
    "key id a list": lambda: unsigned(GOOD, {"alg": "EdDSA", "kid": ["x"]}),
    "no JWT": lambda: "x",
    "empty": lambda: "",
    "deep as a well": lambda: "eyJhbGciOiJFZERTQSJ9." + jwt.utils.base64url_encode(b"[" * 5000).decode() + ".eHg",
    "too long": lambda: signed(more="x" * 9000),
}


@pytest.mark.parametrize("name", FORGED)
def test_an_assertion_proves_nobody_if(name: str) -> None:
    with pytest.raises(NotProven):
        judge(FORGED[name]())


def test_of_a_client_without_keys_nothing_is_proven() -> None:
    assert claimed_client(signed()) == "portal"
    with pytest.raises(NotProven):
        proven(signed(), [], {ENDPOINT}, NOW)
