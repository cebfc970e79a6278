"""The line of shell that calls an operation, ready to be pasted. It sends nothing, and knows no one's token."""

import json
import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any
from urllib.parse import quote

from gateway.api.fields import example, example_of_parameter
from gateway.openapi_documents import Document, Operation

_FORM = "application/x-www-form-urlencoded"
_KEY = "Idempotency-Key"
# openssl is wherever curl is, git's shell for Windows too; uuidgen is not.
_NEW_KEY = "$(openssl rand -hex 16)"

# Variables that mean something else already, to these lines or to every shell.
_TAKEN = frozenset({"TOKEN", "CLIENT_ID", "CLIENT_SECRET", "HOME", "PATH", "USER"})


@dataclass(frozen=True)
class Command:
    """A command, and the shell variables it wants set before."""

    text: str
    variables: tuple[str, ...]


def curl(operation: Operation, document: Document, public_url: str) -> Command:
    """The call with what is required only; a parameter without an example becomes a shell variable."""
    about = operation.about
    needed = [parameter for parameter in about.get("parameters", ()) if parameter.get("required")]
    method = "" if operation.method == "GET" else f"-X {operation.method} "
    parts = [f"curl {method}{_url(operation, needed, public_url)}"]
    if about.get("security"):
        parts.append('-H "Authorization: Bearer $TOKEN"')
    for parameter in about.get("parameters", ()):
        if parameter["in"] == "header" and parameter["name"] == _KEY:
            parts.append(f'-H "{_KEY}: {_NEW_KEY}"')
        elif parameter["in"] == "header" and parameter.get("required"):
            parts.append(f'-H "{_in_quotes(parameter["name"])}: {_value(parameter, encoded=False)}"')
    parts += _body(about.get("requestBody", {}).get("content", {}), document)
    if "application/pdf" in about.get("responses", {}).get("200", {}).get("content", {}):
        parts.append(f"--fail -o {shlex.quote(operation.path.rsplit('/', 1)[-1])}.pdf")
    text = " \\\n  ".join(parts)
    # A body is in single quotes: the shell sees no variable there.
    named = (re.findall(r"(?<!\\)\$\{?([A-Z][A-Z0-9_]*)", part) for part in parts if not part.startswith("--data"))
    return Command(text, tuple(dict.fromkeys(chain.from_iterable(named))))


def _url(operation: Operation, needed: list[Mapping[str, Any]], public_url: str) -> str:
    values = {parameter["name"]: _value(parameter, encoded=True) for parameter in needed if parameter["in"] == "path"}
    path = "".join(
        values.get(part[1:-1], _in_quotes(part)) if part.startswith("{") else _in_quotes(part)
        for part in re.split(r"(\{[^}]*\})", operation.path)
    )
    query = "&".join(
        f"{quote(parameter['name'])}={_value(parameter, encoded=True)}"
        for parameter in needed
        if parameter["in"] == "query"
    )
    return f'"{_in_quotes(public_url.rstrip("/"))}{path}{f"?{query}" if query else ""}"'


def _value(parameter: Mapping[str, Any], *, encoded: bool) -> str:
    found = example_of_parameter(parameter)
    if found is None:
        name = re.sub(r"[^A-Z0-9]", "_", parameter["name"].upper())
        return f"${{MY_{name}}}" if name in _TAKEN else f"${{{name}}}"
    return quote(str(found), safe="") if encoded else _in_quotes(str(found))


def _in_quotes(text: str) -> str:
    """As it stands between the double quotes of a shell."""
    return re.sub(r'([\\"$`])', r"\\\1", text)


def _body(content: Mapping[str, Any], document: Document) -> Iterator[str]:
    for media_type, body in list(content.items())[:1]:
        found = example(body, document)
        if media_type == _FORM and isinstance(found, Mapping):
            # An OAuth client names itself by HTTP Basic, which its document cannot say as a field of the form.
            if "client_secret" in body.get("schema", {}).get("properties", {}):
                yield '-u "$CLIENT_ID:$CLIENT_SECRET"'
            yield from (f"--data-urlencode {shlex.quote(f'{name}={value}')}" for name, value in found.items())
            continue
        yield f"-H {shlex.quote(f'Content-Type: {media_type}')}"
        if found is None:
            yield "--data-binary @body"
        else:
            yield f"--data-raw {shlex.quote(found if isinstance(found, str) else json.dumps(found, ensure_ascii=False))}"
