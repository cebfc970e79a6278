"""Routes of the registry of partners: for operators to manage, for an agency's client to read its own. They decide nothing."""

from fastapi import APIRouter

from gateway.api.partners import changes, grants, groups, members, services, subsystems

router = APIRouter()
for part in (members, subsystems, services, groups, grants, changes):
    router.include_router(part.router)
