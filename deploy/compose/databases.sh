#!/bin/sh
# A role and a database of its own for every service. PostgreSQL's image runs it once, when its volume is new; run again
# after an update that brought a service, or after a password was changed, it does what is missing (docs/operating.md).
set -eu
exec psql --quiet --no-psqlrc --set ON_ERROR_STOP=1 --username postgres --dbname postgres --file /secrets/databases.sql --output /dev/null
