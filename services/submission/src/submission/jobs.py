"""What the worker of this service does again and again, each job at its own pace. Decides nothing: each calls a use case."""

from collections.abc import Sequence

from chassis.service import Job, Runtime
from submission.files import work as files
from submission.handlers import clocks, drafts, imports, retention
from submission.notices import work as notices
from submission.rules import RETENTION
from submission.settings import SubmissionSettings


async def _clocks(runtime: Runtime) -> None:
    await clocks.lapse_supplements(runtime.database)
    await clocks.give_alerts(runtime.database, runtime.extras["copies"])


async def _erase_due(runtime: Runtime) -> None:
    settings = runtime.settings
    assert isinstance(settings, SubmissionSettings)  # noqa: S101 - SERVICE names this class
    if settings.retention_erases:
        await retention.erase_due(runtime.database, RETENTION, batch=settings.retention_batch)


async def _import(runtime: Runtime) -> None:
    await imports.work_off(runtime.database, runtime.extras["copies"])


async def _forget_drafts(runtime: Runtime) -> None:
    forgotten = 1
    while forgotten:
        async with runtime.database.begin() as uow:
            forgotten = await drafts.forget_drafts(uow)


JOBS: Sequence[Job] = (
    # Who sent an import waits for it; an idle round is one look into an index of what waits.
    Job("imports", 1, _import),
    # A draft past its time is not shown any more: it need not be gone by the minute.
    Job("drafts", 600, _forget_drafts),
    # Due times are minutes apart at the least; an idle round is four look-ups in indexes that hold what is to be done.
    Job("clocks", 10, _clocks),
    # What is due by the day need not be gone by the minute.
    Job("retention", 3600, _erase_due),
    *notices.JOBS,
    *files.JOBS,
)
