"""Each kind of caller at a guarded address: 401 if we do not know them, 403 if they may not, and what the answer says."""

import pytest

from chassis.tests.conftest import DESK, Toy
from tests.support import identities


@pytest.mark.parametrize(
    ("caller", "writer", "desk"),
    [
        ({}, 401, 401),
        (identities.citizen(), 200, 403),
        (identities.officer(DESK), 200, 500),
        (identities.officer("cashier"), 403, 403),
        (identities.officer(), 403, 403),
        (identities.agency("toy:write"), 200, 403),
        (identities.agency("toy:read toy:writes"), 403, 403),
        (identities.agency(DESK), 403, 403),
    ],
    ids=["nobody", "citizen", "desk", "cashier", "officer", "agency", "agency that reads", "agency naming a role"],
)
async def test_a_guard_lets_pass_whom_it_names_and_no_other(
    toy: Toy, caller: dict[str, str], writer: int, desk: int
) -> None:
    assert (await toy.client.get("/v1/notes", headers=caller)).status_code == writer
    assert (await toy.client.get("/v1/people/1", headers=caller)).status_code == desk


async def test_a_403_says_what_it_would_take(toy: Toy) -> None:
    answer = await toy.client.get("/v1/people/1", headers=identities.citizen())
    assert answer.json()["needs"] == {"citizen": False, "roles": [DESK], "scope": None}


async def test_a_wrong_payload_of_a_stranger_is_answered_as_a_strangers(toy: Toy) -> None:
    answer = await toy.client.post("/v1/notes", json={"nothing": "right"}, headers={"Idempotency-Key": "k" * 300})
    assert answer.status_code == 401


async def test_the_document_says_who_may_and_what_can_go_wrong_without_any_route_saying_so(toy: Toy) -> None:
    document = (await toy.client.get("/openapi.json")).json()
    writing = document["paths"]["/v1/notes"]["post"]
    assert writing["security"] == [{"bearer": []}]
    assert writing["x-allows"] == [{"citizen": True, "roles": [DESK], "scope": "toy:write"}]
    assert set(writing["responses"]) == {"201", "400", "401", "403", "409", "413", "422", "503"}
    assert "idempotency-key-reused" in writing["responses"]["422"]["description"]
    for status, answer in writing["responses"].items():
        if status >= "400":
            schema = answer["content"]["application/problem+json"]["schema"]
            assert schema == {"$ref": "#/components/schemas/ProblemDetails"}
    searching = document["paths"]["/v1/search"]["get"]
    assert set(searching["responses"]) == {"200", "422", "503"}
    assert "security" not in searching
    assert "HTTPValidationError" not in document["components"]["schemas"]
    assert document["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"
