"""The HTTP face of the Ministry of Justice's software. A caller with the token always gets 200 and a business status.

The paths and the token header are the simulator's own: the public text gives the messages only. So an adapter must have
them as settings.
"""

import secrets
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse

from sandbox.simulators.faults import install
from sandbox.simulators.moj.messages import Poll, Unacceptable, read, read_push
from sandbox.simulators.moj.software import CivilStatusSoftware

CALLER_HEADER = "X-Api-Token"


def create_app(software: CivilStatusSoftware) -> FastAPI:
    """The ministry's app: POST /push and POST /poll, both with the token."""
    app = FastAPI(title="Mô phỏng: phần mềm đăng ký, quản lý hộ tịch, Bộ Tư pháp", version="1")

    @app.exception_handler(Unacceptable)
    async def unacceptable(_request: Request, error: Unacceptable) -> JSONResponse:
        return JSONResponse(_status("0", error.code, error.description))

    def known(request: Request) -> bool:
        return secrets.compare_digest(request.headers.get(CALLER_HEADER, "").encode(), software.token.encode())

    @app.post("/push")
    async def push(request: Request) -> Response:
        """Take a dossier (LTKS, LTKT, LTKH); the same maHoSoLT again is "đã được tiếp nhận", also a success.

        While a supplement is wanted (trangThai 2), the same maHoSoLT with other data or other papers is that supplement.
        """
        if not known(request):
            return _stranger()
        envelope, declared = read_push(await request.body(), software.today())
        return JSONResponse(_status("1", "", "", software.take(envelope, declared)))

    @app.post("/poll")
    async def poll(request: Request) -> Response:
        """Where dossiers stand: trangThai 1 waiting, 2 supplement, 3 processing, 4 result, 6 refused."""
        if not known(request):
            return _stranger()
        question = read(Poll, await request.body(), "POLL")
        if question.maTinh != software.province:
            raise Unacceptable("PROVINCE", "Mã tỉnh không đúng: maTinh")
        return JSONResponse(_status("1", "", "") | {"value": software.answer(question)})

    install(app, software.desk)
    return app


def _status(status: str, code: str, description: str, said: str = "") -> dict[str, Any]:
    return {
        "status": status,
        "statusDescription": said or ("Thành công" if status == "1" else "Không thành công"),
        "errorCode": code,
        "errorDescription": description,
    }


def _stranger() -> JSONResponse:
    return JSONResponse(_status("0", "TOKEN", f"Thiếu hoặc sai {CALLER_HEADER}."), status_code=401)
