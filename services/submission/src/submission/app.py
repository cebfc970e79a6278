"""The submission service: its one definition, and the commands it runs by. Nothing else."""

from typing import Any

from chassis.run import commands as commands_of
from chassis.service import Runtime, Service
from submission.api import routers
from submission.consumers import handlers
from submission.copies import Copies
from submission.files.wiring import files_of
from submission.jobs import JOBS
from submission.population.wiring import population_of
from submission.retention_command import retention
from submission.search_command import index_search
from submission.settings import SubmissionSettings


async def _started(runtime: Runtime) -> dict[str, Any]:
    settings = runtime.settings
    assert isinstance(settings, SubmissionSettings)  # noqa: S101 - SERVICE says so
    return {"copies": Copies(), "files": files_of(settings), "population": population_of(settings)}


SERVICE = Service(
    name="submission",
    package="submission",
    title="Submission: dossiers from intake to return",
    description="Hồ sơ: filing online or at the one-stop desk (một cửa), deadlines, papers, the way to the result.",
    routers=routers,
    handlers=handlers,
    jobs=JOBS,
    settings=SubmissionSettings,
    started=_started,
    tags=(
        {"name": "intake", "description": "Nộp hồ sơ: file a dossier, drafts, pre-filling, imports"},
        {"name": "dossiers", "description": "Look: one dossier, lists, history, public tracking, papers"},
        {"name": "uploads", "description": "Tải tệp lên: uploads that go on where they broke off (tus 1.0)"},
        {"name": "files", "description": "Thành phần hồ sơ: the papers of a dossier as files"},
        {"name": "documents", "description": "Kho dữ liệu của công dân: the citizen's own store"},
        {"name": "desk", "description": "Bộ phận một cửa: queue, search, accept, finish, return"},
        {"name": "pick-up", "description": "Đối chiếu bản chính, trả kết quả tại quầy và qua bưu chính"},
        {"name": "data-accesses", "description": "Ai đã xem dữ liệu của tôi / Who read my data"},
        {"name": "retention", "description": "Holds, and what was erased"},
    ),
)

commands = commands_of(SERVICE)
commands.command()(retention)
commands.command()(index_search)
