"""The reporting service: its one definition, and the commands it runs by. Nothing else."""

from chassis.run import commands as commands_of
from chassis.service import Service
from reporting.api import routers
from reporting.consumers import handlers

SERVICE = Service(
    name="reporting",
    package="reporting",
    title="Reporting: indicators, reports, snapshots",
    description="Counts of dossiers (hồ sơ) by procedure, field, unit, channel and Hanoi day, as the national portal pulls them.",
    routers=routers,
    handlers=handlers,
    tags=(
        {"name": "indicators", "description": "Open statistics: shares by field, area and day"},
        {"name": "reports", "description": "Statutory reports, computed when asked for"},
        {"name": "snapshots", "description": "The counts of a day, for the national portal to pull"},
    ),
)

commands = commands_of(SERVICE)
