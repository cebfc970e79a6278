"""What a credential may be, and when it counts."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from chassis.certificates import thumbprint_of
from gateway.client_secrets import hash_secret, secret_matches
from gateway.domain.credentials import (
    Credential,
    Kind,
    Standing,
    UnusableCredential,
    is_the_last,
    normalised,
    public_members,
)
from gateway.keys import public_jwk
from tests.support.tokens import certificate, jwk_of, p256

NOW = datetime(2026, 10, 12, 3, tzinfo=UTC)
DAY = timedelta(days=1)
ED = jwk_of(Ed25519PrivateKey.generate())
EC = jwk_of(p256())


def credential(number: int, **changes: Any) -> Credential:
    whole: dict[str, Any] = {"valid_from": NOW - DAY, "valid_to": None, "revoked_at": None} | changes
    return Credential(UUID(int=number), "portal", Kind.SECRET, "", "x", created_at=NOW, **whole)


@pytest.mark.parametrize(
    ("changes", "standing"),
    [
        ({}, Standing.VALID),
        ({"valid_from": NOW}, Standing.VALID),
        ({"valid_from": NOW + DAY}, Standing.WAITING),
        ({"valid_to": NOW + DAY}, Standing.VALID),
        ({"valid_to": NOW}, Standing.EXPIRED),
        ({"revoked_at": NOW - DAY, "valid_to": NOW}, Standing.REVOKED),
    ],
)
def test_a_credential_counts_from_its_first_moment_until_its_last(changes: dict[str, Any], standing: Standing) -> None:
    assert credential(1, **changes).standing(NOW) is standing


def test_one_is_the_last_if_no_other_is_valid_now() -> None:
    waiting, over, valid = credential(2, valid_from=NOW + DAY), credential(3, valid_to=NOW), credential(4)
    assert is_the_last(credential(1), [credential(1), waiting, over], NOW)
    assert not is_the_last(credential(1), [credential(1), waiting, valid], NOW)
    assert not is_the_last(over, [over], NOW)


def test_a_public_key_is_kept_by_the_members_that_matter_and_its_thumbprint() -> None:
    named = ED | {"kid": "mine", "use": "sig", "alg": "EdDSA"}
    assert normalised(Kind.JWK, json.dumps(named)) == normalised(Kind.JWK, json.dumps(ED, indent=1))
    assert public_members(json.dumps(EC)).keys() == {"kty", "crv", "x", "y", "kid"}


def test_a_thumbprint_is_that_of_rfc_7638() -> None:
    key = Ed25519PrivateKey.generate()
    assert public_members(json.dumps(jwk_of(key)))["kid"] == public_jwk(key)["kid"]


@pytest.mark.parametrize(
    "jwk",
    [
        "",
        "{",
        "[]",
        "[" * 20_000,
        "{}",
        json.dumps(ED | {"d": "x"}),
        json.dumps({"kty": "oct", "k": "c2VjcmV0"}),
        json.dumps({"kty": "RSA", "n": "x", "e": "AQAB"}),
        json.dumps(ED | {"crv": "X25519"}),
        json.dumps(ED | {"x": "short"}),
        json.dumps(ED | {"x": 5}),
        json.dumps(ED | {"kty": "EC"}),
        json.dumps(EC | {"crv": "P-384"}),
        json.dumps(EC | {"y": EC["x"]}),
        json.dumps({name: value for name, value in EC.items() if name != "y"}),
    ],
    ids=lambda _: "jwk",  # keys are made anew each time, and a test keeps its name
)
def test_what_is_no_public_key_of_ours_is_refused(jwk: str) -> None:
    with pytest.raises(UnusableCredential):
        normalised(Kind.JWK, jwk)


def test_a_certificate_is_kept_as_its_thumbprint() -> None:
    pem, _ = certificate()
    thumb = normalised(Kind.CERTIFICATE, pem)
    assert normalised(Kind.CERTIFICATE, thumb) == thumb == thumbprint_of(pem)
    for wrong in ("", "x", thumb[:-1], "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----", "\ud800"):
        with pytest.raises(UnusableCredential):
            normalised(Kind.CERTIFICATE, wrong)


def test_a_secret_is_kept_as_a_hash_of_our_own_cost_and_never_as_itself() -> None:
    kept = hash_secret("s3cret")
    assert normalised(Kind.SECRET, kept) == kept
    assert secret_matches("s3cret", kept)
    assert not secret_matches("s3crets", kept)
    assert hash_secret("s3cret") != kept
    for wrong in ("s3cret", kept.replace("$16384$", "$9999999$"), kept.replace("scrypt", "plain")):
        with pytest.raises(UnusableCredential):
            normalised(Kind.SECRET, wrong)
