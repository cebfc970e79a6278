"""The tables of docs/ that are made from the code."""

from pathlib import Path
from typing import Any

from pydantic import Field, SecretStr

from chassis.problems import Conflict, Problem, Text
from chassis.service import Service
from chassis.settings import Settings
from sandbox.contracts_files.pages import problems_file, problems_page, settings_page
from sandbox.contracts_files.rooms import HOUSE, FoundProblem


class ShopSettings(Settings):
    shop_secret: SecretStr | None = Field(default=None, description="What is told to nobody")
    shop_items: dict[str, int] = Field(default_factory=dict, description="Price by name | in đồng")
    shop_share: float = Field(default=0.5, gt=0, le=1, description="Share kept")
    shop_open: bool = Field(default=True, description="Whether it is open")
    shop_folder: Path = Field(description="Where goods lie")


class SoldOut(Conflict):
    """409: nothing is left."""

    slug = "sold-out"
    title = Text("Hết hàng", "Sold out")


def row(page: str, start: str) -> str:
    (found,) = (line for line in page.splitlines() if line.startswith(f"| {start}"))
    return found


def a_service(name: str, settings: type[Settings]) -> Service:
    return Service(name=name, package=name, title=name, description=name, routers=(), settings=settings)


def test_a_setting_is_told_with_type_default_and_purpose() -> None:
    page = settings_page([a_service("shop", ShopSettings), a_service("plain", Settings)])
    assert (
        row(page, "`LIENTHONG_SHOP_SECRET`")
        == "| `LIENTHONG_SHOP_SECRET` | secret text | not set | What is told to nobody |"
    )
    assert (
        row(page, "`LIENTHONG_SHOP_ITEMS`")
        == "| `LIENTHONG_SHOP_ITEMS` | JSON object | `{}` | Price by name \\| in đồng |"
    )
    assert (
        row(page, "`LIENTHONG_SHOP_SHARE`") == "| `LIENTHONG_SHOP_SHARE` | number, > 0 and ≤ 1 | `0.5` | Share kept |"
    )
    assert (
        row(page, "`LIENTHONG_SHOP_OPEN`") == "| `LIENTHONG_SHOP_OPEN` | true or false | `true` | Whether it is open |"
    )
    assert (
        row(page, "`LIENTHONG_SHOP_FOLDER`") == "| `LIENTHONG_SHOP_FOLDER` | path | **must be set** | Where goods lie |"
    )


def test_settings_that_all_services_share_are_told_once() -> None:
    page = settings_page([a_service("shop", ShopSettings), a_service("plain", Settings)])
    assert page.count("LIENTHONG_DATABASE_URL") == 1
    assert page.rstrip().endswith("## plain\n\nNothing besides.")


def test_what_the_environment_holds_is_not_told(monkeypatch: Any) -> None:
    monkeypatch.setenv("LIENTHONG_SHOP_SECRET", "hush")
    monkeypatch.setenv("LIENTHONG_DATABASE_URL", "postgresql://me:hush@host/db")
    assert "hush" not in settings_page([a_service("shop", ShopSettings)])


def test_a_problem_is_told_by_slug_in_both_languages() -> None:
    problems = [FoundProblem("shop", SoldOut), FoundProblem(HOUSE, Problem)]
    page = problems_page(problems)
    assert row(page, "`sold-out`") == "| `sold-out` | 409 | shop | Hết hàng | Sold out | Nothing is left. |"
    assert "| every service |" in row(page, "`internal-error`")


def test_problems_as_json_are_in_the_order_of_their_slugs() -> None:
    text = problems_file([FoundProblem("shop", SoldOut), FoundProblem(HOUSE, Problem)])
    assert text.index('"internal-error"') < text.index('"sold-out"')
    assert '"service": "*"' in text
    assert '"meaning": "Nothing is left."' in text
