"""The police's residence register (đăng ký, xóa đăng ký thường trú), simulated in the sandbox's own JSON. See case_register."""

from datetime import date
from typing import Any

from fastapi import FastAPI

from sandbox.simulators.case_register import Register
from sandbox.simulators.case_register import create_app as create_register_app
from sandbox.simulators.hanoi import Now


def residence(*, now: Now, token: str) -> Register:
    """An empty register."""
    return Register(now=now, token=token, check=_check, enter=_enter)


def create_app(register: Register) -> FastAPI:
    """The register's HTTP face."""
    return create_register_app(register, "Mô phỏng: đăng ký cư trú, Bộ Công an")


def _check(request: dict[str, Any]) -> list[str]:
    wrong = [] if request.get("action") in ("register", "remove") else ["Yêu cầu không hợp lệ: action"]
    person = request.get("person")
    if not isinstance(person, dict) or not person.get("personalId"):
        wrong.append("Thiếu số định danh: person.personalId")
    if not request.get("address"):
        wrong.append("Thiếu nơi thường trú: address")
    return wrong


def _enter(number: int, _: dict[str, Any], today: date) -> dict[str, object]:
    return {"number": f"CT-{today.year}-{number:06d}", "on": today.isoformat()}
