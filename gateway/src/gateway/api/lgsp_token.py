"""The route by which a system that knows the contract of an existing city LGSP gets its token. It decides nothing.

Of that contract it is known what is issued (AppName, AccessKey, SecretKey, PartnerCode), that an access token is sent with
each call, and what 401, 403 and 429 mean. The address, and the form of the answer (that of OAuth), are ours.
"""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse

from chassis import problems
from chassis.auth import Public
from chassis.service import Running
from gateway.api.client_authentication import NOT_STORED
from gateway.api.models.tokens import LgspCredentials, TokenView
from gateway.api.tokens import maker_of, token_for
from gateway.handlers.tokens import ClientDesk
from gateway.problems.tokens import OverQuota, SubsystemNotActive, TokensUnavailable, WrongCredentials
from gateway.quotas import Quotas

router = APIRouter(prefix="/lgsp/v1/token", tags=["tokens"])


@router.post(
    "",
    operation_id="issue-lgsp-token",
    summary="Get an access token by AccessKey and SecretKey",
    response_model=TokenView,
    responses=problems.responses(
        problems.BadRequest, WrongCredentials, SubsystemNotActive, problems.InvalidPayload, OverQuota, TokensUnavailable
    ),
)
async def issue_lgsp_token(
    _: Annotated[None, Depends(Public())], asked: LgspCredentials, request: Request, runtime: Running
) -> JSONResponse:
    """401: they do not belong together. 403: the system is not approved to connect. 429: over its quota of tokens.

    The token is that of `/oauth2/token`, with every scope of the subsystem, and is sent as `Authorization: Bearer`.
    """
    maker = maker_of(runtime)
    desk: ClientDesk = runtime.extras["clients"]
    quotas: Quotas = runtime.extras["quotas"]
    client = await desk.by_access_key(asked.access_key, asked.secret_key)
    if client is None or asked.app_name != client.id or asked.partner_code not in client.codes:
        raise WrongCredentials
    if not client.active:
        raise SubsystemNotActive
    allowance = await quotas.take_token(client.id)
    if not allowance.allowed:
        refusal = OverQuota()
        refusal.headers = allowance.headers
        raise refusal
    view = token_for(client, client.scopes, request, maker)
    return JSONResponse(view.model_dump(), headers={**NOT_STORED, **allowance.headers})
