#!/bin/sh
# Runs once, when the database volume is new: a role and a database of its own for every service.
set -eu
psql -v ON_ERROR_STOP=1 --username postgres --dbname postgres -f /secrets/postgres-init.sql
