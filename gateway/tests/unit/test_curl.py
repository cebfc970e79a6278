"""The lines of curl, read by a real shell: whatever the document holds, curl gets exactly that and nothing else runs."""

import json
import subprocess
from typing import Any

from gateway.api.curl import curl
from gateway.openapi_documents import Operation

PUBLIC = "https://gateway.example"
EVIL = 'O\'Neil "$(echo no)" `echo no` $HOME \\ giấy'


def arguments(text: str, **variables: str) -> list[str]:
    """What curl would be called with."""
    script = 'curl() { printf "%s\\0" "$@"; }\n' + text
    environment = {"PATH": "/usr/bin:/bin", **variables}
    done = subprocess.run(["/bin/sh", "-uc", script], env=environment, capture_output=True, check=True)
    return done.stdout.decode().split("\0")[:-1]


def operation(method: str, path: str, **about: Any) -> Operation:
    return Operation("theater", method, path, about)


def parameter(name: str, place: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "in": place, "required": True, "schema": {"type": "string"}, **more}


def test_a_body_reaches_curl_as_it_is() -> None:
    body = {"name": EVIL}
    posting = operation(
        "POST",
        "/v1/seats",
        security=[{"bearer": []}],
        parameters=[parameter("Idempotency-Key", "header", required=False)],
        requestBody={"content": {"application/json": {"example": body}}},
    )
    command = curl(posting, {}, PUBLIC)
    method, verb, url, *rest = arguments(command.text, TOKEN="ey.1")
    assert (method, verb, url) == ("-X", "POST", f"{PUBLIC}/v1/seats")
    assert rest[:2] == ["-H", "Authorization: Bearer ey.1"]
    assert len(rest[3].removeprefix("Idempotency-Key: ")) == 32
    assert rest[4:-1] == ["-H", "Content-Type: application/json", "--data-raw"]
    assert json.loads(rest[-1]) == body
    assert command.variables == ("TOKEN",)


def test_a_retry_by_hand_is_a_new_action_only_where_the_line_is_pasted_anew() -> None:
    posting = operation("POST", "/v1/seats", parameters=[parameter("Idempotency-Key", "header")])
    text = curl(posting, {}, PUBLIC).text
    assert arguments(text)[-1] != arguments(text)[-1]


def test_a_parameter_is_its_example_or_a_variable_of_its_name() -> None:
    getting = operation(
        "GET",
        "/v1/{row}/{event_id}/{path}",
        parameters=[
            parameter("row", "path", schema={"examples": [EVIL]}),
            parameter("event_id", "path"),
            parameter("path", "path"),
            parameter("from", "query", example="2016-08-10"),
            parameter("later", "query", required=False),
            parameter("X-Odd", "header", example=EVIL),
        ],
    )
    command = curl(getting, {}, PUBLIC)
    url, flag, header = arguments(command.text, EVENT_ID="7", MY_PATH="x")
    assert url.startswith(f"{PUBLIC}/v1/O%27Neil%20%22%24%28echo%20no%29%22%20%60")
    assert url.endswith("/7/x?from=2016-08-10")
    assert (flag, header) == ("-H", f"X-Odd: {EVIL}")
    assert command.variables == ("EVENT_ID", "MY_PATH")


def test_a_client_names_itself_apart_from_the_form() -> None:
    form = {"schema": {"properties": {"client_secret": {}}}, "example": {"scope": "a b&c"}}
    asking = operation("POST", "/oauth2/token", requestBody={"content": {"application/x-www-form-urlencoded": form}})
    command = curl(asking, {}, PUBLIC)
    assert arguments(command.text, CLIENT_ID="me", CLIENT_SECRET="s")[3:] == [
        "-u",
        "me:s",
        "--data-urlencode",
        "scope=a b&c",
    ]
    assert command.variables == ("CLIENT_ID", "CLIENT_SECRET")


def test_a_paper_goes_to_a_file_and_a_refusal_does_not() -> None:
    getting = operation("GET", "/v1/seats/receipt", responses={"200": {"content": {"application/pdf": {}}}})
    assert arguments(curl(getting, {}, PUBLIC).text) == [f"{PUBLIC}/v1/seats/receipt", "--fail", "-o", "receipt.pdf"]
