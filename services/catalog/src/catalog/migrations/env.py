"""Alembic's entry: how migrations run is the chassis' business."""

from sqlalchemy import MetaData

from chassis.migrations import run_environment

run_environment(MetaData())
