"""The gateway's database, step by step. Alembic reads this folder; nothing imports from it."""
