"""`lienthong verify FILE`: checks evidence, an archive or a checkpoint offline, by public keys alone. It needs no database."""

import base64
import binascii
import hashlib
import json
import textwrap
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Annotated, Any

import typer

from gateway.domain import evidence
from gateway.domain.checkpoint import Checkpoint, MalformedKeyError
from gateway.domain.evidence import Finding, Keys, Unreadable, bad, good, unsure
from gateway.domain.exchange_record import NotARecord, read_record

_WIDTH = 80
_MARKS = {True: "ok      ", False: "NOT OK  ", None: "unknown "}
_MOST_BYTES = 256 * 1024 * 1024
_MOST_LINE = 16 * 1024 * 1024


def verify(
    file: Annotated[Path, typer.Argument(help="Evidence (JSON), an archive (zip) or a checkpoint (text)")],
    key: Annotated[
        Path | None, typer.Option("--key", help="File of public keys, one vkey a line, got by a way you trust")
    ] = None,
    vkey: Annotated[list[str] | None, typer.Option("-k", help="A public key; may be given more than once")] = None,
) -> None:
    """Check FILE by public keys alone: no network, no database. Exit code 0 only if everything holds."""
    try:
        lines = [*(key.read_text(encoding="utf-8").splitlines() if key is not None else ()), *(vkey or ())]
        findings = verify_file(file, evidence.parse_keys(lines))
    except (Unreadable, MalformedKeyError, OSError, UnicodeDecodeError) as error:
        _say(f"Cannot verify: {error}", err=True)
        raise typer.Exit(1) from error
    for finding in findings:
        _say(finding.sentence, mark=_MARKS[finding.holds])
    wrong = evidence.failed(findings)
    typer.echo("This does NOT hold." if wrong else "Everything that was checked holds.")
    raise typer.Exit(1 if wrong else 0)


def verify_file(file: Path, keys: Keys) -> list[Finding]:
    """What a file can be asked, whichever kind it is. Raises Unreadable, OSError."""
    if not keys.verifiers:
        raise Unreadable("give the ledger's public key by --key or -k; without one nothing is proven")
    if zipfile.is_zipfile(file):
        return verify_archive(file, keys)
    if file.stat().st_size > _MOST_BYTES:
        raise Unreadable("the file is too large to be evidence")
    text = file.read_bytes().decode()
    if not text.lstrip().startswith("{"):
        return evidence.verify_checkpoint(text, keys)[0]
    return evidence.verify_bundle(_json(text), keys)


def verify_archive(file: Path, keys: Keys) -> list[Finding]:
    """Every record of an archive, and every body in it; names the first bad position. Raises Unreadable."""
    try:
        with zipfile.ZipFile(file) as archive:
            findings, checkpoint = evidence.verify_checkpoint(archive.read("checkpoint.txt").decode(), keys)
            if checkpoint is None:
                return findings
            return findings + _verify_members(archive, checkpoint, keys)
    except (zipfile.BadZipFile, KeyError, EOFError, NotImplementedError, RuntimeError) as error:
        raise Unreadable("the archive is damaged, or not one of the message log") from error


def _verify_members(archive: zipfile.ZipFile, checkpoint: Checkpoint, keys: Keys) -> list[Finding]:
    expected: dict[tuple[str, str], tuple[int, object]] = {}
    count = unsigned = erased = 0
    with archive.open("records.jsonl") as records:
        for number, line in enumerate(_lines(records), start=1):
            item = _json(line)
            findings = evidence.verify_entry(item, checkpoint, keys)
            if evidence.failed(findings):
                wrong = next(finding for finding in findings if finding.holds is False)
                return [bad(f"first bad position {item['position']} (line {number}): {wrong.sentence}")]
            count += 1
            erased += "body" not in item
            unsigned += "body" in item and any(finding.holds is None for finding in findings)
            expected |= _bodies_of(item)
    said = [good(f"all {count} exchanges stand in the ledger as they are shown here")]
    if unsigned:
        said.append(unsure(f"{unsigned} of them are signed by a gateway's key you did not give"))
    if erased:
        said.append(unsure(f"{erased} of them say no more what was exchanged: erased by law"))
    return said + _verify_bodies(archive, expected)


def _bodies_of(item: Mapping[str, Any]) -> dict[tuple[str, str], tuple[int, object]]:
    """The bodies a record says were kept, with the hash each must have."""
    try:
        record = read_record(item["body"]) if "body" in item else {}
    except NotARecord:
        record = {}
    return {
        (str(record["requestId"]), direction): (item["position"], record.get(f"{direction}Sha512"))
        for direction in ("request", "response")
        if record.get(f"{direction}Body") == "whole"
    }


def _verify_bodies(archive: zipfile.ZipFile, expected: dict[tuple[str, str], tuple[int, object]]) -> list[Finding]:
    digests: dict[tuple[str, str], Any] = {}
    with archive.open("bodies.jsonl") as bodies:
        for line in _lines(bodies):
            piece = _json(line)
            whose = str(piece.get("requestId")), str(piece.get("direction"))
            if whose not in expected:
                return [bad(f"a body is here of an exchange that is not, or that kept none: {whose[0]}")]
            try:
                data = base64.b64decode(piece["data"], validate=True)
            except (KeyError, TypeError, ValueError, binascii.Error):
                raise Unreadable("a piece of a body is not base64") from None
            digests.setdefault(whose, hashlib.sha512()).update(data)
    wrong = sorted(
        (expected[whose][0], whose[1])
        for whose, digest in digests.items()
        if expected[whose][1] != base64.b64encode(digest.digest()).decode()
    )
    if wrong:
        position, direction = wrong[0]
        return [bad(f"first bad position {position}: the body of the {direction} is NOT the one that passed")]
    missing = len(expected) - len(digests)
    said = [good(f"all {len(digests)} bodies are those that passed")] if digests else []
    return said + ([unsure(f"{missing} bodies were kept and are not in this archive")] if missing else [])


def _lines(member: IO[bytes]) -> Iterator[str]:
    """Lines of a member, each bounded: an archive from elsewhere must not fill the memory."""
    while line := member.readline(_MOST_LINE):
        if not line.endswith(b"\n"):
            raise Unreadable("a line of the archive is cut off, or too long")
        try:
            yield line.decode()
        except UnicodeDecodeError:
            raise Unreadable("a line of the archive is not UTF-8") from None


def _json(text: str) -> dict[str, Any]:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        raise Unreadable("the file is neither evidence, nor an archive, nor a checkpoint")
    return document


def _say(sentence: str, *, mark: str = "", err: bool = False) -> None:
    indent = " " * len(mark)
    typer.echo(textwrap.fill(f"{mark}{sentence}", _WIDTH, subsequent_indent=indent, break_on_hyphens=False), err=err)
