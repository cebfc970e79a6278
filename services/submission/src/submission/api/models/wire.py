"""What the models of every part of submission's API share: their base, the status, the addresses of a dossier. No rules."""

from typing import Any, Self

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from contracts.codes import DossierStatus
from submission.domain.dossier import STATUS_NAMES

ROOT = "/api/submission/v1"
PUBLIC = f"{ROOT}/dossiers"
"""Where the gateway shows these routes to the world."""

CODE_EXAMPLE = "H26-20261012-0000042"
STATUS_EXAMPLE: dict[str, Any] = {"number": 1, "name": "mới đăng ký"}


class Wire(BaseModel):
    """camelCase on the wire; in what is sent to us, nothing that is not named."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid")


class StatusView(Wire):
    """Trạng thái: number and name of the national portal."""

    number: DossierStatus
    name: str

    @classmethod
    def of(cls, status: DossierStatus) -> Self:
        """With its Vietnamese name."""
        return cls(number=status, name=STATUS_NAMES[status])


def links(code: str) -> dict[str, str]:
    """Where the things of a dossier are. The fee is payment's to tell; the address is its public one."""
    here = f"{PUBLIC}/{code}"
    return {
        "self": here,
        "history": f"{here}/history",
        "deadline": f"{here}/deadline",
        "receipt": f"{here}/receipt",
        "tracking": f"{here}/tracking",
        "fee": f"/api/payment/v1/obligations?dossier={code}",
    }
