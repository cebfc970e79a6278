"""The issuer's sign-in by browser: authorization code flow with PKCE, one plain page to choose who to be. It signs nothing.

There is no password: whoever reaches the page may be anyone on it. Clients are not registered, so any client id and
any http(s) redirect URI will do; what a client has to do right (PKCE, the same redirect URI, a code once) is checked.
"""

import base64
import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from html import escape
from typing import Protocol
from urllib.parse import urlencode, urlsplit

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from sandbox.simulators.bodies import text_fields
from sandbox.simulators.people import Officer, Person

CODE_LIFE = timedelta(seconds=60)
_NO_STORE = {"Cache-Control": "no-store"}
_PARAMETERS = (
    "response_type", "client_id", "redirect_uri", "scope", "state", "nonce", "code_challenge", "code_challenge_method",
)  # fmt: skip

_PAGE = """<!doctype html>
<html lang="vi"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Đăng nhập (mô phỏng)</title>
<style>body{{font:1rem/1.5 system-ui,sans-serif;max-width:34rem;margin:2rem auto;padding:0 1rem}}
button{{display:block;width:100%;text-align:left;font:inherit;padding:.7rem 1rem;margin:.4rem 0;cursor:pointer}}
small{{color:#57606a}}</style></head>
<body><h1>Đăng nhập (mô phỏng)</h1><p>Chọn người để đăng nhập. Không ai ở đây có thật.<br>
<small>Choose who to sign in as. Nobody here is real.</small></p>
<form method="post" action="authorize">{hidden}{buttons}</form></body></html>
"""


class Issuer(Protocol):
    """What the sign-in needs of the issuer."""

    people: Mapping[str, Person]

    def mint(self, person: Person, *, audience: str | None = None, nonce: str | None = None) -> str:
        """A signed token."""
        ...

    def person_with(self, token: str) -> Person | None:
        """Whose access token this is."""
        ...

    def now(self) -> datetime:
        """The issuer's time."""
        ...

    def claims(self, person: Person) -> dict[str, object]:
        """What tokens say of a person."""
        ...


@dataclass(frozen=True)
class _Code:
    person: Person
    client_id: str
    redirect_uri: str
    nonce: str | None
    challenge: str
    until: datetime


class Desk:
    """Gives codes and takes each once."""

    def __init__(self, issuer: Issuer, *, lifetime: timedelta) -> None:
        self.issuer = issuer
        self._lifetime = lifetime
        self._codes: dict[str, _Code] = {}

    def code_for(self, person: Person, asked: Mapping[str, str]) -> str:
        """A code for somebody who was chosen; those that nobody fetched are forgotten."""
        now = self.issuer.now()
        self._codes = {code: kept for code, kept in self._codes.items() if kept.until > now}
        code = secrets.token_urlsafe(24)
        self._codes[code] = _Code(
            person,
            asked["client_id"],
            asked["redirect_uri"],
            asked.get("nonce"),
            asked["code_challenge"],
            now + CODE_LIFE,
        )
        return code

    def redeem(self, fields: Mapping[str, str]) -> JSONResponse:
        """Tokens for a code: the ID token for the client, the access token for the city's services."""
        kept = self._codes.pop(fields.get("code", ""), None)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(fields.get("code_verifier", "").encode()).digest())
        good = (
            kept is not None
            and kept.until > self.issuer.now()
            and kept.redirect_uri == fields.get("redirect_uri")
            and kept.challenge == challenge.rstrip(b"=").decode()
            and fields.get("client_id", kept.client_id) == kept.client_id
        )
        if kept is None or not good:
            return JSONResponse({"error": "invalid_grant", "error_description": "the code"}, 400, headers=_NO_STORE)
        id_token = self.issuer.mint(kept.person, audience=kept.client_id, nonce=kept.nonce)
        return tokens(self.issuer.mint(kept.person), id_token, self._lifetime)


def tokens(access_token: str, id_token: str, lifetime: timedelta) -> JSONResponse:
    """The token endpoint's answer."""
    answer = {"access_token": access_token, "id_token": id_token, "token_type": "Bearer"}
    return JSONResponse(answer | {"expires_in": int(lifetime.total_seconds())}, headers=_NO_STORE)


def install(app: FastAPI, desk: Desk) -> None:
    """Give the issuer's app the sign-in page, its answer, and the userinfo endpoint."""

    @app.get("/authorize")
    async def choose(request: Request) -> Response:
        asked = dict(request.query_params)
        return _wrong(asked) or HTMLResponse(_page(desk.issuer.people, asked), headers=_NO_STORE)

    @app.post("/authorize")
    async def chosen(request: Request) -> Response:
        asked = await text_fields(request)
        if (refusal := _wrong(asked)) is not None:
            return refusal
        person = desk.issuer.people.get(asked.get("identity", ""))
        said = {"error": "access_denied"} if person is None else {"code": desk.code_for(person, asked)}
        if "state" in asked:
            said["state"] = asked["state"]
        joint = "&" if urlsplit(asked["redirect_uri"]).query else "?"
        return RedirectResponse(f"{asked['redirect_uri']}{joint}{urlencode(said)}", 303, headers=_NO_STORE)

    @app.get("/userinfo")
    async def userinfo(request: Request) -> JSONResponse:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        person = desk.issuer.person_with(token) if scheme.lower() == "bearer" else None
        if person is None:
            return JSONResponse({"error": "invalid_token"}, 401, headers={"WWW-Authenticate": "Bearer", **_NO_STORE})
        return JSONResponse(desk.issuer.claims(person), headers=_NO_STORE)


def _wrong(asked: Mapping[str, str]) -> Response | None:
    """What a client must send is missing or another: said here, since there may be no one to send it back to."""
    target = urlsplit(asked.get("redirect_uri", ""))
    problems = [name for name in ("client_id", "code_challenge") if not asked.get(name)]
    problems += ["redirect_uri"] if target.scheme not in {"http", "https"} or not target.netloc else []
    problems += ["response_type"] if asked.get("response_type") != "code" else []
    problems += ["code_challenge_method"] if asked.get("code_challenge_method") != "S256" else []
    problems += ["scope"] if "openid" not in asked.get("scope", "").split() else []
    if not problems:
        return None
    return JSONResponse({"error": "invalid_request", "error_description": ", ".join(problems)}, 400)


def _page(people: Mapping[str, Person], asked: Mapping[str, str]) -> str:
    hidden = "".join(
        f'<input type="hidden" name="{name}" value="{escape(asked[name])}">' for name in _PARAMETERS if name in asked
    )
    buttons = "".join(
        f'<button name="identity" value="{escape(name)}">{escape(person.full_name)}<br><small>{escape(name)}'
        f"{' · ' + ', '.join(person.roles) if isinstance(person, Officer) else ''}</small></button>"
        for name, person in people.items()
    )
    return _PAGE.format(hidden=hidden, buttons=buttons)
