"""The national payment platform under /r1: start a payment, see how it stands. What the platform says comes in by api.national_payment.

The exchange has checked who calls before it calls this: the app trusts `X-Road-Client`, and is reached by nobody else.
"""

from typing import Annotated

from fastapi import Depends, FastAPI, Header, Path, Response
from starlette.types import ASGIApp

from chassis import problems
from chassis.etags import IfNoneMatch, etag, not_modified
from chassis.problems import BadRequest, FieldError, Text
from chassis.service import Runtime, Work
from chassis.telemetry.logging import get_logger
from gateway.adapters.connections import kept_client
from gateway.adapters.national_payment import NAME, NationalPaymentPlatformByHttp, checksum_of
from gateway.adapters.routes import routes_of
from gateway.api.models.national_payment import REFERENCE, AskedPayment, PaymentView
from gateway.handlers.national_payment import start_payment
from gateway.ports import NationalPaymentPlatform, OutOfReach
from gateway.problems.national_payment import (
    NationalPaymentInvalid,
    NationalPaymentNotFound,
    NationalPaymentOutOfReach,
    NationalPaymentReferenceUsed,
)
from gateway.queries import national_payment as queries
from gateway.settings import settings_of

_log = get_logger(NAME)


async def _client(x_road_client: Annotated[str | None, Header(description="The subsystem that calls")] = None) -> str:
    if not x_road_client:
        raise BadRequest(errors=[FieldError("header:X-Road-Client", "missing", Text("Bắt buộc", "Required"))])
    return x_road_client


Client = Annotated[str, Depends(_client)]
Issue = Annotated[str | None, Header(alias="X-Road-Issue", max_length=255, description="The dossier it is about")]


def national_payment_app(runtime: Runtime) -> ASGIApp:
    """The app of the national payment platform."""
    app = FastAPI(
        title="Nền tảng thanh toán quốc gia", version="1", docs_url=None, redoc_url=None, redirect_slashes=False
    )
    app.state.runtime = runtime
    problems.install(app)
    settings = settings_of(runtime)
    http = kept_client(runtime, None)

    async def platform() -> NationalPaymentPlatform:
        routes = routes_of(runtime, NAME, url=settings.national_payment_url)
        if routes is None or settings.national_payment_secret is None:
            raise NationalPaymentOutOfReach(Text("Chưa cấu hình kết nối", "No connection is configured"))
        checksum = checksum_of(settings.national_payment_checksum, settings.national_payment_secret)
        return NationalPaymentPlatformByHttp(http, routes, settings, checksum)

    @app.post(
        "/payments",
        operation_id="start-national-payment",
        summary="Khởi tạo thanh toán / Start a payment",
        status_code=201,
        response_model_exclude_none=True,
        responses=problems.responses(
            BadRequest, NationalPaymentReferenceUsed, NationalPaymentInvalid, NationalPaymentOutOfReach
        ),
    )
    async def start(
        asked: AskedPayment,
        client: Client,
        national: Annotated[NationalPaymentPlatform, Depends(platform)],
        response: Response,
        issue: Issue = None,
    ) -> PaymentView:
        """The payer is sent to `payUrl`. The reference makes it one payment, so no key of its own is needed to repeat it."""
        _check(asked, issue)
        minutes = settings.national_payment_minutes
        try:
            payment = await start_payment(asked.order(), client, runtime.database, national, minutes=minutes)
        except OutOfReach as reason:
            _log.warning("national payment platform out of reach", adapter=NAME, reason=reason.reason)
            raise NationalPaymentOutOfReach from None
        response.headers["Location"] = f"payments/{payment.reference}"
        response.headers["ETag"] = etag(payment.version)
        return PaymentView.of(payment)

    @app.get(
        "/payments/{reference}",
        operation_id="read-national-payment",
        summary="Trạng thái thanh toán / How a payment stands",
        response_model=PaymentView,
        response_model_exclude_none=True,
        responses=problems.responses(BadRequest, NationalPaymentNotFound, problems.InvalidPayload),
    )
    async def read(
        reference: Annotated[str, Path(pattern=REFERENCE)],
        client: Client,
        uow: Work,
        response: Response,
        if_none_match: IfNoneMatch = None,
    ) -> PaymentView | Response:
        """As the platform has told it last. Another's is not there."""
        payment = await queries.one(uow, reference)
        if payment is None or payment.asked_by != client:
            raise NationalPaymentNotFound
        if not_modified(response, payment.version, if_none_match):
            return Response(status_code=304, headers=dict(response.headers))
        return PaymentView.of(payment)

    return app


def _check(asked: AskedPayment, issue: str | None) -> None:
    if issue and issue != asked.dossier_code:
        differs = Text("Khác X-Road-Issue", "Differs from X-Road-Issue")
        raise NationalPaymentInvalid(errors=[FieldError("/dossierCode", "issue", differs)])
    if sum(fee.amount for fee in asked.fees) != asked.amount:
        differs = Text("Khác tổng các khoản phí, lệ phí", "Differs from what the fees come to")
        raise NationalPaymentInvalid(errors=[FieldError("/amount", "sum", differs)])
