"""Who passes the guards of this service's routes, and the parameters that several of them take. No rule beyond that."""

from typing import Annotated

from fastapi import Depends, Path, Query

from chassis.auth import Allow, Principal
from chassis.text import CleanText

OFFICERS = frozenset({"civil-status-officer", "one-stop-officer"})
READ_SCOPE = "civil-registry:read"
EXTRACT_SCOPE = "civil-registry:extract"
"""Of the gateway's own tokens alone: no agency is given it, so that an extract is read over the exchange or not at all."""

Anyone = Annotated[Principal, Depends(Allow(citizens=True, roles=OFFICERS, scope=READ_SCOPE))]
"""A citizen, an officer of the commune, or an agency: the object decides what each sees."""

Person = Annotated[Principal, Depends(Allow(citizens=True, roles=OFFICERS))]
"""A citizen or an officer of the commune."""

Exchange = Annotated[Principal, Depends(Allow(scope=EXTRACT_SCOPE))]
"""An agency whose right and purpose the gateway has checked (`/r1`)."""

Citizen = Annotated[Principal, Depends(Allow(citizens=True))]

Purpose = Annotated[
    CleanText | None,
    Query(max_length=200, description="Why it is read; the person concerned can see it. Without it: the dossier"),
]
DossierPath = Annotated[CleanText, Path(min_length=1, max_length=100, description="Dossier code (mã hồ sơ)")]
DossierQuery = Annotated[
    CleanText, Query(alias="dossier", min_length=1, max_length=100, description="Dossier code (mã hồ sơ)")
]
