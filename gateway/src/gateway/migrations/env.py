"""Alembic's entry point for the gateway's database."""

from sqlalchemy import MetaData

from chassis.migrations import run_environment

run_environment(MetaData())
