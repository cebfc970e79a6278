"""Alembic's entry: runs the steps beside it. No table is described here."""

from sqlalchemy import MetaData

from chassis.migrations import run_environment

run_environment(MetaData())
