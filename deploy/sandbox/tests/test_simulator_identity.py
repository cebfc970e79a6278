"""The issuer for people: tokens that a stranger can verify with nothing but the discovery page."""

from datetime import UTC, datetime
from random import Random

import httpx
import jwt
import pytest
from fastapi import FastAPI

from deploy.sandbox.tests.simulator_kit import Serve, StandingClock, in_process
from sandbox.simulators.identity import GRANT, Identity, IssuerSettings
from sandbox.simulators.identity import create_app as create_identity
from sandbox.simulators.people import CITIZENS, MOTHER, OFFICER
from sandbox.simulators.population import FEMALE, id_prefix


def new_identity(now: StandingClock, seed: int = 1) -> Identity:
    return Identity(IssuerSettings("http://id.test", "lienthong"), now=now, random=Random(seed))


def claims_of(identity: Identity, token: str) -> dict[str, object]:
    (key,) = identity.jwks()["keys"]
    claims = jwt.decode(
        token,
        jwt.PyJWK(key),
        algorithms=["EdDSA"],
        audience="lienthong",
        issuer="http://id.test",
        options={"verify_exp": False, "verify_iat": False},  # the tests' clock stands,
    )
    return dict(claims)


def test_a_citizens_token_carries_her_id_name_and_level(clock: StandingClock) -> None:
    identity = new_identity(clock)
    claims = claims_of(identity, identity.mint(MOTHER))
    assert claims["SoDinhDanh"] == MOTHER.personal_id
    assert (claims["HoVaTen"], claims["acr"]) == ("NGUYỄN THỊ MẪU", "LoA2")
    assert claims["exp"] == int(clock().timestamp()) + 3600
    assert MOTHER.personal_id not in str(claims["sub"])


def test_an_officers_token_carries_roles_agency_and_units_and_no_personal_id(clock: StandingClock) -> None:
    identity = new_identity(clock)
    claims = claims_of(identity, identity.mint(OFFICER))
    assert claims["roles"] == ["one-stop-officer", "civil-status-officer", "cashier"]
    assert (claims["sub"], claims["agency"], claims["units"]) == ("can-bo-mau", "H26", ["00004"])
    assert "SoDinhDanh" not in claims


def test_seeds_mint_for_anyone(clock: StandingClock) -> None:
    identity = new_identity(clock)
    citizen = claims_of(identity, identity.mint_citizen("001326123456", "TÊN MẪU", acr="LoA1"))
    officer = claims_of(
        identity, identity.mint_officer("cb-2", "CÁN BỘ MẪU", roles=["cashier"], agency="H26", units=["00008"])
    )
    assert (citizen["SoDinhDanh"], citizen["acr"]) == ("001326123456", "LoA1")
    assert (officer["sub"], officer["roles"], officer["units"]) == ("cb-2", ["cashier"], ["00008"])


def test_another_issuers_token_does_not_verify(clock: StandingClock) -> None:
    with pytest.raises(jwt.InvalidSignatureError):
        claims_of(new_identity(clock, seed=1), new_identity(clock, seed=2).mint(MOTHER))


def test_the_ready_citizens_have_ids_of_the_lawful_structure() -> None:
    assert MOTHER.personal_id.startswith(id_prefix("01", FEMALE, 1995))
    assert all(len(citizen.personal_id) == 12 and citizen.personal_id.isdigit() for citizen in CITIZENS)
    assert len({citizen.personal_id for citizen in CITIZENS}) == len(CITIZENS)


async def test_only_the_sandbox_grant_and_only_ready_identities_get_a_token(clock: StandingClock) -> None:
    async with in_process(create_identity(new_identity(clock))) as client:
        other_grant = await client.post("/token", data={"grant_type": "password", "identity": "me-mau"})
        nobody = await client.post("/token", data={"grant_type": GRANT, "identity": "khong-co"})
        no_body = await client.post("/token", content=b"{", headers={"Content-Type": "application/json"})
        names = [ready["name"] for ready in (await client.get("/identities")).json()]
    assert (other_grant.status_code, other_grant.json()["error"]) == (400, "unsupported_grant_type")
    assert (nobody.status_code, nobody.json()["error"]) == (400, "invalid_grant")
    assert no_body.status_code == 400
    assert {"me-mau", "can-bo-mau"} <= set(names)


def test_a_stranger_verifies_a_token_from_the_discovery_page_alone(serve: Serve) -> None:
    mounting = FastAPI()
    issuer = serve(mounting) + "/sandbox/identity"
    identity = Identity(IssuerSettings(issuer, "lienthong"), now=lambda: datetime.now(UTC), random=Random(3))
    mounting.mount("/sandbox/identity", create_identity(identity))

    page = httpx.get(f"{issuer}/.well-known/openid-configuration").json()
    grant = {"grant_type": page["grant_types_supported"][0], "identity": "me-mau"}
    token = httpx.post(page["token_endpoint"], data=grant).json()["access_token"]
    key = jwt.PyJWKClient(page["jwks_uri"]).get_signing_key_from_jwt(token)
    claims = jwt.decode(token, key, algorithms=["EdDSA"], audience="lienthong", issuer=issuer)
    assert page["issuer"] == issuer
    assert claims["SoDinhDanh"] == MOTHER.personal_id
