"""Measures the replay of August 2016 through the all-in-one process, as `make demo` runs it. It reads the demo's own summary."""

import asyncio
import json
import tempfile
from pathlib import Path

from tests.bench.figures import Figure, Section
from tests.bench.stand import LIENTHONG
from tests.servers.enclosure import ServerError, free_ports

SECONDS = 900


async def measure() -> Section:
    """One run: it takes longer than all rounds of the rest together."""
    with tempfile.TemporaryDirectory(prefix="lienthong-bench-demo-") as folder:
        summary = Path(folder) / "summary.json"
        child = await asyncio.create_subprocess_exec(
            LIENTHONG, "demo", "--exit", "--json", str(summary), "--data-dir", f"{folder}/sandbox",
            "--port", str(free_ports(1)[0]), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        try:
            async with asyncio.timeout(SECONDS):
                said, _ = await child.communicate()
        finally:
            if child.returncode is None:
                child.terminate()
                await child.wait()
        if child.returncode or not summary.exists():
            raise ServerError(f"the demo did not come to its end: {said.decode(errors='replace')[-1000:]}")
        replay = json.loads(summary.read_text(encoding="utf-8"))["replay"]
    rate = replay["filedNow"] / replay["seconds"]
    return Section(
        "August 2016 replayed through the all-in-one process",
        (Figure("replay.rate", f"{replay['filedNow']:,} dossiers: rate", "/s", (rate,)),),
        ("Gateway, five services, simulators and the load in one process; the database beside it.",),
    )
