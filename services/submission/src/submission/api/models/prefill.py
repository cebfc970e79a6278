"""What pre-filling gives: part of a form, and which fields were filled in. Values only."""

from typing import Any, Self

from pydantic import ConfigDict, Field

from submission.api.models.wire import Wire
from submission.domain.prefill import Prefilled


class PrefillView(Wire):
    """Put it into the form where the applicant has typed nothing, and let her mend what is not so."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "procedure": "1.001193",
                "form": {"requester": {"fullName": "TRẦN THỊ VÍ DỤ", "personalId": "001190000001"}},
                "filled": ["/form/requester/fullName", "/form/requester/personalId"],
            }
        }
    )

    procedure: str
    case: str | None = None
    form: dict[str, Any]
    filled: list[str] = Field(description="JSON pointers, as errors of POST /v1/dossiers have them")

    @classmethod
    def of(cls, procedure: str, case: str | None, found: Prefilled) -> Self:
        """What was found."""
        return cls(procedure=procedure, case=case, form=found.form, filled=list(found.pointers))
