"""Alembic's entry point for the gateway's database."""

from chassis.migrations import run_environment
from sqlalchemy import MetaData

run_environment(MetaData())
