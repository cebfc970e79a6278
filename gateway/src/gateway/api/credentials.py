"""Routes of a subsystem's own credentials: secrets, keys, certificates, with overlap. They decide nothing."""

import json
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response

from chassis import idempotency, problems
from chassis.auth import Allow, Kind, Principal
from chassis.clock import SystemClock
from chassis.etags import IfNoneMatch, not_modified
from chassis.idempotency import Stored, act_once
from chassis.paging import Cursor, Limit, Page, decode_cursor, page_of
from chassis.problems import FieldError, InvalidPayload, Text
from chassis.service import Work
from gateway.api.models.credentials import ClientId, CredentialView, NewPublicKey, NewSecret, SecretView
from gateway.domain.credentials import Credential, DeclaredKey
from gateway.domain.credentials import Kind as CredentialKind
from gateway.domain.scopes import OPERATOR
from gateway.handlers.credentials import MadeSecret, add_public_key, make_secret, revoke
from gateway.problems.credentials import (
    ClientNotFound,
    CredentialNotFound,
    CredentialTaken,
    CredentialUnusable,
    LastCredential,
    TooManyCredentials,
)
from gateway.queries import credentials as queries

SCOPE = "gateway:credentials"

router = APIRouter(prefix="/lgsp/v1/credentials", tags=["tokens"])

# A scope of its own: who steals an ordinary token must not be able to make itself at home with it.
Owner = Annotated[Principal, Depends(Allow(roles={OPERATOR}, scope=SCOPE))]
OfClient = Annotated[ClientId | None, Query(description="An operator says whose; an agency's system sees its own")]

_GUARDED = (problems.Unauthorized, problems.Forbidden)
_ADDING = (*_GUARDED, ClientNotFound, CredentialTaken, TooManyCredentials, InvalidPayload, *idempotency.PROBLEMS)
# Validity is the machine's time: the business clock may be moved, and a key must not run out by that.
_machine = SystemClock()


@router.get(
    "",
    operation_id="list-credentials",
    summary="What a subsystem proves itself with",
    response_model_exclude_none=True,
    responses=problems.responses(problems.BadRequest, *_GUARDED, InvalidPayload),
)
async def list_credentials(
    owner: Owner, uow: Work, client: OfClient = None, cursor: Cursor = None, limit: Limit = 50
) -> Page[CredentialView]:
    """Oldest first, those that have run out or were revoked too. Empty for a subsystem that is not there, or not one's own."""
    key = decode_cursor(cursor, 1, (UUID,))
    found: list[Credential] = []
    if _may(owner, whose := _whose(owner, client, "query:client")):
        found = await queries.credentials(uow, whose, key[0] if key else None, limit + 1)
    now = _machine.now()
    return page_of(found, limit, lambda one: (one.id,), lambda one: CredentialView.of(one, now))


@router.get(
    "/{credential_id}",
    operation_id="get-credential",
    summary="One credential",
    response_model=CredentialView,
    response_model_exclude_none=True,
    responses={
        304: {"description": "Unchanged since the version named by If-None-Match"},
        **problems.responses(*_GUARDED, CredentialNotFound, InvalidPayload),
    },
)
async def get_credential(
    credential_id: UUID, owner: Owner, uow: Work, response: Response, if_none_match: IfNoneMatch = None
) -> CredentialView | Response:
    """What it is and whether it counts. The ETag changes with what it says."""
    credential = _seen(owner, await queries.credential(uow, credential_id))
    view = CredentialView.of(credential, _machine.now())
    dates = (credential.valid_from, credential.valid_to, credential.revoked_at)
    version = "-".join([view.standing, *(f"{moment.timestamp():.0f}" if moment else "0" for moment in dates)])
    if not_modified(response, version, if_none_match):
        return Response(status_code=304, headers={"ETag": response.headers["ETag"]})
    return view


@router.post(
    "/keys",
    operation_id="add-credential-key",
    summary="Add a public key or a certificate",
    status_code=201,
    response_model=CredentialView,
    response_model_exclude_none=True,
    responses=problems.responses(*_ADDING, CredentialUnusable),
)
async def post_key(
    asked: NewPublicKey, owner: Owner, uow: Work, request: Request, key: idempotency.Key = None
) -> Response:
    """It counts beside those that are there: sign with the new one, then revoke the old one."""
    whose = _own(owner, _whose(owner, asked.client, "/client"))
    if asked.jwk is not None:
        kind, value = CredentialKind.JWK, json.dumps(asked.jwk)
    else:
        kind, value = CredentialKind.CERTIFICATE, str(asked.certificate)
    declared = DeclaredKey(kind, asked.name, value, asked.valid_from, asked.valid_to)
    return await act_once(
        uow,
        request,
        caller=owner.account,
        key=key,
        act=lambda: add_public_key(uow, whose, declared),
        render=_rendered,
    )


@router.post(
    "/secrets",
    operation_id="add-credential-secret",
    summary="Make a new secret",
    status_code=201,
    response_model=SecretView,
    response_model_exclude_none=True,
    responses=problems.responses(*_ADDING),
)
async def post_secret(
    asked: NewSecret, owner: Owner, uow: Work, request: Request, key: idempotency.Key = None
) -> Response:
    """It counts beside those that are there. The secret is shown this once; the same request again is answered without it."""
    whose = _own(owner, _whose(owner, asked.client, "/client"))
    made: list[MadeSecret] = []

    async def make() -> None:
        made.append(
            await make_secret(
                uow,
                whose,
                access_key=asked.access_key,
                name=asked.name,
                valid_from=asked.valid_from,
                valid_to=asked.valid_to,
            )
        )

    answer = await act_once(
        uow,
        request,
        caller=owner.account,
        key=key,
        act=make,
        # What is kept for repetitions lies in the database, and a secret must not.
        render=lambda new: _rendered(new.credential),
    )
    if not made:
        return answer
    view = SecretView(**CredentialView.of(made[0].credential, _machine.now()).model_dump(), secret=made[0].secret)
    headers = {"Cache-Control": "no-store", "Location": answer.headers["Location"]}
    return Response(view.model_dump_json(by_alias=True, exclude_none=True), 201, headers, "application/json")


@router.delete(
    "/{credential_id}",
    operation_id="revoke-credential",
    summary="Revoke a credential",
    status_code=204,
    responses=problems.responses(*_GUARDED, CredentialNotFound, LastCredential, InvalidPayload),
)
async def delete_credential(
    credential_id: UUID,
    owner: Owner,
    uow: Work,
    last: Annotated[bool, Query(description="Also if nothing valid is left to the subsystem then")] = False,
) -> None:
    """It counts no more, for good. Tokens got with it live on until they run out; take those back at /oauth2/revoke."""
    _seen(owner, await queries.credential(uow, credential_id))
    await revoke(uow, credential_id, last=last)


def _whose(owner: Principal, client: str | None, pointer: str) -> str:
    """The client that is meant. An operator has none of its own."""
    if client is None and owner.kind is not Kind.AGENCY:
        raise InvalidPayload(errors=[FieldError(pointer, "missing", Text("Cho biết client nào", "Say which client"))])
    return client or owner.subject


def _may(owner: Principal, client: str) -> bool:
    return owner.kind is not Kind.AGENCY or owner.subject == client


def _own(owner: Principal, client: str) -> str:
    if not _may(owner, client):
        raise ClientNotFound
    return client


def _seen(owner: Principal, credential: Credential | None) -> Credential:
    if credential is None or not _may(owner, credential.client_id):
        raise CredentialNotFound
    return credential


def _rendered(credential: Credential) -> Stored:
    view = CredentialView.of(credential, _machine.now())
    headers = (("Location", f"/lgsp/v1/credentials/{credential.id}"),)
    return Stored(201, headers, view.model_dump_json(by_alias=True, exclude_none=True))
