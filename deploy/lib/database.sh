# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# PostgreSQL by a URL, whose password goes to libpq by the environment: a command line is readable for
# every user of the machine.

# use_database URL: sets database_url, maintenance_url (database postgres) and database (its name).
use_database() {
  local url=$1 head path query=
  [[ $url =~ ^postgres(ql)?://[^/?]*/[^/?]+ ]] ||
    usage_fault "database-url is not postgresql://ROLE@HOST/DATABASE"
  if [[ $url =~ ^([a-z]+://[^:@/?]*):([^@/?]*)@(.*)$ ]]; then
    url=${BASH_REMATCH[1]}@${BASH_REMATCH[3]}
    PGPASSWORD=$(decode "${BASH_REMATCH[2]}")
    export PGPASSWORD
  fi
  [[ $url != *[?\&]password=* ]] || usage_fault "write the password as postgresql://ROLE:PASSWORD@HOST/DATABASE"
  database_url=$url
  head=${url%%\?*} path=${url#*://*/}
  [[ $url != *\?* ]] || query=?${url#*\?}
  path=${path%%\?*}
  database=$(decode "$path")
  maintenance_url=${head%"$path"}postgres$query
  export PGCONNECT_TIMEOUT=${PGCONNECT_TIMEOUT:-10} PGAPPNAME=$program
  export PGOPTIONS="${PGOPTIONS:-} -c client_min_messages=warning"
  for word in psql pg_dump pg_restore; do
    command -v "$word" >/dev/null || fail "there is no $word: install postgresql-client"
  done
}

decode() { # percent-encoded
  [[ $1 != *\\* ]] || fail "a backslash in database-url is written %5C"
  printf '%b' "${1//%/\\x}"
}

# sql STATEMENT [URL]: the rows, bare.
sql() { psql -X -A -t -q -v ON_ERROR_STOP=1 -d "${2:-$database_url}" -c "$1"; }

# The position of the latest message of which there is a row: seq is the position times 2^20, and the
# sample's number in it (services/lib/time_series). Reads the tables from end to end.
highest_position() {
  sql "SELECT coalesce(max(seq), 0) >> 20
         FROM (SELECT max(seq) AS seq FROM time_series.frame
               UNION ALL SELECT max(seq) FROM time_series.rejected_sample) AS highest"
}
