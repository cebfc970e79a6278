"""A personal ID goes through every way a request can fail; afterwards it is nowhere but in the answer's own address."""

import json
from pathlib import Path

import pytest
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from chassis.telemetry.tracing import Tracing
from chassis.tests.conftest import DESK, Toy
from tests.support import identities

SECRET = "001190000001"


async def ask_in_every_way(toy: Toy) -> list[int]:
    desk = identities.officer(DESK)
    answers = [
        await toy.client.get(f"/v1/search?q={SECRET}"),
        await toy.client.get(f"/v1/search?most={SECRET}{SECRET}"),
        await toy.client.get(f"/v1/people/{SECRET}", headers=desk),
        await toy.client.get(f"/v1/people/duplicate{SECRET}", headers=desk),
        await toy.client.get(f"/v1/people/{SECRET}", headers=identities.citizen(SECRET)),
        await toy.client.get(f"/nowhere/{SECRET}"),
        await toy.client.request(f"X{SECRET}", "/v1/search"),
        await toy.add(SECRET, amount=SECRET + SECRET),
        await toy.add(SECRET, extra={SECRET: "\x00"}),
    ]
    return [answer.status_code for answer in answers]


async def test_a_personal_id_leaves_no_trace_in_log_metrics_or_spans(toy: Toy, log: Path) -> None:
    exporter = InMemorySpanExporter()
    toy.runtime.tracing.provider = Tracing("toy", exporter=exporter).provider
    toy.runtime.tracing._tracer = toy.runtime.tracing.provider.get_tracer("toy")
    toy.runtime.tracing.provider.add_span_processor(SimpleSpanProcessor(exporter))
    assert await ask_in_every_way(toy) == [200, 422, 500, 500, 403, 404, 405, 422, 422]
    lines = log.read_text(encoding="utf-8")
    metrics = (await toy.client.get("/metrics")).text
    spans = [span.to_json() for span in exporter.get_finished_spans()]
    assert len(spans) >= 9
    assert SECRET not in lines
    assert SECRET not in metrics
    assert not [span for span in spans if SECRET in span]
    failed = [json.loads(line) for line in lines.splitlines() if "request failed" in line]
    assert [(entry["level"], entry["error_type"]) for entry in failed] == [
        ("warning", "DBAPIError"),
        ("error", "RuntimeError"),
        ("error", "IntegrityError"),
        ("warning", "DBAPIError"),
        ("warning", "DBAPIError"),
    ]
    assert all("conftest.py:" in entry["exception"] for entry in failed)


async def test_no_answer_to_a_failure_repeats_its_text(toy: Toy) -> None:
    answer = await toy.client.get(f"/v1/people/{SECRET}", headers=identities.officer(DESK))
    assert answer.status_code == 500
    assert SECRET not in answer.text
    assert answer.json()["type"] == "/problems/internal-error"


async def test_the_text_of_a_database_error_holds_no_parameters(toy: Toy) -> None:
    async with toy.runtime.database.begin() as uow:
        insert = text("INSERT INTO note (id, owner, text) VALUES (1, :owner, 'a'), (1, :owner, 'b')")
        with pytest.raises(IntegrityError) as raised:
            await uow.execute(insert, {"owner": SECRET})
    assert SECRET not in str(raised.value)


async def test_a_problem_and_its_log_line_name_the_trace_the_caller_began(toy: Toy, log: Path) -> None:
    trace = "0af7651916cd43dd8448eb211c80319c"
    answer = await toy.client.get("/v1/broken", headers={"traceparent": f"00-{trace}-b7ad6b7169203331-01"})
    assert answer.json()["traceId"] == trace
    assert json.loads(log.read_text(encoding="utf-8").splitlines()[0])["trace_id"] == trace
    stranger = await toy.client.get("/v1/broken", headers={"traceparent": "00-nonsense"})
    assert len(stranger.json()["traceId"]) == 32


async def test_an_event_carries_the_trace_of_the_request_that_caused_it(toy: Toy) -> None:
    trace = "0af7651916cd43dd8448eb211c80319c"
    headers = identities.citizen() | {"Idempotency-Key": "k", "traceparent": f"00-{trace}-b7ad6b7169203331-01"}
    await toy.client.post("/v1/notes", json={"text": "a"}, headers=headers)
    (row,) = await toy.rows("SELECT body FROM outbox")
    assert json.loads(row.body)["traceparent"].split("-")[1] == trace


async def test_metrics_count_requests_by_the_routes_template(toy: Toy) -> None:
    await toy.client.get("/v1/notes/7", headers=identities.citizen())
    await toy.client.get("/v1/search?q=x")
    answer = await toy.client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    counted = 'http_request_duration_seconds_count{method="GET",route="%s",service="toy",status="%s"} 1.0'
    assert counted % ("/v1/notes/{note_id}", 404) in answer.text
    assert counted % ("/v1/search", 200) in answer.text


async def test_a_caller_cannot_make_time_series_by_inventing_addresses_and_methods(toy: Toy) -> None:
    for number in range(20):
        await toy.client.request(f"INVENTED{number}", f"/invented/{number}")
    answer = (await toy.client.get("/metrics")).text
    assert "INVENTED" not in answer.upper()
    series = [line for line in answer.splitlines() if line.startswith("http_request_duration_seconds_count")]
    assert len(series) == 1
