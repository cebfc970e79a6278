"""The Ministry of Justice's civil-status software (phần mềm đăng ký, quản lý hộ tịch): `messages`, `software`, `app`."""

from sandbox.simulators.moj.app import CALLER_HEADER, create_app
from sandbox.simulators.moj.software import CivilStatusSoftware, Pace

__all__ = ["CALLER_HEADER", "CivilStatusSoftware", "Pace", "create_app"]
