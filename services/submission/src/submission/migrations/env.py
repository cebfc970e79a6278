"""Alembic's way in; everything is in the chassis."""

from sqlalchemy import MetaData

from chassis.migrations import run_environment

run_environment(MetaData())
