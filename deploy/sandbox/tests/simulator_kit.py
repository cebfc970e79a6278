"""What the simulators' tests are written with: a standing clock, clients, servers on real sockets, a good birth."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import uvicorn
from fastapi import FastAPI

Serve = Callable[[FastAPI], str]


class StandingClock:
    """Shows one instant until it is moved."""

    def __init__(self) -> None:
        self.at = datetime(2026, 9, 7, 3, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at

    def advance(self, **passed: float) -> None:
        self.at += timedelta(**passed)


@contextmanager
def served(app: FastAPI) -> Iterator[str]:
    """A real server on a free port of the loopback, stopped at the end."""
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="critical", lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
        listening.close()


def in_process(app: FastAPI) -> httpx.AsyncClient:
    """A client that calls an app without a socket."""
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://simulator.test")


def birth_data(**changes: Any) -> dict[str, Any]:
    """The `data` of a good birth (khai sinh), with some fields changed; None leaves a field out."""
    data = {
        "maGCS": "GCS-MAU-1",
        "loaiDangKy": 1,
        "noiDangKy": {"maTinh": "01", "maXa": "00004"},
        "soLuongBanSao": 1,
        "nksHoTen": "NGUYỄN VĂN MẪU",
        "nksGioiTinh": 1,
        "nksNgaySinh": "01/09/2026",
        "nksNoiSinh": "Bệnh viện Thử Nghiệm",
        "nksQueQuan": "Hà Nội",
        "nksDanToc": "Kinh",
        "nksQuocTich": "Việt Nam",
        "nksLoaiKhaiSinh": 1,
        "meHoTen": "NGUYỄN THỊ MẪU",
        "meQuocTich": "Việt Nam",
        "chaHoTen": "TRẦN VĂN MẪU",
        "chaQuocTich": "Việt Nam",
        "nycHoTen": "NGUYỄN THỊ MẪU",
        "nycQuanHe": "Mẹ",
    } | changes
    return {key: value for key, value in data.items() if value is not None}
