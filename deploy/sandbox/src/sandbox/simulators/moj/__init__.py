"""The Ministry of Justice's birth-registration software (phần mềm đăng ký khai sinh): `messages`, `software`, `app`."""

from sandbox.simulators.moj.app import CALLER_HEADER, create_app
from sandbox.simulators.moj.software import BirthSoftware, Pace

__all__ = ["CALLER_HEADER", "BirthSoftware", "Pace", "create_app"]
