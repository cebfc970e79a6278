"""What a problem's page says, as JSON. Shapes only."""

from pydantic import ConfigDict

from gateway.api.models.shape import Model


class ProblemView(Model):
    """A kind of problem: what it means, and which addresses answer with it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "slug": "upstream-timeout",
                    "status": [504],
                    "title": {"vi": "Dịch vụ phía sau không trả lời kịp", "en": "The service did not answer in time"},
                    "meaning": "504: the service behind the gateway did not answer in time.",
                    "answeredBy": ["GET /api/submission/v1/dossiers/{code}"],
                }
            ]
        }
    )

    slug: str
    status: list[int]
    title: dict[str, str] | None = None
    meaning: str | None = None
    answered_by: list[str]
