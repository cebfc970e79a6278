"""The console over HTTP: who gets in, how long, what forms demand, what is on record, and that nothing sent is ever markup."""

import re
from collections.abc import AsyncIterator, Iterator

import pytest
from pydantic import SecretStr

from gateway.settings import GatewaySettings
from gateway.tests.conftest import Gateway, opened, pem
from gateway.tests.integration.console_kit import (
    act,
    audit,
    choose,
    consoles_gateway,
    csrf,
    quarantined,
    sign_in,
    staff_issuer_on_a_socket,
    to_the_issuer,
)
from sandbox.simulators.identity import Identity
from sandbox.simulators.people import MOTHER, OFFICER, OPERATOR, Person
from tests.support.counting import counted

HOSTILE = '<script>alert("1")</script><img src=x onerror=alert(2)>'
PAGES = (
    "/console/", "/console/partners", "/console/requests", "/console/subscriptions", "/console/messages",
    "/console/messages?settled=1", "/console/messages/parked", "/console/ledger", "/console/adapters", "/console/audit",
    "/console/live/overview", "/console/live/subscriptions", "/console/live/adapters",
)  # fmt: skip


@pytest.fixture(scope="module")
def staff_issuer() -> Iterator[Identity]:
    with staff_issuer_on_a_socket() as issuer:
        yield issuer


@pytest.fixture
async def gateway(database_url: SecretStr, staff_issuer: Identity) -> AsyncIterator[Gateway]:
    async with consoles_gateway(database_url, staff_issuer) as gateway:
        yield gateway


@pytest.fixture
async def operator(gateway: Gateway, staff_issuer: Identity) -> Gateway:
    """The gateway with an operator signed in."""
    assert (await sign_in(gateway, staff_issuer)).status_code == 303
    return gateway


# --- who gets in


async def test_nobody_sees_a_page_without_signing_in(gateway: Gateway) -> None:
    for page in PAGES:
        answer = await gateway.get(page)
        assert answer.status_code == 401, page
        assert "/console/login" in answer.text


async def test_an_operator_signs_in_at_the_issuer_and_sees_the_overview(
    gateway: Gateway, staff_issuer: Identity
) -> None:
    answer = await sign_in(gateway, staff_issuer)
    assert (answer.status_code, answer.headers["location"]) == (303, "/console/")
    cookie = next(line for line in answer.headers.get_list("set-cookie") if line.startswith("lienthong_console="))
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Path=/console" in cookie
    page = await gateway.get("/console/")
    assert page.status_code == 200
    assert OPERATOR.full_name in page.text
    assert await audit(gateway) == [("sign-in", "done")]


@pytest.mark.parametrize("person", [OFFICER, MOTHER], ids=["officer-without-the-role", "citizen"])
async def test_who_is_no_operator_is_refused_and_that_is_on_record(
    gateway: Gateway, staff_issuer: Identity, person: Person
) -> None:
    answer = await sign_in(gateway, staff_issuer, person)
    assert answer.status_code == 403
    assert "lienthong_console=" not in str(answer.headers.get_list("set-cookie"))
    assert (await gateway.get("/console/")).status_code == 401
    assert await audit(gateway) == [("sign-in", "refused")]
    recorded = str(await gateway.rows("SELECT operator, operator_name FROM console_action"))
    assert MOTHER.personal_id not in recorded
    assert MOTHER.full_name not in recorded


async def test_a_role_that_is_gone_counts_from_the_next_request_on(operator: Gateway) -> None:
    assert (await operator.get("/console/audit")).status_code == 200
    await operator.execute("UPDATE console_session SET roles = '{one-stop-officer}'")
    assert (await operator.get("/console/audit")).status_code == 401


async def test_a_sign_in_begun_in_another_browser_is_not_taken_up(gateway: Gateway, staff_issuer: Identity) -> None:
    back = await choose(staff_issuer, await to_the_issuer(gateway), OPERATOR)
    gateway.client.cookies.clear()
    assert (await gateway.get(back)).status_code == 400


async def test_a_sign_in_comes_back_once_with_its_own_state(gateway: Gateway, staff_issuer: Identity) -> None:
    back = await choose(staff_issuer, await to_the_issuer(gateway), OPERATOR)
    kept = dict(gateway.client.cookies)
    assert (await gateway.get(re.sub(r"state=[^&]+", "state=another", back))).status_code == 400
    gateway.client.cookies.update(kept)
    assert (await gateway.get(back)).status_code == 400  # the attempt above used it up


async def test_a_code_is_worth_nothing_without_the_verifier_that_asked_for_it(
    gateway: Gateway, staff_issuer: Identity
) -> None:
    asked = await to_the_issuer(gateway)
    back = await choose(staff_issuer, asked | {"code_challenge": "of-somebody-else"}, OPERATOR)
    assert (await gateway.get(back)).status_code == 403
    assert (await gateway.get("/console/")).status_code == 401


async def test_an_id_token_with_another_nonce_lets_nobody_in(gateway: Gateway, staff_issuer: Identity) -> None:
    asked = await to_the_issuer(gateway)
    back = await choose(staff_issuer, asked | {"nonce": "of-another-sign-in"}, OPERATOR)
    assert (await gateway.get(back)).status_code == 403


async def test_a_token_for_the_api_is_none_for_the_console_nor_the_other_way(
    gateway: Gateway, staff_issuer: Identity
) -> None:
    asked = await to_the_issuer(gateway)
    back = await choose(staff_issuer, asked | {"client_id": "lienthong"}, OPERATOR)
    assert (await gateway.get(back)).status_code == 403
    bearer = {"Authorization": f"Bearer {staff_issuer.mint(OPERATOR)}"}
    assert (await gateway.get("/console/audit", headers=bearer)).status_code == 401


async def test_a_sign_in_goes_on_to_pages_of_the_console_only(gateway: Gateway, staff_issuer: Identity) -> None:
    targets = {
        "/console/audit": "/console/audit",
        "//evil.test/": "/console/",
        "https://evil.test/console/": "/console/",
        "/console/\\evil": "/console/",
        "/console/\r\nSet-Cookie: a=b": "/console/",
    }
    for wanted, given in targets.items():
        back = await choose(staff_issuer, await to_the_issuer(gateway, wanted), OPERATOR)
        assert (await gateway.get(back)).headers["location"] == given


async def test_signing_in_again_replaces_the_session(operator: Gateway, staff_issuer: Identity) -> None:
    before = operator.client.cookies["lienthong_console"]
    await sign_in(operator, staff_issuer)
    after = operator.client.cookies["lienthong_console"]
    assert before != after
    operator.client.cookies.clear()
    operator.client.cookies.set("lienthong_console", before, domain="city.test", path="/console")
    assert (await operator.get("/console/")).status_code == 401


async def test_without_an_issuer_the_console_is_closed(database_url: SecretStr) -> None:
    async with opened(GatewaySettings(database_url=database_url, token_key=pem(), ledger_key=pem()), {}) as gateway:
        assert (await gateway.get("/console/")).status_code == 503
        assert (await gateway.get("/console/login")).status_code == 503


async def test_an_issuer_out_of_reach_is_said_so(database_url: SecretStr) -> None:
    settings = GatewaySettings(
        database_url=database_url, token_key=pem(), ledger_key=pem(), console_issuer="http://127.0.0.1:1"
    )
    async with opened(settings, {}) as gateway:
        assert (await gateway.get("/console/login")).status_code == 503


# --- how long


async def test_an_idle_session_is_locked_after_five_minutes(operator: Gateway) -> None:
    """R-260."""
    await operator.execute("UPDATE console_session SET seen_at = now() - interval '299 seconds'")
    assert (await operator.get("/console/audit")).status_code == 200
    await operator.execute("UPDATE console_session SET seen_at = now() - interval '301 seconds'")
    assert (await operator.get("/console/audit")).status_code == 401


async def test_a_page_that_reads_itself_anew_keeps_no_session_awake(operator: Gateway) -> None:
    """R-260."""
    await operator.execute("UPDATE console_session SET seen_at = now() - interval '200 seconds'")
    for page in ("/console/live/overview", "/console/?live=1"):
        assert (await operator.get(page)).status_code == 200
    idle = await operator.rows("SELECT extract(epoch FROM now() - seen_at) AS seconds FROM console_session")
    assert idle[0].seconds >= 200
    await operator.get("/console/")
    idle = await operator.rows("SELECT extract(epoch FROM now() - seen_at) AS seconds FROM console_session")
    assert idle[0].seconds < 100


async def test_a_session_ends_however_busy_it_is(operator: Gateway) -> None:
    await operator.execute("UPDATE console_session SET expires_at = now()")
    assert (await operator.get("/console/")).status_code == 401


async def test_signing_out_ends_the_session_at_the_server(operator: Gateway) -> None:
    secret = operator.client.cookies["lienthong_console"]
    assert (await act(operator, "/console/logout")).status_code == 303
    operator.client.cookies.set("lienthong_console", secret, domain="city.test", path="/console")
    assert (await operator.get("/console/")).status_code == 401
    assert await audit(operator) == [("sign-in", "done"), ("sign-out", "done")]


async def test_what_a_browser_carries_is_nowhere_in_the_database(operator: Gateway) -> None:
    secret = operator.client.cookies["lienthong_console"]
    assert secret not in str(await operator.rows("SELECT * FROM console_session"))


# --- what every answer and every form has


async def test_every_answer_forbids_frames_foreign_scripts_and_caches(operator: Gateway) -> None:
    answers = [await operator.get(page) for page in (*PAGES, "/console/nothing", "/console/login")]
    for answer in answers:
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["cache-control"] == "no-store"


async def test_no_page_needs_what_the_policy_forbids(operator: Gateway) -> None:
    for page in PAGES:
        html = (await operator.get(page)).text
        assert not re.search(r"<script(?! src=\"/console/static/)|<style|\sstyle=|\son[a-z]+=", html), page
        assert not re.search(r"(src|href)=\"(https?:)?//", html), page


@pytest.mark.parametrize("given", [None, "", "guessed", "\N{LATIN SMALL LETTER E WITH ACUTE}"])
async def test_a_form_without_its_token_does_nothing(operator: Gateway, given: str | None) -> None:
    number = await quarantined(operator, b"{}")
    form = {"reason": "x"} | ({} if given is None else {"csrf": given})
    answer = await operator.client.post(f"/console/messages/quarantine/{number}/dismiss", data=form)
    assert answer.status_code == 403
    assert (await operator.rows("SELECT outcome FROM quarantine"))[0].outcome is None


async def test_a_form_of_another_session_does_nothing(operator: Gateway, staff_issuer: Identity) -> None:
    before = await csrf(operator)
    await sign_in(operator, staff_issuer)
    assert (await operator.client.post("/console/ledger/verify", data={"csrf": before})).status_code == 403


async def test_strange_forms_are_refused_and_never_an_error_of_ours(operator: Gateway) -> None:
    token = await csrf(operator)
    path = "/console/messages/quarantine/1/dismiss"
    as_json = await operator.client.post(path, json={"csrf": token})
    latin = await operator.client.post(
        path, content=b"csrf=%ff", headers={"Content-Type": "application/x-www-form-urlencoded"}
    )
    many = await operator.client.post(path, data={f"f{number}": "" for number in range(300)})
    large = await operator.client.post(path, data={"csrf": token, "reason": "x" * 2_000_000})
    huge = await operator.client.post(f"/console/messages/quarantine/{'9' * 5000}/body", data={"csrf": token})
    nul = await operator.client.post(path, data={"csrf": token, "reason": "a\0b"})
    assert [answer.status_code for answer in (as_json, latin, many, large, huge, nul)] == [415, 400, 400, 413, 404, 404]
    for query in (
        "before=-1",
        "before=9" * 30,
        "before=x",
        "operator=%00",
        "operator=%ff",
        "window=x",
        "lang=x",
        "done=x",
    ):
        for page in ("/console/audit", "/console/", "/console/messages", "/console/ledger"):
            assert (await operator.get(f"{page}?{query}")).status_code == 200, (page, query)


async def test_the_language_is_chosen_once(operator: Gateway) -> None:
    assert '<html lang="vi">' in (await operator.get("/console/")).text
    assert "Overview" in (await operator.get("/console/?lang=en")).text
    assert '<html lang="en">' in (await operator.get("/console/audit")).text


# --- what was sent is never markup


async def test_hostile_names_reasons_and_bodies_are_shown_as_text(operator: Gateway) -> None:
    await operator.execute(
        "INSERT INTO member (instance, member_class, code, name, state, created_at, changed_at)"
        " VALUES ('VN', 'GOV', 'G15', :hostile, 'approved', now(), now())",
        hostile=HOSTILE,
    )
    await operator.execute(
        "INSERT INTO subsystem (instance, member_class, member, code, name, client_id, state, contact, created_at, changed_at)"
        " VALUES ('VN', 'GOV', 'G15', 'hotich', :hostile, 'moj', 'approved', :hostile, now(), now())",
        hostile=HOSTILE,
    )
    await operator.execute(
        "INSERT INTO exchange_minute (minute, client, service, exchanges, errors, denied, request_bytes, response_bytes,"
        " millis, buckets) VALUES (:now, :hostile, :hostile, 3, 1, 1, 5, 5, 10, '{1,1,1}')",
        hostile=HOSTILE, now=operator.runtime.clock.now(),
    )  # fmt: skip
    number = await quarantined(operator, HOSTILE.encode(), sender=HOSTILE)
    shown = await act(operator, f"/console/messages/quarantine/{number}/body")
    pages = [await operator.get(page) for page in (*PAGES, "/console/partners/VN/GOV/G15/hotich")]
    assert "&lt;script&gt;" in shown.text
    for page in (shown, *pages):
        assert page.status_code == 200, page.text
        assert "<img" not in page.text
        assert "<script>" not in page.text


# --- how much a page asks of the database


@pytest.mark.parametrize(
    ("page", "most"),
    [
        ("/console/", 4), ("/console/partners", 3), ("/console/requests", 3), ("/console/subscriptions", 2),
        ("/console/messages", 2), ("/console/messages/parked", 2), ("/console/ledger", 4), ("/console/adapters", 6),
        ("/console/audit", 2),
    ],
)  # fmt: skip
async def test_a_page_costs_a_few_statements_its_session_included(operator: Gateway, page: str, most: int) -> None:
    await operator.get(page)
    with counted(operator.runtime.database) as statements:
        assert (await operator.get(page)).status_code == 200
    assert len(statements) <= most, statements
