#!/bin/sh
# Reads the secrets of the service this container is (LIENTHONG_SERVICE), then runs the command.
set -eu
if [ -n "${LIENTHONG_SERVICE:-}" ]; then
    file="/secrets/${LIENTHONG_SERVICE}.env"
    [ -r "$file" ] || { echo "$file is not there: did the service 'secrets' run?" >&2; exit 1; }
    set -a
    # shellcheck disable=SC1090
    . "$file"
    set +a
fi
exec "$@"
