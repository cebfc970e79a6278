"""Pulls the statistics of August 2016 as the national portal would, holds them against what was published, prints them."""

import asyncio
from typing import Any

from sandbox.demo.august import FIRST_DAY, LAST_DAY
from sandbox.demo.client import Client, DemoFailed, Json
from sandbox.demo.screen import Screen

PUBLISHED = {"birth": "58.5", "death": "44.6"}
PUBLISHED_TOTAL = (1019, 1836, "55.5")
_GROUPS = {"group": "By field (khai sinh, khai tử)", "district": "By district (quận)", "day": "By day"}


async def pull(client: Client, screen: Screen) -> Json:
    """All groupings; raises DemoFailed unless every published figure comes out to the digit."""
    tables = {group: await _settled(client, group) for group in _GROUPS}
    for group, title in _GROUPS.items():
        rows = [_row(item["name"] or item["key"] or "–", item) for item in tables[group]["groups"]]
        screen.table(
            title, ("", "online", "counter", "all", "online %"), [*rows, _row("Total", tables[group]["total"])]
        )
    _check(tables["group"])
    return tables


async def _settled(client: Client, group: str) -> Json:
    """The figures once reporting has counted every filing: it follows the events, a moment behind."""
    answer: Json = {}
    for _ in range(600):
        answer = await client.get(
            "/api/reporting/v1/indicators/online-share", **{"from": FIRST_DAY, "to": LAST_DAY, "groupBy": group}
        )
        if answer["total"]["total"] >= PUBLISHED_TOTAL[1]:
            break
        await asyncio.sleep(0.1)
    return answer


def _row(name: str, item: dict[str, Any]) -> tuple[str, ...]:
    numbers = (f"{item[key]:,}" for key in ("online", "counter", "total"))
    return (name, *numbers, "n/a" if item["share"]["percent"] is None else f"{item['share']['percent']}%")


def _check(by_group: Json) -> None:
    found = {item["key"]: item["share"]["percent"] for item in by_group["groups"]}
    total = by_group["total"]
    if found != PUBLISHED or (total["online"], total["total"], total["share"]["percent"]) != PUBLISHED_TOTAL:
        raise DemoFailed(f"published were {PUBLISHED} and {PUBLISHED_TOTAL}, counted are {found} and {total}")
