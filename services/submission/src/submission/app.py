"""The submission service: its one definition, and the commands it runs by. Nothing else."""

from chassis.run import commands as commands_of
from chassis.service import Runtime, Service
from submission.api import routers
from submission.consumers import handlers
from submission.copies import Copies
from submission.settings import SubmissionSettings


async def _started(_: Runtime) -> dict[str, Copies]:
    return {"copies": Copies()}


SERVICE = Service(
    name="submission",
    package="submission",
    title="Submission: dossiers from intake to return",
    description="Hồ sơ: filing online or at the one-stop desk (một cửa), deadlines, papers, the way to the result.",
    routers=routers,
    handlers=handlers,
    settings=SubmissionSettings,
    started=_started,
    tags=(
        {"name": "intake", "description": "Nộp hồ sơ: file a dossier"},
        {"name": "dossiers", "description": "Look: one dossier, lists, history, public tracking, papers"},
        {"name": "desk", "description": "Bộ phận một cửa: accept, finish, return"},
    ),
)

commands = commands_of(SERVICE)
