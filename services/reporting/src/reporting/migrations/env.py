"""Alembic's entry: runs the migrations of reporting. No tables here."""

from sqlalchemy import MetaData

from chassis.migrations import run_environment

run_environment(MetaData())
