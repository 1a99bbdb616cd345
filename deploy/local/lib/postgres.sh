# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The deployment's own PostgreSQL 15 cluster: no port, only a socket that its owner alone can reach.

postgres_bin=/usr/lib/postgresql/15/bin
socket_name=/.s.PGSQL.5432
postgres_user=$(id -un)
postgres_drop=()
if ((EUID == 0)); then
  # PostgreSQL refuses to run as root; the Debian package brings this user.
  postgres_user=postgres
  postgres_drop=(--reuid=postgres --regid=postgres --init-groups)
fi

as_postgres() { (cd / && setpriv "${postgres_drop[@]}" -- "$@"); }

# Sets postgres_home (the cluster) and postgres_socket (folder of its socket).
locate_postgres() {
  postgres_home=$state/postgres
  postgres_socket=$state/postgres/socket
  if ((EUID == 0)) && ! as_postgres test -x "$state"; then
    # Below /root, say, where PostgreSQL's user may not go.
    postgres_home=/var/lib/millrace/$state_id
    postgres_socket=$postgres_home/socket
  fi
  # The kernel's limit for a socket's path is 107 bytes.
  local LC_ALL=C
  if ((${#postgres_socket} + ${#socket_name} > 107)); then
    local short=${XDG_RUNTIME_DIR:-/tmp}
    ((EUID != 0)) || short=/run
    postgres_socket=$short/millrace-$state_id
  fi
}

prepare_postgres() {
  local folder
  for folder in "$postgres_home" "$postgres_socket"; do
    (umask 022 && mkdir -p "$(dirname "$folder")")
    mkdir -m 700 "$folder" 2>/dev/null || true
    # In /tmp anybody could have been first.
    is_ours "$folder" ||
      fail "cannot use $folder for PostgreSQL: it is no folder of ours; remove it"
    ((EUID != 0)) || chown postgres: "$folder"
  done
  [[ -e $postgres_home/data ]] || make_cluster
  configure_postgres
}

is_ours() {
  [[ -d $1 && ! -L $1 ]] && [[ -O $1 || $(stat -c %U "$1") == "$postgres_user" ]]
}

# Made beside its place and then moved: half a cluster is never taken for a whole one.
make_cluster() {
  note "making a PostgreSQL cluster in $postgres_home"
  rm -rf "$postgres_home/data.new"
  as_postgres "$postgres_bin/initdb" -D "$postgres_home/data.new" -U postgres -E UTF8 --locale=C \
    --auth=peer >"$logs/initdb.log" 2>&1 || {
    last_lines "$logs/initdb.log"
    fail "cannot make the PostgreSQL cluster in $postgres_home (see above)"
  }
  mv "$postgres_home/data.new" "$postgres_home/data"
}

configure_postgres() {
  local quoted=${postgres_socket//\'/\'\'}
  {
    cat "$root/deploy/postgres/postgresql.conf"
    printf "\nlisten_addresses = ''\nport = 5432\nunix_socket_permissions = 0700\n"
    printf "unix_socket_directories = '\"%s\"'\n" "${quoted//\"/\"\"}"
  } | write_for_postgres postgresql.conf
  # Whoever started it may be any of its roles; nobody else may be one.
  say 'local all all peer map=millrace' | write_for_postgres pg_hba.conf
  local role
  for role in postgres registry epts query; do
    say "millrace \"$(id -un)\" $role"
  done | write_for_postgres pg_ident.conf
}

write_for_postgres() { # NAME, content on stdin
  local target=$postgres_home/data/$1
  (umask 077 && cat >"$target.new")
  ((EUID != 0)) || chown postgres: "$target.new"
  mv "$target.new" "$target"
}

start_postgres() {
  # INT is PostgreSQL's fast shutdown: sessions are ended, not waited for.
  local drop_to=("${postgres_drop[@]}")
  start_process postgres INT "$postgres_bin/postgres" -D "$postgres_home/data"
}

postgres_answers() {
  "$postgres_bin/pg_isready" -q -h "$postgres_socket" -p 5432 -d postgres -U postgres
}

make_roles_and_database() {
  "$postgres_bin/psql" -X -q -h "$postgres_socket" -p 5432 -U postgres -d postgres \
    -v database=millrace -f "$root/deploy/postgres/roles.sql" >>"$logs/roles.log" 2>&1 || {
    last_lines "$logs/roles.log"
    fail "cannot make the database and its roles (see above)"
  }
}

database_url() { # ROLE
  printf 'postgresql://%s@/millrace?host=%s&port=5432' "$1" "$(percent_encode "$postgres_socket")"
}

percent_encode() {
  local LC_ALL=C text=$1 i c
  for ((i = 0; i < ${#text}; i++)); do
    c=${text:i:1}
    case $c in
      [A-Za-z0-9._~/-]) printf '%s' "$c" ;;
      *) printf '%%%02X' "'$c" ;;
    esac
  done
}
