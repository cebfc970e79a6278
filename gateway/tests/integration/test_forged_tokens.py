"""Access tokens as forgers make them of ours: none of them lets anybody in, at no door."""

import time
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from pydantic import SecretStr
from starlette.types import Scope

from chassis.auth import Authenticator
from gateway.callers import NotIdentified, caller_of
from gateway.keys import private_key, public_jwk
from gateway.settings import GatewaySettings
from gateway.tests.conftest import Gateway, opened, pem
from tests.support import identities
from tests.support.clients import add_client
from tests.support.tokens import ISSUER, claims_of, p256, unsigned

KEY, EC = Ed25519PrivateKey.generate(), p256()


def request(authorization: str) -> Scope:
    return {"type": "http", "path": "/r1/x", "headers": [(b"authorization", authorization.encode())]}


OWN_PEM = pem()
SIGNER = private_key(OWN_PEM, "KEY")
KID = public_jwk(SIGNER)["kid"]


def token(key: Any = SIGNER, algorithm: str = "EdDSA", kid: str | None = KID, **changes: Any) -> str:
    now = int(time.time())
    whole = {
        "iss": ISSUER, "sub": "portal", "client_id": "portal", "aud": "lienthong", "iat": now, "exp": now + 900,
        "jti": "1", "scope": "gateway:credentials",
    } | changes  # fmt: skip
    return jwt.encode(whole, key, algorithm=algorithm, headers={"kid": kid} if kid else None)


def by_hmac() -> str:
    shown = SIGNER.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    head = unsigned(claims_of(token()), {"alg": "HS256", "kid": KID}).rsplit(".", 1)[0]
    algorithm = jwt.algorithms.HMACAlgorithm(jwt.algorithms.HMACAlgorithm.SHA256)
    return f"{head}.{jwt.utils.base64url_encode(algorithm.sign(head.encode(), shown)).decode()}"


FORGED: dict[str, Callable[[], str]] = {
    "for another audience": lambda: token(aud="another-city"),
    "expired": lambda: token(exp=int(time.time()) - 6),
    "issued in the future": lambda: token(iat=int(time.time()) + 60),
    "alg none": lambda: token("", "none"),
    "hmac with the public key": by_hmac,
    "by a client's own key": lambda: token(KEY),
    "by a client's own key under its own id": lambda: token(KEY, kid=public_jwk(KEY)["kid"]),
    "by the client's key of another kind": lambda: token(EC, "ES256"),
    "without a key id": lambda: token(kid=None),
    "under the key id of another issuer": lambda: token(kid="test-key"),
    "in the name of another issuer": lambda: token(iss=identities.ISSUER),
    "by another issuer's key in our name": lambda: identities.token(claims_of(token())),
    "of a person": lambda: token(SoDinhDanh="001190000001"),
    "of an officer": lambda: token(roles=["operator"]),
    "bound to a certificate not shown": lambda: token(cnf={"x5t#S256": "thumb"}),
    "bound to what nobody knows": lambda: token(cnf={"jkt": "x"}),
    "without a signature": lambda: token().rsplit(".", 1)[0] + ".",
}


@pytest.fixture
async def stand(database_url: SecretStr) -> AsyncIterator[Gateway]:
    """A gateway whose signing key the forger's tests know."""
    settings = GatewaySettings(database_url=database_url, token_key=OWN_PEM, token_issuer=ISSUER, public_url=ISSUER)
    async with opened(settings, {}) as gateway:
        await add_client(gateway.runtime.database, "portal", agency="G15", scopes=["gateway:credentials"])

        async def own_keys() -> Mapping[str, Any]:
            return {"keys": [public_jwk(SIGNER)]}

        sources = {ISSUER: own_keys, **identities.ISSUERS}
        gateway.runtime.authenticator = Authenticator(sources, "lienthong", {ISSUER: ("agency",)})
        yield gateway


@pytest.mark.parametrize("name", FORGED)
async def test_a_forged_token_lets_nobody_in(stand: Gateway, name: str) -> None:
    forged = f"Bearer {FORGED[name]()}"
    assert (await stand.get("/lgsp/v1/credentials", {"Authorization": forged})).status_code == 401
    with pytest.raises(NotIdentified):
        await caller_of(request(forged), stand.runtime)


@pytest.mark.parametrize(("claim", "seconds"), [("exp", 900), ("exp", -3), ("iat", 3)])
async def test_a_true_token_does_and_clocks_may_differ_by_a_few_seconds(
    stand: Gateway, claim: str, seconds: int
) -> None:
    changes: dict[str, Any] = {claim: int(time.time()) + seconds}
    true = f"Bearer {token(**changes)}"
    assert (await stand.get("/lgsp/v1/credentials", {"Authorization": true})).status_code == 200
    assert (await caller_of(request(true), stand.runtime)).token_id == "1"
