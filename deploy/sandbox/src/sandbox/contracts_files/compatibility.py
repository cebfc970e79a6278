"""Whether a set of contract files breaks those who rely on an earlier set. Pure: texts in, sentences out.

Compared are the schemas of events, the OpenAPI documents and the problems; examples and prose bind nobody, and AsyncAPI
says nothing of an event that its schema does not. How a file is compared is told by where it stands.
"""

import json
from collections.abc import Mapping
from typing import Any

from sandbox.contracts_files.openapi_comparison import broken_calls
from sandbox.contracts_files.schema_comparison import Side, breaking_changes

SCHEMAS = "contracts/schemas/"
OPENAPI = "contracts/openapi/"
PROBLEMS = "contracts/problems.json"


def broken_promises(before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
    """What the files `after` (path → text) break of the files `before`: one sentence each, with the file's path."""
    found: list[str] = []
    for path in sorted(before):
        if not path.startswith((SCHEMAS, OPENAPI, PROBLEMS)):
            continue
        if path not in after:
            found.append(f"{path}: removed; what it promised is gone")
        else:
            old, new = json.loads(before[path]), json.loads(after[path])
            found += (f"{path}: {said}" for said in _broken(path, old, new))
    return found


def _broken(path: str, old: Any, new: Any) -> list[str]:
    if path.startswith(SCHEMAS):
        return breaking_changes(old, new, Side.EVENT)
    if path.startswith(OPENAPI):
        return broken_calls(old, new)
    return _broken_problems(old, new)


def _broken_problems(old: list[dict[str, Any]], new: list[dict[str, Any]]) -> list[str]:
    """A caller acts on the slug and the status; titles are for people."""
    statuses = {(problem["service"], problem["slug"]): problem["status"] for problem in new}
    found: list[str] = []
    for problem in old:
        service, slug, status = problem["service"], problem["slug"], problem["status"]
        if (service, slug) not in statuses:
            found.append(f"{service}: problem {slug} removed")
        elif statuses[service, slug] != status:
            found.append(f"{service}: problem {slug} has status {statuses[service, slug]}, had {status}")
    return found
