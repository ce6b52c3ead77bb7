#!/usr/bin/env bash
# postgres-roles.sh - creates the roles of the recorder and the workers; the Postgres image runs it once,
# when it creates its cluster. The passwords are taken from the URLs that the processes get.
set -euo pipefail

# Extracts it from postgresql://ROLE:PASSWORD@HOST/DATABASE into a file for psql, so that no command
# line shows it.
password() { sed -E 's,^[a-z]+://[^:]+:([^@]+)@.*$,\1,' "/run/secrets/$1" >"$2"; }

files=$(mktemp -d)
trap 'rm -rf "$files"' EXIT
password database_url_recorder "$files/recorder"
password database_url_worker "$files/worker"
psql -v ON_ERROR_STOP=1 --no-password --username "${POSTGRES_USER:-postgres}" --dbname korone <<SQL
\set recorder \`cat $files/recorder\`
\set worker \`cat $files/worker\`
CREATE ROLE korone LOGIN PASSWORD :'recorder';
CREATE ROLE korone_worker LOGIN PASSWORD :'worker';
ALTER DATABASE korone OWNER TO korone;
ALTER SCHEMA public OWNER TO korone;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
SQL
