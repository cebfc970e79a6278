"""What an attacker or a broken client sends. The answer is a 4xx problem: never a 5xx, never a stack trace, never silence."""

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from chassis.tests.conftest import Toy
from tests.support import identities

WRITER = identities.citizen() | {"Idempotency-Key": "k", "Content-Type": "application/json"}


async def post(toy: Toy, content: bytes, address: str = "/v1/notes", **headers: str) -> httpx.Response:
    return await toy.client.post(address, content=content, headers=WRITER | headers)


def assert_problem(answer: httpx.Response, *statuses: int) -> dict[str, Any]:
    assert answer.status_code in statuses, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    assert body["status"] == answer.status_code
    assert set(body["messages"]) == {"vi", "en"}
    return body


async def test_every_field_error_is_named_with_its_pointer_and_never_with_its_value(toy: Toy) -> None:
    sent = {"text": 5, "amount": "001190000001", "tags": [1, "x"], "a/b~c": 1}
    body = assert_problem(await post(toy, json.dumps(sent).encode()), 422)
    found = {error["pointer"]: error["rule"] for error in body["errors"]}
    assert set(found) == {"/text", "/tags/1", "/a~1b~0c"}
    body = assert_problem(await post(toy, b'{"amount": 1.5}'), 422)
    assert {error["pointer"]: error["rule"] for error in body["errors"]} == {
        "/text": "missing",
        "/amount": "int_from_float",
    }
    assert "1.5" not in json.dumps(body["errors"])


async def test_a_header_and_a_query_are_named_too(toy: Toy) -> None:
    body = assert_problem(await toy.client.get("/v1/search?most=x"), 422)
    assert body["errors"][0]["pointer"] == "query:most"
    body = assert_problem(await post(toy, b'{"text": "a"}', **{"Idempotency-Key": "k" * 256}), 422)
    assert body["errors"][0]["pointer"] == "header:Idempotency-Key"


async def test_the_language_is_the_callers_and_both_are_always_there(toy: Toy) -> None:
    vietnamese = assert_problem(await toy.client.get("/nowhere"), 404)
    english = assert_problem(await toy.client.get("/nowhere", headers={"Accept-Language": "en-GB,en;q=0.9"}), 404)
    assert (vietnamese["title"], english["title"]) == ("Không tìm thấy", "Not found")
    assert vietnamese["messages"] == english["messages"] == {"vi": "Không tìm thấy", "en": "Not found"}


async def test_a_method_the_address_does_not_have_names_those_it_has(toy: Toy) -> None:
    answer = await toy.client.delete("/v1/search")
    assert_problem(answer, 405)
    assert answer.headers["allow"] == "GET"


async def test_a_trailing_slash_is_not_redirected_to_an_address_the_gateway_does_not_have(toy: Toy) -> None:
    assert_problem(await toy.client.get("/v1/search/"), 404)


@pytest.mark.parametrize(
    "sent", [b"", b"{", b"{'a': 1}", b'{"text": "a"} trailing', b"\xff\xfe", b'{"text": "\xc3"}', b"\x00"]
)
async def test_malformed_json_is_400_or_422(toy: Toy, sent: bytes) -> None:
    assert_problem(await post(toy, sent), 400, 422)


@pytest.mark.parametrize("depth", [200, 900, 990, 2_000, 10_000])
@pytest.mark.parametrize("shape", ['{"text": "a", "extra": {"a": %s}}', "%s"])
async def test_deep_json_is_refused_or_taken_but_never_breaks_the_server(toy: Toy, depth: int, shape: str) -> None:
    deep = shape % ("[" * depth + "]" * depth)
    answer = await post(toy, deep.encode(), **{"Idempotency-Key": f"{depth}{shape}"})
    assert answer.status_code < 500, answer.text
    if depth >= 2_000:
        assert_problem(answer, 400, 422)


@pytest.mark.parametrize("number", [2**63, -(2**63) - 1, 10**400])
async def test_a_number_beyond_bigint_is_the_callers_mistake(toy: Toy, number: int) -> None:
    assert_problem(await post(toy, json.dumps({"text": "a", "amount": number}).encode()), 400, 422)
    assert_problem(await toy.client.get(f"/v1/notes/{number}", headers=WRITER), 422)
    assert_problem(await toy.client.get(f"/v1/search?most={number}"), 422)


async def test_a_number_of_ten_thousand_digits_is_the_callers_mistake(toy: Toy) -> None:
    digits = "9" * 10_000
    assert_problem(await post(toy, f'{{"text": "a", "amount": {digits}}}'.encode()), 400, 422)
    assert_problem(await toy.client.get(f"/v1/notes/{digits}", headers=WRITER), 422)


@pytest.mark.parametrize("word", [b"NaN", b"Infinity", b"-Infinity", b"1e999"])
async def test_what_is_no_number_is_the_callers_mistake(toy: Toy, word: bytes) -> None:
    assert_problem(await post(toy, b'{"text": "a", "amount": %s}' % word), 400, 422)
    assert_problem(await post(toy, b'{"text": "a", "extra": {"a": %s}}' % word), 400, 422)


async def test_of_a_key_sent_twice_the_last_one_counts(toy: Toy) -> None:
    answer = await post(toy, b'{"text": "first", "text": "last"}')
    assert answer.status_code == 201
    assert [row.text for row in await toy.rows("SELECT text FROM note")] == ["last"]


HALVES = [b'"\\ud800"', b'"\\udfff x"', b'"a\\u0000b"']


@pytest.mark.parametrize("word", HALVES)
async def test_half_a_surrogate_or_a_nul_never_reaches_a_row(toy: Toy, word: bytes) -> None:
    assert_problem(await post(toy, b'{"text": %s}' % word), 422)
    assert_problem(await post(toy, b'{"text": "a", "extra": {"a": %s}}' % word), 422)
    assert_problem(await post(toy, b'{"text": "a", "extra": {%s: 1}}' % word), 422)
    assert await toy.rows("SELECT 1 FROM note") == []


@pytest.mark.parametrize("word", HALVES)
async def test_half_a_surrogate_in_a_fields_name_can_be_spoken_of(toy: Toy, word: bytes) -> None:
    assert_problem(await post(toy, b'{"text": "a", %s: 1}' % word), 422)


async def test_a_nul_in_an_address_is_the_callers_mistake(toy: Toy) -> None:
    body = assert_problem(await toy.client.get("/v1/search?q=a%00b"), 422)
    assert body["type"] == "/problems/value-not-storable"
    assert_problem(await toy.client.get("/v1/notes/1%00", headers=WRITER), 422)
    assert (await toy.client.get("/v1/search?q=%ed%a0%80")).status_code < 500


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "x"]
)
async def test_another_content_type_is_not_taken_for_json(toy: Toy, kind: str) -> None:
    assert_problem(await post(toy, b'{"text": "a"}', **{"Content-Type": kind}), 400, 415, 422)


async def test_a_body_beyond_the_bound_is_refused_whether_announced_or_streamed(toy: Toy) -> None:
    most = toy.runtime.settings.request_bytes
    read = 0

    async def stream() -> AsyncIterator[bytes]:
        nonlocal read
        for _ in range(1000):
            read += 8192
            yield b" " * 8192

    assert assert_problem(await post(toy, b" " * (most + 1)), 413)["type"] == "/problems/payload-too-large"
    answer = await toy.client.post("/v1/notes", content=stream(), headers=WRITER)
    assert_problem(answer, 413)
    assert read <= most + 2 * 8192
    lie = await toy.client.post("/v1/notes", content=stream(), headers=WRITER | {"Content-Length": "10"})
    assert_problem(lie, 413)
    padded = b'{"text": "a"' + b" " * (most - 13) + b"}"
    assert len(padded) == most
    assert (await post(toy, padded)).status_code == 201


@pytest.mark.parametrize("length", ["-1", "9" * 5000, "x", "١"])
async def test_a_content_length_that_is_none_does_not_break_the_bound(toy: Toy, length: str) -> None:
    headers = [(name.encode(), value.encode()) for name, value in WRITER.items()]
    answer = await toy.client.post(
        "/v1/notes", content=b'{"text": "a"}', headers=[*headers, (b"Content-Length", length.encode())]
    )
    assert answer.status_code in {201, 413}


async def test_a_thousand_mistakes_do_not_make_an_answer_a_hundred_times_the_request(toy: Toy) -> None:
    body = assert_problem(await post(toy, json.dumps({"text": "a", "tags": ["x"] * 5000}).encode()), 422)
    assert len(body["errors"]) == 100


async def test_answers_are_not_sniffed_and_those_to_a_token_not_cached_unless_the_route_says_so(toy: Toy) -> None:
    open_to_all = await toy.client.get("/v1/search")
    assert open_to_all.headers["x-content-type-options"] == "nosniff"
    assert "cache-control" not in open_to_all.headers
    assert (await toy.client.get("/v1/notes", headers=WRITER)).headers["cache-control"] == "no-store"
    assert (await post(toy, b"{}", "/v1/echo")).headers["cache-control"] == "max-age=60"
    for wrong in (await toy.client.get("/nowhere"), await toy.client.get("/v1/broken")):
        assert wrong.headers["x-content-type-options"] == "nosniff"
        assert wrong.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "header",
    [
        "Basic YTpi",
        "Bearer",
        "Bearer ",
        "bearer  x y",
        "Bearer é",
        "Bearer " + "x" * 60_000,
        "Bearer a.b.c",
        "Bearer ....",
    ],
)
async def test_what_is_no_token_is_401(toy: Toy, header: str) -> None:
    answer = await toy.client.get("/v1/notes", headers=[(b"Authorization", header.encode())])
    assert_problem(answer, 401)
    assert answer.headers["www-authenticate"].startswith("Bearer")
