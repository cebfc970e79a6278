"""All contract files as texts by path, in one set: `made` from the code, `present` in the tree, `committed` at a revision.

It reads; it writes nothing. Paths are relative to the repository's root, with `/`.
"""

import json
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from chassis.service import Runtime, Service, create_app
from contracts.registry import SERVICES
from sandbox.contracts_files import rooms
from sandbox.contracts_files.asyncapi import asyncapi_file
from sandbox.contracts_files.compatibility import OPENAPI, PROBLEMS, SCHEMAS
from sandbox.contracts_files.event_files import example_files, schema_files
from sandbox.contracts_files.pages import events_page, problems_file, problems_page, settings_page

EXAMPLES = "contracts/examples/"
ASYNCAPI = "contracts/asyncapi.yaml"
PAGES = ("docs/settings.md", "docs/events.md", "docs/problems.md")
OWNED = (SCHEMAS, EXAMPLES, OPENAPI, ASYNCAPI, PROBLEMS, *PAGES)
"""What is made here and by nobody else: a file in these folders that the code does not make is a leftover."""


@dataclass(frozen=True)
class Made:
    """What the code says.

    `unread` has the services that could not be imported, with the reason. Files about them are missing then, and so are
    those about all services.
    """

    files: Mapping[str, str]
    unread: Mapping[str, str] = field(default_factory=dict)


def made() -> Made:
    """Every contract file, from the code as it is."""
    files = {f"{SCHEMAS}{name}": text for name, text in schema_files().items()}
    files |= {f"{EXAMPLES}{name}": text for name, text in example_files().items()}
    files |= {ASYNCAPI: asyncapi_file(), "docs/events.md": events_page()}
    services: list[Service] = []
    unread: dict[str, str] = {}
    for name in SERVICES:
        try:
            service = rooms.service_of(name)
            rooms.problems_of(name)
        except ImportError as error:
            unread[name] = str(error)
            continue
        services.append(service)
        files[f"{OPENAPI}{name}.json"] = openapi_file(service)
    if not unread:
        problems = [found for owner in rooms.owners() for found in rooms.problems_of(owner)]
        files |= {PROBLEMS: problems_file(problems), "docs/problems.md": problems_page(problems)}
        files["docs/settings.md"] = settings_page(services)
    return Made(files, unread)


def openapi_file(service: Service) -> str:
    """The OpenAPI 3.1 document of a service. Its runtime is put together and never started: no database is asked."""
    app = create_app(Runtime.of(service, service.settings()))
    return json.dumps(app.openapi(), ensure_ascii=False, indent=2) + "\n"


def present(root: Path) -> dict[str, str]:
    """The files that lie in the tree now."""
    found: dict[str, str] = {}
    for place in OWNED:
        path = root / place
        for file in sorted(path.iterdir()) if path.is_dir() else [path] * path.is_file():
            found[file.relative_to(root).as_posix()] = file.read_text(encoding="utf-8")
    return found


def default_base(root: Path) -> str:
    """What a change is held against: `origin/main` where that is another commit than HEAD, else HEAD."""
    main, head = (_git(root, "rev-parse", "--verify", "--quiet", name) for name in ("origin/main", "HEAD"))
    return "origin/main" if main and main != head else "HEAD"


def committed(root: Path, revision: str) -> dict[str, str] | None:
    """The files as they are at a revision; None where there is no repository or no such revision."""
    if _git(root, "rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}") is None:
        return None
    listed = _git(root, "ls-tree", "-r", "-z", "--name-only", revision, "--", *OWNED) or ""
    files: dict[str, str] = {}
    for path in filter(None, listed.split("\0")):
        text = _git(root, "show", f"{revision}:{path}")
        if text is not None:
            files[path] = text
    return files


def _git(root: Path, *arguments: str) -> str | None:
    """What git answers; None where it refuses, or is not on this machine."""
    try:
        answer = subprocess.run(  # noqa: S603 - no shell; every argument is ours, or the revision of who runs it
            ["git", *arguments],  # noqa: S607 - the git of who runs it
            cwd=root,
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
    except OSError:
        return None
    return answer.stdout if answer.returncode == 0 else None
