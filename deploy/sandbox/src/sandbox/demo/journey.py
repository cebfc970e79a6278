"""The walk of the demo: where it takes place is the all-in-one process, on the sandbox's clock. The steps are `walk.birth`'s."""

from pathlib import Path

import httpx

from chassis.clock import hanoi_day
from sandbox.demo.screen import Screen
from sandbox.stack import Sandbox
from sandbox.walk.birth import BirthWalk, Ground


class Journey(BirthWalk):
    """One late birth registration in a running sandbox."""

    def __init__(self, sandbox: Sandbox, screen: Screen, http: httpx.AsyncClient, papers: Path) -> None:
        today = hanoi_day(sandbox.clock.now())
        super().__init__(Ground(http, sandbox.url, today, sandbox.simulators.identity.mint), screen, papers)
