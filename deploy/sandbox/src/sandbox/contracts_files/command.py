"""`lienthong contracts`: writes the contract files, or with `--check` says what is out of date or broken. It decides no content."""

import difflib
from collections.abc import Iterable, Mapping
from itertools import islice
from pathlib import Path
from typing import Annotated

import typer

from sandbox.contracts_files import files
from sandbox.contracts_files.compatibility import OPENAPI, PROBLEMS, broken_promises

_DIFF_LINES = 20
_ABOUT_ALL = (PROBLEMS, *files.PAGES)


def contracts(
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; exit 1 on a difference or a breaking change")
    ] = False,
    base: Annotated[
        str | None,
        typer.Option(
            envvar="LIENTHONG_CONTRACTS_BASE",
            help="Revision whose readers must not be broken; default: origin/main if it is another commit, else HEAD",
        ),
    ] = None,
    root: Annotated[Path, typer.Option(help="The repository")] = Path(),
) -> None:
    """Make contracts/ and the tables of docs/ from the code."""
    if not (root / "contracts" / "src").is_dir():
        typer.echo(f"{root.resolve()} is not the repository: run this at its root, or give --root.", err=True)
        raise typer.Exit(2)
    made = files.made()
    for service, reason in made.unread.items():
        typer.echo(f"{service}: left out, because it cannot be imported: {reason}", err=True)
    present = files.present(root)
    leftovers = sorted(path for path in present.keys() - made.files.keys() if not _about(path, made.unread))
    if not check:
        _write(root, made.files, present, leftovers)
        failed = False
    else:
        stale = _say_differences(made.files, present, leftovers)
        broken = _say_breaks(root, base, made)
        failed = stale or broken
    if failed or made.unread:
        raise typer.Exit(1)


def _about(path: str, unread: Iterable[str]) -> bool:
    """Whether a file speaks of a service that could not be read: nothing is known of it then."""
    return any(path == f"{OPENAPI}{service}.json" or path in _ABOUT_ALL for service in unread)


def _write(root: Path, made: Mapping[str, str], present: Mapping[str, str], leftovers: list[str]) -> None:
    changed = [path for path, text in made.items() if present.get(path) != text]
    for path in changed:
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(made[path], encoding="utf-8")
        typer.echo(f"wrote {path}")
    for path in leftovers:
        (root / path).unlink()
        typer.echo(f"removed {path}: the code no longer makes it")
    typer.echo(f"{len(made)} contract files, {len(changed)} written, {len(leftovers)} removed")


def _say_differences(made: Mapping[str, str], present: Mapping[str, str], leftovers: list[str]) -> bool:
    differing = [path for path, text in made.items() if present.get(path) != text]
    for path in differing:
        if path not in present:
            typer.echo(f"missing: {path}")
        else:
            typer.echo(f"out of date: {path}")
            _say_diff(present[path], made[path])
    for path in leftovers:
        typer.echo(f"leftover: {path}")
    if differing or leftovers:
        typer.echo("Run `make contracts` and commit what it writes.")
        return True
    typer.echo(f"{len(made)} contract files are what the code says")
    return False


def _say_diff(old: str, new: str) -> None:
    lines = difflib.unified_diff(old.splitlines(), new.splitlines(), "file", "code", n=1, lineterm="")
    shown = list(islice(lines, _DIFF_LINES + 1))
    for line in shown[:_DIFF_LINES]:
        typer.echo(f"    {line}")
    if len(shown) > _DIFF_LINES:
        typer.echo("    …")


def _say_breaks(root: Path, base: str | None, made: files.Made) -> bool:
    revision = base or files.default_base(root)
    before = files.committed(root, revision)
    if not before:
        where = "no such revision here" if before is None else "no contract files there"
        typer.echo(f"nothing to hold the change against: {revision}: {where}")
        return False
    known = {path: text for path, text in before.items() if not _about(path, made.unread)}
    broken = broken_promises(known, made.files)
    for sentence in broken:
        typer.echo(f"breaks: {sentence}")
    if broken:
        typer.echo(f"These break who relies on {revision}. Add a new version beside the old (contracts/README.md).")
        return True
    typer.echo(f"nothing that {revision} promised is broken")
    return False
