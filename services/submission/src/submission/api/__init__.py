"""The routes of this service and what they take and give. They translate; the handlers decide."""

from submission.api import desk, dossiers, intake, papers

routers = (intake.router, dossiers.router, desk.router, papers.router)

__all__ = ["routers"]
