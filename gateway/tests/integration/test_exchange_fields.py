"""A provider is told which fields the grant allows, by the gateway and by nobody else."""

import pytest

from tests.support.exchange import ADDRESS, Provider, grant, world

pytestmark = pytest.mark.integration


async def test_a_caller_cannot_say_which_fields_it_may_see() -> None:
    provider = Provider(200, b"{}")
    async with world(provider) as here:
        got = await here.client.get(ADDRESS, headers={**here.headers, "X-LGSP-Fields": "everything"})
    assert got.status_code == 200
    assert [value for name, value in provider.headers if name == b"x-lgsp-fields"] == []


async def test_the_fields_of_the_grant_are_told() -> None:
    provider = Provider(200, b"{}")
    async with world(provider, grants=(grant(fields=frozenset({"number", "child"})),)) as here:
        await here.client.get(ADDRESS, headers={**here.headers, "X-LGSP-Fields": "everything"})
    assert provider.header(b"x-lgsp-fields") == [b"child,number"]
