"""Tells the merchant how a payment ended (IPN), again and again until it confirms. Changes only the list of calls."""

from collections.abc import Callable
from urllib.parse import urlsplit

import httpx

from sandbox.simulators.faults import Sleep
from sandbox.simulators.vnpay.orders import IpnCall, Order, Vnpay
from sandbox.simulators.vnpay.signature import signed_query

RETRIES = 10
FINAL_ANSWERS = frozenset({"00", "02"})
"""Confirmed, and confirmed before: after these VNPAY asks no more."""

ClientFactory = Callable[[], httpx.AsyncClient]


async def tell_merchant(
    vnpay: Vnpay, order: Order, *, client_factory: ClientFactory, sleep: Sleep, retry_delay: float
) -> None:
    """Call the IPN address, and up to ten times again, until it answers 00 or 02; once more if told to duplicate."""
    async with client_factory() as client:
        for attempt in range(1 + RETRIES):
            if attempt:
                await sleep(retry_delay)
            if await _call(vnpay, order, client) in FINAL_ANSWERS:
                break
        if vnpay.desk.take("ipn", "duplicate"):
            await _call(vnpay, order, client)


async def _call(vnpay: Vnpay, order: Order, client: httpx.AsyncClient) -> str | None:
    fault = vnpay.desk.take("ipn", "lose-ipn", "wrong-checksum", "wrong-amount")
    vnpay.desk.received("ipn", [order.txn_ref], fault)
    mode = fault.mode if fault else None
    answer = None if mode == "lose-ipn" else await _answer(client, ipn_link(order, mode))
    order.ipn_calls.append(IpnCall(vnpay.now(), answer))
    if answer == "00":
        vnpay.desk.acted("ipn", order.txn_ref)
    return answer


def ipn_link(order: Order, mode: str | None) -> str:
    """The IPN request for an ended order, spoilt in the one way that `mode` names."""
    params = dict(order.result)
    if mode == "wrong-amount":
        params["vnp_Amount"] = str(order.amount + 100)
    query = signed_query(params, order.merchant.secret)
    if mode == "wrong-checksum":
        query = query[:-1] + ("0" if query[-1] != "0" else "1")
    return with_query(order.merchant.ipn_url, query)


def return_link(order: Order) -> str:
    """Where the payer's browser goes back to: the merchant's page, with the signed outcome."""
    return with_query(order.request["vnp_ReturnUrl"], signed_query(order.result, order.merchant.secret))


def with_query(url: str, query: str) -> str:
    """A URL with more parameters behind those it has."""
    parts = urlsplit(url)
    return parts._replace(query=f"{parts.query}&{query}" if parts.query else query).geturl()


async def _answer(client: httpx.AsyncClient, link: str) -> str | None:
    try:
        response = await client.get(link)
        body = response.json()
    except (httpx.HTTPError, ValueError):
        return None
    code = body.get("RspCode") if isinstance(body, dict) else None
    return code if isinstance(code, str) else None
