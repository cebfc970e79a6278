"""The public answer to a certificate's QR code."""

from typing import Any

import jwt
import pytest

from civil_registry.sealing import digest_of


async def token_of(registry: Any) -> str:
    [row] = await registry.rows("SELECT verification_token FROM records")
    return str(row.verification_token)


async def test_a_genuine_code_is_answered_without_personal_data(registry: Any) -> None:
    """R-069"""
    await registry.register()
    answer = await registry.client.get(f"/v1/verifications/{await token_of(registry)}")
    [row] = await registry.rows("SELECT signed FROM records")
    [key] = (await registry.client.get("/v1/keys")).json()["keys"]
    # Whoever holds the signed record can check it with our published key alone.
    payload = jwt.PyJWS().decode(row.signed, jwt.PyJWK(key), algorithms=["EdDSA"])
    assert answer.json() == {
        "genuine": True,
        "document": "Giấy khai sinh",
        "number": "01/2026",
        "volume": "01/2026",
        "office": "Ủy ban nhân dân phường Ba Đình",
        "registeredOn": "2026-10-12",
        "sha256": digest_of(payload),
        "keyId": key["kid"],
    }
    assert answer.headers["cache-control"] == "no-store"


async def test_a_tampered_code_is_not_genuine(registry: Any) -> None:
    await registry.register()
    token = await token_of(registry)
    assert len(token) == 22
    for tampered in (
        ("B" if token[0] == "A" else "A") + token[1:],
        token[:-1],
        token + "A",
        token.swapcase(),
        "x",
        "é",
    ):
        answer = await registry.client.get(f"/v1/verifications/{tampered}")
        assert (answer.status_code, answer.json()) == (200, {"genuine": False})


async def test_a_record_changed_behind_the_seal_is_not_genuine(registry: Any) -> None:
    await registry.register()
    async with registry.runtime.database.engine.begin() as connection:
        await connection.exec_driver_sql("UPDATE records SET signed = replace(signed, '.', '.AA')")
    answer = await registry.client.get(f"/v1/verifications/{await token_of(registry)}")
    assert answer.json() == {"genuine": False}


@pytest.mark.parametrize("genuine", [True, False])
async def test_people_get_a_page(registry: Any, *, genuine: bool) -> None:
    await registry.register()
    token = await token_of(registry) if genuine else "A" * 22
    answer = await registry.client.get(f"/v1/verifications/{token}", headers={"Accept": "text/html, */*;q=0.8"})
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["vary"] == "Accept"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert '<html lang="vi">' in answer.text
    assert ("Giấy tờ thật" in answer.text) is genuine
    assert ("<dd>01/2026</dd>" in answer.text) is genuine
    assert "MẪU" not in answer.text
