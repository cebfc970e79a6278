"""VNPAY's HTTP face: the payment page, its buttons, the merchant API, and a look at an order for tests."""

import asyncio

import httpx
from fastapi import FastAPI, HTTPException, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse

from sandbox.simulators.bodies import text_fields
from sandbox.simulators.faults import Sleep, install
from sandbox.simulators.vnpay import merchant_api, page
from sandbox.simulators.vnpay.ipn import ClientFactory, return_link, tell_merchant
from sandbox.simulators.vnpay.orders import OUTCOMES, BadRequest, Order, Vnpay


def plain_client() -> httpx.AsyncClient:
    """The client that calls merchants: patient for ten seconds, deaf to the machine's proxy settings."""
    return httpx.AsyncClient(timeout=10, trust_env=False)


def create_app(
    vnpay: Vnpay,
    *,
    client_factory: ClientFactory = plain_client,
    sleep: Sleep = asyncio.sleep,
    retry_delay: float = 0.2,
) -> FastAPI:
    """VNPAY's app. `retry_delay` is the seconds between two IPN calls: short here, since the payer waits for them."""
    app = FastAPI(title="Mô phỏng: cổng thanh toán VNPAY 2.1.0", version="1")

    @app.get("/paymentv2/vpcpay.html", response_class=HTMLResponse)
    async def payment_page(request: Request) -> HTMLResponse:
        """The page behind a merchant's payment link; 400 with the reason where the link is not good."""
        try:
            order = vnpay.open_order(dict(request.query_params))
        except BadRequest as bad:
            return HTMLResponse(page.error_page(bad.reason), status_code=400)
        return HTMLResponse(page.payment_page(order, return_link(order) if order.outcome else None))

    @app.post("/sandbox-pay")
    async def pay(request: Request) -> Response:
        """End an order: {txnRef, outcome} as a form (303 to the merchant's page) or as JSON (where it would go).

        The IPN is sent before the answer. An order that has ended stays as it is and sends no IPN.
        """
        fields = await text_fields(request)
        order = _order(vnpay, fields.get("txnRef", ""))
        if fields.get("outcome") not in OUTCOMES:
            raise HTTPException(422, f"outcome must be one of {sorted(OUTCOMES)}")
        if vnpay.settle(order, fields["outcome"]):
            await tell_merchant(vnpay, order, client_factory=client_factory, sleep=sleep, retry_delay=retry_delay)
        if request.headers.get("content-type", "").startswith("application/json"):
            return JSONResponse(_shown(order))
        return RedirectResponse(return_link(order), status_code=303)

    @app.get("/orders/{txn_ref}")
    async def show_order(txn_ref: str) -> dict[str, object]:
        """What became of an order, for tests and for curious developers."""
        return _shown(_order(vnpay, txn_ref))

    @app.post("/merchant_webapi/api/transaction")
    async def transaction(request: Request) -> dict[str, str]:
        """Answer querydr and refund."""
        return merchant_api.answer(vnpay, await text_fields(request))

    install(app, vnpay.desk)
    return app


def _order(vnpay: Vnpay, txn_ref: str) -> Order:
    order = vnpay.orders.get(txn_ref)
    if order is None:
        raise HTTPException(404, "no such order: open its payment link first")
    return order


def _shown(order: Order) -> dict[str, object]:
    return {
        "txnRef": order.txn_ref,
        "amount": order.amount // 100,
        "refunded": order.refunded // 100,
        "outcome": order.outcome,
        "ipnAnswers": [call.answer for call in order.ipn_calls],
        "returnUrl": return_link(order) if order.outcome else None,
    }
