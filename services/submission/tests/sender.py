"""A process that does the worker's part of notices and nothing else, to be killed: told by LIENTHONG_… variables."""

import asyncio

from chassis.service import Runtime
from submission.app import SERVICE
from submission.notices import work
from submission.settings import SubmissionSettings


async def main() -> None:
    runtime = Runtime.of(SERVICE, SubmissionSettings(), issuers={})
    await runtime.start()
    while True:
        for job in work.JOBS:
            await job.run(runtime)
        await asyncio.sleep(0.02)


if __name__ == "__main__":
    asyncio.run(main())
