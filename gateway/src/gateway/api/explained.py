"""What is known of a kind of problem: from the classes of this process and the documents of all services. Renders nothing."""

import inspect
import re
from collections.abc import Iterator, Mapping

from chassis.problems import Problem
from gateway.api.models.problems import ProblemView
from gateway.openapi_documents import Document, Operation, operations

_NAMED = re.compile(r"`([a-z0-9-]+)`")


def problems_of(operation: Operation) -> Iterator[tuple[int, str]]:
    """Status and slug of every problem an operation declares (see `chassis.problems.responses`)."""
    for status, response in operation.about.get("responses", {}).items():
        description = str(response.get("description", ""))
        if status.isdigit() and description.startswith("Problem: "):
            for slug in _NAMED.findall(description):
                yield int(status), slug


def explained(slug: str, documents: Mapping[str, Document | None]) -> ProblemView | None:
    """Everything we know of the problem of that slug; None if nothing."""
    answered: list[str] = []
    status: set[int] = set()
    for service, document in documents.items():
        for operation in operations(service, document or {}):
            for code, named in problems_of(operation):
                if named == slug:
                    answered.append(operation.name)
                    status.add(code)
    kind = next((kind for kind in _kinds(Problem) if kind.slug == slug), None)
    if kind is None and not answered:
        return None
    return ProblemView(
        slug=slug,
        status=sorted(status | ({kind.status} if kind else set())),
        title={"vi": kind.title.vi, "en": kind.title.en} if kind else None,
        meaning=inspect.getdoc(kind) if kind else None,
        answered_by=answered,
    )


def _kinds(kind: type[Problem]) -> Iterator[type[Problem]]:
    """The tree of problems, each slug by the class that introduced it first."""
    yield kind
    for below in kind.__subclasses__():
        yield from _kinds(below)
