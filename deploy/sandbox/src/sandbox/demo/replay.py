"""Replays August 2016: files every dossier of those ten days through the public API, at its own moment, resumable."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Sequence
from itertools import groupby
from pathlib import Path

import httpx

from contracts.codes import Channel
from sandbox.demo.august import FIRST_DAY, Filing, filings
from sandbox.demo.client import Client
from sandbox.demo.screen import Screen
from sandbox.simulators.people import HANOI_AGENCY
from sandbox.stack import Sandbox

TOGETHER = 16
"""Dossiers in flight at once: what one process on two cores takes without queueing."""


class Replay:
    """The ten days, and how far they have been filed (kept in `progress`, so that a cut-off replay goes on)."""

    def __init__(self, sandbox: Sandbox, screen: Screen, http: httpx.AsyncClient, progress: Path) -> None:
        self._sandbox = sandbox
        self._screen = screen
        self._http = http
        self._progress = progress

    async def run(self) -> dict[str, float]:
        """File what is not filed yet; gives the count and the rate. The sandbox's clock is back on the machine's afterwards."""
        todo = filings(await self._pilot_wards())
        left = todo[self._filed() :]
        started = time.perf_counter()
        try:
            with self._screen.progress("10-19/8/2016", len(todo)) as bar:
                bar.done(len(todo) - len(left))
                async for count in self._file(left):
                    bar.done(count)
        finally:
            self._sandbox.clock.set(None)
        seconds = time.perf_counter() - started
        return {"dossiers": len(todo), "filedNow": len(left), "seconds": round(seconds, 2)}

    async def _pilot_wards(self) -> list[str]:
        rollouts = await Client(self._http).get("/api/catalog/v1/rollouts")
        wards = next(
            rollout["units"]
            for rollout in rollouts["items"]
            if rollout["startsOn"] == FIRST_DAY.isoformat() and rollout["units"]
        )
        return sorted(wards)

    async def _file(self, todo: Sequence[Filing]) -> AsyncIterator[int]:
        """Hour by hour: the clock stands at the hour's first filing while its dossiers come in side by side."""
        done = self._filed()
        for _, hour in groupby(todo, key=lambda filing: (filing.at.date(), filing.at.hour)):
            filings_of_hour = list(hour)
            self._sandbox.clock.set(filings_of_hour[0].at)
            for start in range(0, len(filings_of_hour), TOGETHER):
                batch = filings_of_hour[start : start + TOGETHER]
                await asyncio.gather(*(self._file_one(filing) for filing in batch))
                done += len(batch)
                self._progress.write_text(json.dumps({"filed": done}), encoding="utf-8")
                yield len(batch)

    async def _file_one(self, filing: Filing) -> None:
        identity = self._sandbox.simulators.identity
        body = {
            "procedure": filing.procedure,
            "unit": filing.unit,
            "applicant": {"kind": 1, "personalId": filing.applicant_id, "fullName": filing.applicant_name},
            "form": filing.form,
        }
        if filing.channel is Channel.ONLINE:
            token = identity.mint_citizen(filing.applicant_id, filing.applicant_name)
        else:
            token = identity.mint_officer(
                f"can-bo-{filing.unit}",
                "CÁN BỘ MỘT CỬA",
                roles=["one-stop-officer"],
                agency=HANOI_AGENCY,
                units=[filing.unit],
            )
        # The key names the filing, so that one that was cut off before its answer is not filed again.
        await Client(self._http, token).post("/api/submission/v1/dossiers", body, key=f"august-2016-{filing.number}")

    def _filed(self) -> int:
        if not self._progress.exists():
            return 0
        filed: int = json.loads(self._progress.read_text(encoding="utf-8"))["filed"]
        return filed
