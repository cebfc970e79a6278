"""The national payment platform (nền tảng thanh toán quốc gia): takes payments, has them paid, tells the city until it confirms.

Names and order of the fields are the platform's. Its carrier (JSON), its answer with a pay URL, and the checksum are not
public: those are the sandbox's own. Faults of the business: `refuse` and `wrong-checksum` at the start; `duplicate`,
`wrong-checksum`, `wrong-reference` and `lose-confirmation` when the city is told.
"""

import asyncio
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from html import escape
from typing import Any

import httpx
from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import HTMLResponse, JSONResponse

from sandbox.simulators import faults
from sandbox.simulators.bodies import text_fields
from sandbox.simulators.faults import Desk, Operation, Sleep, install
from sandbox.simulators.hanoi import Now

START, CONFIRM = "start", "confirm"
HEADER = (
    "LoaiBanTin", "PhienBan", "MaDoiTac", "MaThamChieu", "SoTien", "LoaiHinhThanhToan", "MaKenhThanhToan", "MaThietBi",
    "NgonNgu", "MaTienTe", "MaNganHang", "ThongTinGiaoDich", "ThoiGianGD", "Ip",
)  # fmt: skip
MESSAGE = (*HEADER, "ThongTinBienLai", "MaXacThuc")
RECEIPT = ("MaDichVu", "MaDonVi", "MaHoSo", "MaTTHC", "TKThuHuong", "PhiLePhi")
FEE = ("LoaiPhiLePhi", "MaPhiLePhi", "TenPhiLePhi", "SoTien")
OUTCOMES = {"paid": "00", "failed": "99"}
"""MaLoi by outcome; of the platform's codes only 00 is known, so 99 stands for all others."""
RETRIES = 10

ClientFactory = Callable[[], httpx.AsyncClient]


@dataclass(frozen=True)
class Partner:
    """A city that the platform takes payments for."""

    code: str
    secret: str = field(repr=False)
    confirm_url: str


@dataclass
class Order:
    """A payment as the platform has it."""

    reference: str
    amount: int
    message: Mapping[str, Any]
    partner: Partner
    outcome: str | None = None
    transaction: str = ""
    answers: list[str | None] = field(default_factory=list)


class PaymentPlatform:
    """The payments of all partners, by reference."""

    def __init__(self, partner: Partner, *, now: Now, origin: str) -> None:
        self.partner = partner
        self.orders: dict[str, Order] = {}
        self._origin = origin
        self._settled = 0
        self.desk = Desk(
            (Operation(START, "POST", "/payments", _keys),),
            now=now,
            business_modes=frozenset({"refuse", "duplicate", "wrong-checksum", "wrong-reference", "lose-confirmation"}),
            outgoing=frozenset({CONFIRM}),
        )

    def start(self, message: Mapping[str, Any]) -> dict[str, str]:
        """Take a payment once; the same message again gets the same answer."""
        reference = str(message.get("MaThamChieu", ""))
        fault = self.desk.take(START, "refuse", "wrong-checksum")
        wrong = _wrong(message, self.partner)
        known = self.orders.get(reference)
        if known is not None and dict(known.message) != dict(message):
            wrong = "Mã tham chiếu đã dùng cho giao dịch khác."
        if fault is not None and fault.mode == "refuse":
            wrong = "Từ chối theo kịch bản mô phỏng."
        answer = {"MaLoi": "99", "MoTaLoi": wrong or "", "MaThamChieu": reference}
        if wrong is None:
            if known is None:
                self.orders[reference] = Order(reference, message["SoTien"], message, self.partner)
                self.desk.acted(START, reference)
            answer |= {"MaLoi": "00", "UrlThanhToan": f"{self._origin}/pay/{reference}"}
        answer["MaXacThuc"] = signature(answer, self.partner.secret)
        if fault is not None and fault.mode == "wrong-checksum":
            answer["MaXacThuc"] = "0" * 64
        return answer

    def settle(self, order: Order, outcome: str) -> bool:
        """End a payment; False where it has ended."""
        if order.outcome is not None:
            return False
        self._settled += 1
        order.outcome, order.transaction = outcome, f"QG{self._settled:012d}"
        return True

    async def tell(self, order: Order, client: httpx.AsyncClient, sleep: Sleep, retry_delay: float) -> None:
        """Confirm an ended payment to its partner, again until it is taken; twice at once if told to duplicate."""
        for attempt in range(1 + RETRIES):
            if attempt:
                await sleep(retry_delay)
            fault = self.desk.take(CONFIRM, "duplicate", "wrong-checksum", "wrong-reference", "lose-confirmation")
            mode = fault.mode if fault is not None else None
            copies = 5 if mode == "duplicate" else 1
            answers = await asyncio.gather(*(self._call(order, client, mode, fault) for _ in range(copies)))
            order.answers += answers
            if "00" in answers:
                return

    async def _call(
        self, order: Order, client: httpx.AsyncClient, mode: str | None, fault: faults.Fault | None
    ) -> str | None:
        self.desk.received(CONFIRM, [order.reference], fault)
        if mode == "lose-confirmation":
            return None
        try:
            answer = (await client.post(order.partner.confirm_url, json=confirmation(order, mode))).json()
        except (httpx.HTTPError, ValueError):
            return None
        code = answer.get("MaLoi") if isinstance(answer, dict) else None
        if code == "00":
            self.desk.acted(CONFIRM, order.reference)
        return code if isinstance(code, str) else None


def confirmation(order: Order, mode: str | None = None) -> dict[str, str]:
    """The message that tells how a payment ended, spoilt in the one way that `mode` names."""
    said = {
        "MaLoi": OUTCOMES[order.outcome or "failed"],
        "MaThamChieu": "KHONG-CO" if mode == "wrong-reference" else order.reference,
        "MaGiaoDich": order.transaction,
    }
    said["MaXacThuc"] = signature(said, order.partner.secret)
    if mode == "wrong-checksum":
        said["MaXacThuc"] = said["MaXacThuc"][::-1]
    return said


def signature(message: Mapping[str, Any], secret: str) -> str:
    """The sandbox's own checksum: HMAC-SHA256 of the message without MaXacThuc, as JSON in UTF-8 without spaces."""
    signed = {name: value for name, value in message.items() if name != "MaXacThuc"}
    text = json.dumps(signed, ensure_ascii=False, separators=(",", ":"))
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()


def _wrong(message: Mapping[str, Any], partner: Partner) -> str | None:
    """What is wrong with a message, in the order it is looked at; None where nothing is."""
    receipt = message.get("ThongTinBienLai")
    if tuple(message) != MESSAGE or not isinstance(receipt, dict) or tuple(receipt) != RECEIPT:
        return "Sai cấu trúc bản tin."
    if not hmac.compare_digest(str(message["MaXacThuc"]), signature(message, partner.secret)):
        return "Sai mã xác thực."
    if message["MaDoiTac"] != partner.code:
        return "Không có đối tác này."
    fees = receipt["PhiLePhi"]
    if not isinstance(fees, list) or not all(isinstance(fee, dict) and tuple(fee) == FEE for fee in fees):
        return "Sai cấu trúc phí, lệ phí."
    if message["SoTien"] != sum(fee["SoTien"] for fee in fees) or message["SoTien"] <= 0:
        return "Số tiền không khớp phí, lệ phí."
    return None


def _keys(request: faults.Request) -> list[str]:
    body = request.json()
    return [str(body.get("MaThamChieu", ""))] if isinstance(body, dict) else [""]


def plain_client() -> httpx.AsyncClient:
    """The client that calls partners: patient for ten seconds, deaf to the machine's proxy settings."""
    return httpx.AsyncClient(timeout=10, trust_env=False)


def create_app(
    platform: PaymentPlatform,
    *,
    client_factory: ClientFactory = plain_client,
    sleep: Sleep = asyncio.sleep,
    retry_delay: float = 0.2,
) -> FastAPI:
    """The platform's HTTP face. `retry_delay` is short here, since the payer waits for the confirmations."""
    app = FastAPI(title="Mô phỏng: nền tảng thanh toán quốc gia", version="1")

    @app.post("/payments")
    async def start(request: Request) -> JSONResponse:
        """Take a payment."""
        try:
            message = await request.json()
        except ValueError:
            message = None
        return JSONResponse(platform.start(message if isinstance(message, dict) else {}))

    @app.get("/pay/{reference}", response_class=HTMLResponse)
    async def page(reference: str) -> HTMLResponse:
        """Where a payer is sent."""
        order = _order(platform, reference)
        buttons = "".join(
            f'<button name="outcome" value="{outcome}">{label}</button> '
            for outcome, label in (("paid", "Thanh toán"), ("failed", "Hủy"))
        )
        ended = (
            f"<p>Đã kết thúc: {escape(order.outcome)}</p>" if order.outcome else f'<form method="post">{buttons}</form>'
        )
        words = f"<h1>Mô phỏng thanh toán</h1><p>{escape(order.reference)}: {order.amount} đồng</p>{ended}"
        return HTMLResponse(
            f'<!doctype html><html lang="vi"><meta charset="utf-8"><title>Thanh toán</title>{words}</html>'
        )

    @app.post("/pay/{reference}")
    async def pay(reference: str, request: Request) -> dict[str, object]:
        """End a payment: {outcome: paid|failed} as JSON or a form. The partner is told before the answer."""
        order = _order(platform, reference)
        outcome = (await text_fields(request)).get("outcome", "")
        if outcome not in OUTCOMES:
            raise HTTPException(422, f"outcome must be one of {sorted(OUTCOMES)}")
        if platform.settle(order, outcome):
            async with client_factory() as client:
                await platform.tell(order, client, sleep, retry_delay)
        return _shown(order)

    @app.get("/orders/{reference}")
    async def show(reference: str) -> dict[str, object]:
        """What became of a payment, for tests and for curious developers."""
        return _shown(_order(platform, reference))

    install(app, platform.desk)
    return app


def _order(platform: PaymentPlatform, reference: str) -> Order:
    order = platform.orders.get(reference)
    if order is None:
        raise HTTPException(404, "no such payment")
    return order


def _shown(order: Order) -> dict[str, object]:
    return {
        "reference": order.reference,
        "amount": order.amount,
        "outcome": order.outcome,
        "transaction": order.transaction,
        "answers": order.answers,
    }
