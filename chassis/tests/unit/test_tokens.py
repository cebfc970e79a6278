"""Bearer tokens as forgers make them, and issuers whose keys change or cannot be read."""

import asyncio
import base64
import json
import time
from collections.abc import Callable, Mapping
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.algorithms import ECAlgorithm, OKPAlgorithm

from chassis import auth
from chassis.auth import Authenticator, Kind
from chassis.problems import Unauthorized, Unavailable

HERE, OTHER, AUDIENCE = "https://issuer.test", "https://other.test", "lienthong"
KEY, NEXT, ELSEWHERE = (Ed25519PrivateKey.generate() for _ in range(3))


def public(key: Ed25519PrivateKey, kid: str, **more: str) -> dict[str, Any]:
    return OKPAlgorithm.to_jwk(key.public_key(), as_dict=True) | {"kid": kid, "alg": "EdDSA"} | more


class Keys:
    """An issuer's JWKS that can be changed, counted and taken away."""

    def __init__(self, *keys: Any) -> None:
        self.keys: Any = list(keys)
        self.reads = 0
        self.failure: Exception | None = None

    async def __call__(self) -> Mapping[str, Any]:
        self.reads += 1
        if self.failure is not None:
            raise self.failure
        return {"keys": self.keys}


@pytest.fixture
def keys() -> Keys:
    return Keys(public(KEY, "a"))


@pytest.fixture
def authenticator(keys: Keys) -> Authenticator:
    return Authenticator({HERE: keys, OTHER: Keys(public(ELSEWHERE, "o"))}, AUDIENCE)


def age(authenticator: Authenticator, seconds: float) -> None:
    """As if everything it knows had been learnt so much earlier."""
    for issuer in authenticator._issuers.values():
        issuer._read_at -= seconds
        issuer._tried_at -= seconds
    for token, (until, principal) in authenticator._seen.items():
        authenticator._seen[token] = (until - seconds, principal)


def claims(**more: Any) -> dict[str, Any]:
    now = int(time.time())
    whole = {"iss": HERE, "aud": AUDIENCE, "sub": "client-1", "iat": now, "exp": now + 7200, "scope": "toy:read"} | more
    return {name: value for name, value in whole.items() if value is not None}


def signed(key: Any = KEY, kid: str | None = "a", algorithm: str = "EdDSA", **more: Any) -> str:
    return jwt.encode(claims(**more), key, algorithm=algorithm, headers={"kid": kid} if kid else None)


def raw(header: bytes, payload: bytes, signature: bytes = b"x") -> str:
    return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in (header, payload, signature))


def hmac_with_the_public_key() -> str:
    pem = KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    head = raw(json.dumps({"alg": "HS256", "kid": "a"}).encode(), json.dumps(claims()).encode()).rsplit(".", 1)[0]
    algorithm = jwt.algorithms.HMACAlgorithm(jwt.algorithms.HMACAlgorithm.SHA256)
    return f"{head}.{base64.urlsafe_b64encode(algorithm.sign(head.encode(), pem)).decode().rstrip('=')}"


EC = ec.generate_private_key(ec.SECP256R1())
HEADER = json.dumps({"alg": "EdDSA", "kid": "a"}).encode()
FORGED: dict[str, Callable[[], str]] = {
    "expired": lambda: signed(exp=int(time.time()) - 6),
    "not yet valid": lambda: signed(nbf=int(time.time()) + 60),
    "issued tomorrow": lambda: signed(iat=int(time.time()) + 86400),
    "for another audience": lambda: signed(aud="elsewhere"),
    "for no audience": lambda: signed(aud=None),
    "without expiry": lambda: signed(exp=None),
    "without subject": lambda: signed(sub=None),
    "without issuer": lambda: signed(iss=None),
    "of an unknown issuer": lambda: signed(iss="https://evil.test"),
    "of another issuer by our key": lambda: signed(iss=OTHER),
    "of ours by another issuer's key": lambda: signed(ELSEWHERE, "o"),
    "signed by another key": lambda: signed(NEXT),
    "with an unknown key": lambda: signed(NEXT, "b"),
    "without a key id": lambda: signed(kid=None),
    "of another algorithm than the key's": lambda: signed(EC, "a", "ES256"),
    "alg none": lambda: jwt.encode(claims(), "", algorithm="none", headers={"kid": "a"}),
    "hmac with the public key": hmac_with_the_public_key,
    "tampered": lambda: signed()[:-4] + "AAAA",
    "header deep as a well": lambda: raw(b"[" * 20_000, b"{}"),
    "payload deep as a well": lambda: raw(HEADER, b'{"iss":' + b"[" * 20_000),
    "issuer a list": lambda: raw(HEADER, b'{"iss": ["x"]}'),
    "issuer an object": lambda: raw(HEADER, b'{"iss": {}}'),
    "payload a list": lambda: raw(HEADER, b"[]"),
    "payload a number of many digits": lambda: raw(HEADER, b"9" * 10_000),
    "header a string": lambda: raw(b'"x"', b"{}"),
    "algorithm a list": lambda: raw(b'{"alg": ["EdDSA"], "kid": "a"}', json.dumps({"iss": HERE}).encode()),
    "half a surrogate": lambda: raw(HEADER, b'{"iss": "\\ud800"}'),
    "roles a string": lambda: signed(roles="one-stop-officer"),
    "roles a number": lambda: signed(roles=5),
    "units a string": lambda: signed(roles=["x"], units="00001"),
}


@pytest.mark.parametrize("name", FORGED)
async def test_a_token_is_not_taken_if(authenticator: Authenticator, name: str) -> None:
    with pytest.raises(Unauthorized):
        await authenticator.principal(FORGED[name]())


async def test_a_good_token_is_taken(authenticator: Authenticator) -> None:
    principal = await authenticator.principal(signed())
    assert (principal.kind, principal.subject, principal.scopes) == (Kind.AGENCY, "client-1", frozenset({"toy:read"}))


async def test_es256_is_taken_too(keys: Keys, authenticator: Authenticator) -> None:
    keys.keys = [ECAlgorithm.to_jwk(EC.public_key(), as_dict=True) | {"kid": "e", "alg": "ES256"}]
    assert (await authenticator.principal(signed(EC, "e", "ES256"))).kind is Kind.AGENCY


async def test_a_token_taken_before_is_not_taken_after_its_expiry(authenticator: Authenticator) -> None:
    token = signed(exp=int(time.time()) - 4)  # within the leeway for clocks that differ
    await authenticator.principal(token)
    assert authenticator._seen[token][0] < time.time()
    async with asyncio.timeout(10):
        while time.time() < json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))["exp"] + 5:
            await asyncio.sleep(0.05)
    with pytest.raises(Unauthorized):
        await authenticator.principal(token)


async def test_a_key_taken_back_stops_counting_within_five_minutes_for_tokens_seen_before_too(
    keys: Keys, authenticator: Authenticator
) -> None:
    token = signed()
    await authenticator.principal(token)
    keys.keys = [public(NEXT, "b")]
    age(authenticator, 301)
    with pytest.raises(Unauthorized):
        await authenticator.principal(token)
    assert (await authenticator.principal(signed(NEXT, "b"))).subject == "client-1"


async def test_a_new_key_is_found_when_it_shows_up_but_unknown_ones_do_not_make_us_ask_each_time(
    keys: Keys, authenticator: Authenticator
) -> None:
    await authenticator.principal(signed())
    for _ in range(5):
        with pytest.raises(Unauthorized):
            await authenticator.principal(signed(NEXT, "b"))
    assert keys.reads == 1
    keys.keys.append(public(NEXT, "b"))
    age(authenticator, 11)
    assert (await authenticator.principal(signed(NEXT, "b"))).subject == "client-1"
    assert keys.reads == 2


async def test_requests_that_come_while_the_first_keys_are_read_wait_for_them(keys: Keys) -> None:
    may_answer = asyncio.Event()

    async def slow() -> Mapping[str, Any]:
        await may_answer.wait()
        return await keys()

    authenticator = Authenticator({HERE: slow}, AUDIENCE)
    asking = [asyncio.create_task(authenticator.principal(signed())) for _ in range(5)]
    await asyncio.sleep(0)
    may_answer.set()
    assert [principal.subject for principal in await asyncio.gather(*asking)] == ["client-1"] * 5
    assert keys.reads == 1


@pytest.mark.parametrize("failure", [OSError(), ValueError(), KeyError("keys"), TypeError()])
async def test_while_keys_cannot_be_read_those_known_count_for_an_hour_and_others_are_503(
    keys: Keys, authenticator: Authenticator, failure: Exception
) -> None:
    await authenticator.principal(signed())
    keys.failure = failure
    age(authenticator, 600)
    assert (await authenticator.principal(signed())).subject == "client-1"
    for _ in range(5):
        with pytest.raises(Unavailable):
            await authenticator.principal(signed(NEXT, "b"))
    assert keys.reads == 2
    age(authenticator, 3100)
    with pytest.raises(Unavailable):
        await authenticator.principal(signed())


async def test_one_broken_key_does_not_take_the_others_along(keys: Keys, authenticator: Authenticator) -> None:
    keys.keys = [
        {"kid": "x", "alg": "EdDSA", "kty": "oct", "k": "AA"},
        {"alg": "EdDSA"},
        {"kid": "r", "alg": "RS256"},
        *keys.keys,
    ]
    assert (await authenticator.principal(signed())).subject == "client-1"


async def test_what_a_jwks_should_be_but_is_not_is_503(keys: Keys, authenticator: Authenticator) -> None:
    keys.keys = 5
    with pytest.raises(Unavailable):
        await authenticator.principal(signed())


async def test_the_memory_of_tokens_is_bounded(authenticator: Authenticator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(auth, "_CACHE", 3)
    for number in range(5):
        await authenticator.principal(signed(sub=str(number)))
    assert len(authenticator._seen) == 3


@pytest.mark.parametrize(("acr", "level"), [("LoA2", 2), ("1", 1), ("LoA9", 0), ("LoA²", 0), (None, 0), ([], 0)])
async def test_a_citizen_has_the_assurance_the_token_gives_and_else_none(
    authenticator: Authenticator, acr: object, level: int
) -> None:
    principal = await authenticator.principal(signed(SoDinhDanh="001190000001", acr=acr))
    assert (principal.kind, principal.subject, principal.assurance) == (Kind.CITIZEN, "001190000001", level)
    assert not principal.serves("00001")


CITIZEN = {"SoDinhDanh": "001190000001", "acr": "LoA2"}
OFFICER = {"roles": ["operator"]}


@pytest.mark.parametrize(
    ("kinds", "more", "taken"),
    [
        (["agency"], {}, True),
        (["agency"], OFFICER, False),
        (["agency"], CITIZEN, False),
        (["agency"], {"roles": []}, False),
        (["citizen", "officer"], {}, False),
        (["citizen", "officer"], OFFICER, True),
        (["citizen", "officer"], CITIZEN, True),
        (["citizen"], OFFICER, False),
        ([], {}, False),
        (None, OFFICER, True),
    ],
)
async def test_an_issuer_speaks_only_for_its_own_kinds_of_caller(
    keys: Keys, kinds: list[str] | None, more: dict[str, Any], taken: bool
) -> None:
    """R-228."""
    authenticator = Authenticator({HERE: keys}, AUDIENCE, {} if kinds is None else {HERE: kinds})
    for _ in range(2):
        if taken:
            assert (await authenticator.principal(signed(**more))).subject
        else:
            with pytest.raises(Unauthorized):
                await authenticator.principal(signed(**more))


async def test_a_token_says_its_id_and_the_certificate_it_is_bound_to(authenticator: Authenticator) -> None:
    bound = await authenticator.principal(signed(jti="1", cnf={"x5t#S256": "thumb"}))
    assert (bound.token_id, bound.certificate) == ("1", "thumb")
    free = await authenticator.principal(signed())
    assert (free.token_id, free.certificate) == (None, None)


@pytest.mark.parametrize("bound", [{"jkt": "x"}, {}, "x", 5, {"x5t#S256": 5}])
async def test_a_token_bound_to_what_we_cannot_check_is_not_taken_as_unbound(
    authenticator: Authenticator, bound: object
) -> None:
    with pytest.raises(Unauthorized):
        await authenticator.principal(signed(cnf=bound))
