"""Social insurance's health cards (thẻ bảo hiểm y tế), simulated in the sandbox's own JSON. See case_register."""

from datetime import date
from typing import Any

from fastapi import FastAPI

from sandbox.simulators.case_register import Register
from sandbox.simulators.case_register import create_app as create_register_app
from sandbox.simulators.hanoi import Now


def social_insurance(*, now: Now, token: str) -> Register:
    """A register that has given out no card."""
    return Register(now=now, token=token, check=_check, enter=_enter)


def create_app(register: Register) -> FastAPI:
    """The register's HTTP face."""
    return create_register_app(register, "Mô phỏng: thẻ bảo hiểm y tế, Bảo hiểm xã hội Việt Nam")


def _check(request: dict[str, Any]) -> list[str]:
    person = request.get("person")
    if not isinstance(person, dict) or not person.get("personalId") or not person.get("fullName"):
        return ["Thiếu họ tên hoặc số định danh: person"]
    return []


def _enter(number: int, _: dict[str, Any], today: date) -> dict[str, object]:
    # The simulator's own numbering; how a real card is numbered is not its to say.
    return {"cardNumber": f"SANDBOX{number:08d}", "on": today.isoformat()}
