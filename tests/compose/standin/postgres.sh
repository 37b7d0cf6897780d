#!/bin/sh
# A stand-in for the official image's entry point, in its order: as root it reads the password's
# file and gives its rights up; an empty data folder becomes a cluster with the user and database
# of the environment, on a socket only; then the server takes over.
set -eu
export PGDATA="${PGDATA:-/var/lib/postgresql/18/docker}"
user="${POSTGRES_USER:-postgres}"
if [ "$(id -u)" = 0 ]; then
    POSTGRES_PASSWORD="$(cat "$POSTGRES_PASSWORD_FILE")"
    export POSTGRES_PASSWORD
    mkdir -p "$PGDATA"
    chown -R postgres:postgres "$PGDATA"
    chmod 700 "$PGDATA"
    exec gosu postgres "$0" "$@"
fi
if [ ! -s "$PGDATA/PG_VERSION" ]; then
    printf '%s\n' "$POSTGRES_PASSWORD" > /tmp/first
    # shellcheck disable=SC2086
    initdb -D "$PGDATA" --username="$user" --pwfile=/tmp/first ${POSTGRES_INITDB_ARGS:-}
    rm /tmp/first
    echo 'host all all all scram-sha-256' >> "$PGDATA/pg_hba.conf"
    pg_ctl -D "$PGDATA" -o "-c listen_addresses= -k /var/run/postgresql" -w start
    if [ "${POSTGRES_DB:-$user}" != postgres ]; then
        createdb -U "$user" "${POSTGRES_DB:-$user}"
    fi
    pg_ctl -D "$PGDATA" -m fast -w stop
fi
unset POSTGRES_PASSWORD
exec postgres -D "$PGDATA" -c listen_addresses='*' -k /var/run/postgresql
