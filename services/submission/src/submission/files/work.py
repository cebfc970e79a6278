"""The worker's jobs for files, each at its own pace. Decides nothing: each calls handlers.file_upkeep."""

from collections.abc import Sequence

from chassis.service import Job, Runtime
from submission.files.wiring import Files
from submission.handlers import file_upkeep


def _files(runtime: Runtime) -> Files:
    files: Files = runtime.extras["files"]
    return files


async def _check_again(runtime: Runtime) -> None:
    await file_upkeep.until_none_left(file_upkeep.check_again, _files(runtime).intake, runtime.database)


async def _clear_away(runtime: Runtime) -> None:
    intake = _files(runtime).intake
    await file_upkeep.until_none_left(file_upkeep.drop_expired, intake, runtime.database)
    await file_upkeep.until_none_left(file_upkeep.drop_unused_files, intake, runtime.database)


async def _sweep(runtime: Runtime) -> None:
    await file_upkeep.sweep(_files(runtime).storage, runtime.database)


JOBS: Sequence[Job] = (
    # Somebody may be waiting for a file whose check was cut short.
    Job("uploads-checked-again", 10, _check_again),
    Job("files-cleared-away", 300, _clear_away),
    Job("files-swept", 6 * 3600, _sweep),
)
