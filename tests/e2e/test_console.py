"""The console in a real browser: an operator signs in, answers, mends, pauses, verifies; and it works on a phone."""

import json
import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest
from playwright.async_api import Browser, Page, ViewportSize, async_playwright, expect

from chassis.migrations import migrate
from contracts.registry import EVENTS
from sandbox.simulators.people import OFFICER, OPERATOR
from tests.e2e.console_city import ConsoleCity, Filled, console_city, fill
from tests.servers.enclosure import free_ports
from tests.servers.postgres import Postgres
from tests.support.events import wire

PHONE, DESKTOP = ViewportSize(width=390, height=844), ViewportSize(width=1360, height=900)
_REFUSAL = (
    "Failed to load resource"  # how the browser's console reports a page that answers 401 or 422, as some here must
)
PAGES = ("", "partners", "requests", "subscriptions", "messages", "messages/parked", "ledger", "adapters", "audit")


@pytest.fixture(scope="module")
async def browser() -> AsyncIterator[Browser]:
    """Debian's Chromium (scripts/ensure-test-servers installs it), or the one that is named."""
    program = os.environ.get("LIENTHONG_TEST_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    assert program is not None, "no Chromium: run scripts/ensure-test-servers, or set LIENTHONG_TEST_CHROMIUM"
    async with async_playwright() as playwright:
        opened = await playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield opened
        await opened.close()


@pytest.fixture(scope="module")
async def console(postgres: Postgres) -> AsyncIterator[ConsoleCity]:
    """A gateway of this module's own."""
    name = f"console_{uuid4().hex}"
    database_url = await postgres.create_database(name)
    await migrate("gateway", database_url)
    async with console_city(database_url, free_ports(1)[0]) as city:
        yield city
    await postgres.drop_database(name)


@pytest.fixture(scope="module")
async def filled(console: ConsoleCity) -> Filled:
    return await fill(console)


@pytest.fixture
async def page(browser: Browser, console: ConsoleCity, filled: Filled) -> AsyncIterator[Page]:
    """A browser of an operator who has signed in. A script error, or a refusal by the page's own policy, fails the test."""
    context = await browser.new_context(viewport=DESKTOP, locale="vi-VN")
    page = await context.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on(
        "console", lambda said: wrong.append(said.text) if said.type == "error" and _REFUSAL not in said.text else None
    )
    await sign_in(page, console.url, OPERATOR.name)
    yield page
    await context.close()
    assert wrong == []


async def sign_in(page: Page, url: str, name: str) -> None:
    await page.goto(f"{url}/console/")
    await page.get_by_role("link", name="Đăng nhập").click()
    await page.locator(f'button[value="{name}"]').click()


async def test_an_operator_signs_in_and_sees_who_exchanges_what_with_whom(page: Page) -> None:
    await expect(page.get_by_role("heading", name="Tổng quan")).to_be_visible()
    await expect(page.get_by_text(OPERATOR.full_name)).to_be_visible()
    assert await page.locator("svg path.flow").count() == 7
    await expect(page.get_by_role("cell", name="VN/GOV/G01/dancu/tra-cuu").first).to_be_visible()


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
async def test_no_page_is_wider_than_its_screen(
    page: Page, console: ConsoleCity, filled: Filled, viewport: ViewportSize, tmp_path: Path
) -> None:
    await page.set_viewport_size(viewport)
    shots = Path(os.environ.get("LIENTHONG_SCREENSHOTS", tmp_path))
    one_of_each = (
        f"requests/{filled.overdue}",
        f"subscriptions/{filled.subscription}",
        "partners/VN/GOV/H26/lienthong",
    )
    for name in (*PAGES, *one_of_each):
        await page.goto(f"{console.url}/console/{name}")
        width = await page.evaluate("document.documentElement.scrollWidth")
        await page.screenshot(
            path=shots / f"{viewport['width']}-{name.replace('/', '_') or 'overview'}.png", full_page=True
        )
        assert width <= viewport["width"], name


async def test_the_live_part_reads_itself_anew(page: Page, console: ConsoleCity) -> None:
    waiting = page.locator("a.tile", has_text="Cách ly").locator("strong")
    before = int(await waiting.inner_text())
    await console.execute(
        "INSERT INTO quarantine (sender, reason, detail, body, body_hash) VALUES ('payment', 'not-an-event', '', 'x', :hash)",
        hash=uuid4().bytes,
    )
    await expect(waiting).to_have_text(str(before + 1), timeout=10_000)


async def test_an_officer_without_the_role_is_turned_away(
    browser: Browser, console: ConsoleCity, filled: Filled
) -> None:
    context = await browser.new_context()
    page = await context.new_page()
    await sign_in(page, console.url, OFFICER.name)
    await expect(page.get_by_text("không có vai trò vận hành")).to_be_visible()
    await context.close()


async def test_a_request_is_granted_and_another_refused_with_reason_and_basis(
    page: Page, console: ConsoleCity, filled: Filled
) -> None:
    await page.get_by_role("link", name="Yêu cầu", exact=True).click()
    await expect(page.locator(".overdue")).to_contain_text("quá hạn")
    await page.goto(f"{console.url}/console/requests/{filled.request}")
    await page.get_by_role("button", name="Chấp thuận").click()
    await expect(page.get_by_role("status")).to_contain_text("Đã chấp thuận")
    await page.goto(f"{console.url}/console/requests/{filled.overdue}")
    refuse = page.locator("form", has=page.get_by_role("heading", name="Từ chối"))
    await refuse.get_by_label("Lý do").fill("Mục đích chưa rõ")
    await refuse.get_by_role("button").click()  # the browser itself asks for the basis that is missing
    assert f"{filled.overdue}" in page.url
    await refuse.get_by_label("Căn cứ pháp lý").fill("Điều 40 NĐ 194/2025")
    await refuse.get_by_role("button").click()
    await expect(page.get_by_role("status")).to_contain_text("Đã từ chối")
    states = "SELECT array_agg(state ORDER BY state) AS states FROM access_request"
    assert (await console.one(states)).states == ["granted", "refused"]
    assert (
        await console.one("SELECT count(*) AS n FROM access_grant WHERE request_id = :id", id=filled.request)
    ).n == 1


async def test_a_quarantined_message_is_looked_at_mended_and_admitted(page: Page, console: ConsoleCity) -> None:
    await page.get_by_role("link", name="Thông điệp", exact=True).click()
    row = page.get_by_role("row").filter(has_text="submission")
    await row.get_by_role("link").first.click()
    assert await page.locator("textarea").count() == 0
    await page.get_by_role("button", name="Xem nội dung").click()
    body = page.get_by_label("Sửa và phát lại")
    assert "<img src=x onerror=alert(1)>" in await body.input_value()
    await page.get_by_role("button", name="Phát lại").click()
    await expect(page.get_by_role("alert")).to_contain_text("Vẫn bị từ chối")
    await body.fill(json.dumps(json.loads(_good_event()), ensure_ascii=False, indent=2))
    size = (await console.one("SELECT count(*) AS n FROM ledger_entry")).n
    await page.get_by_role("button", name="Phát lại").click()
    await expect(page.get_by_role("status")).to_contain_text("được nhận vào sổ cái")
    assert (await console.one("SELECT count(*) AS n FROM ledger_entry")).n == size + 1
    await page.get_by_role("link", name="Nhật ký", exact=True).click()
    for action in ("quarantine-body-shown", "quarantine-replayed"):
        await expect(page.get_by_role("cell", name=action).first).to_be_visible()


async def test_a_subscription_is_paused_and_goes_on(page: Page, console: ConsoleCity, filled: Filled) -> None:
    await page.goto(f"{console.url}/console/subscriptions/{filled.subscription}")
    await page.get_by_role("button", name="Tạm dừng").click()
    await expect(page.get_by_role("status")).to_contain_text("Đã tạm dừng")
    state = "SELECT state FROM subscription WHERE id = :id"
    assert (await console.one(state, id=filled.subscription)).state == "paused"
    await page.get_by_role("button", name="Tiếp tục").click()
    await expect(page.get_by_role("status")).to_contain_text("tiếp tục")
    assert (await console.one(state, id=filled.subscription)).state == "active"


async def test_verify_says_whole_and_names_the_first_entry_that_was_altered(page: Page, console: ConsoleCity) -> None:
    await page.get_by_role("link", name="Sổ cái", exact=True).click()
    await page.get_by_role("button", name="Kiểm chứng").click()
    await expect(page.get_by_role("heading", name="Sổ cái nguyên vẹn")).to_be_visible()
    altered = "UPDATE ledger_body SET body = convert_to(replace(convert_from(body, 'UTF8'), :a, :b), 'UTF8') WHERE position = 3"
    await console.execute(altered, a="specversion", b="Specversion")
    try:
        await page.get_by_role("button", name="Kiểm chứng").click()
        await expect(page.get_by_text("Vị trí sai đầu tiên: 3")).to_be_visible()
    finally:
        await console.execute(altered, a="Specversion", b="specversion")


def _good_event() -> bytes:
    name = next(name for name in sorted(EVENTS) if EVENTS[name].producer == "submission")
    return wire(EVENTS[name].from_example()).body
