"""What every test of the repository gets: the server fixtures. No fixture is written here."""

# pytest names a test module by its path (`gateway/tests/test_x.py` is `gateway.tests.test_x`), and would make a package
# `gateway` out of that folder if the real one were not imported by then.
import chassis
import contracts
import gateway

__all__ = ["chassis", "contracts", "gateway"]

pytest_plugins = ("tests.servers.fixtures",)
