# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The deployment's own nats-server.

# What clients of the bus have to show. Begins with a letter, as deploy/nats/nats.conf wants it.
make_nats_token() {
  [[ ! -s $nats_token_file ]] || return 0
  local random
  random=$(head -c 16 /dev/urandom | od -An -v -tx1 | tr -d ' \n')
  # Moved into place: half a token is never taken for a whole one.
  if ! (umask 077 && printf 'nats_%s\n' "$random" >"$nats_token_file.new") ||
    ! mv "$nats_token_file.new" "$nats_token_file"; then
    fail "cannot write the token of nats-server to $nats_token_file (see above)"
  fi
}

# With the token: for the environment of a process, never for a command line, which all users see.
nats_url() {
  printf 'nats://%s@127.0.0.1:%s' "$(<"$nats_token_file")" "$MILLRACE_LOCAL_NATS_PORT"
}

start_nats() {
  local program
  mkdir -p "$state/nats"
  # Debian has it in /usr/sbin, where a user's PATH does not lead.
  program=$(PATH=$PATH:/usr/sbin type -P nats-server) ||
    fail "there is no nats-server: install the packages of deploy/packages"
  MILLRACE_NATS_TOKEN=$(<"$nats_token_file") \
    start_process nats-server TERM "$program" -c "$root/deploy/nats/nats.conf" \
    -a 127.0.0.1 -p "$MILLRACE_LOCAL_NATS_PORT" -sd "$state/nats"
}

# It greets every connection with INFO.
nats_answers() {
  local greeting=
  { read -r -t 5 -n 4 greeting <"/dev/tcp/127.0.0.1/$MILLRACE_LOCAL_NATS_PORT"; } 2>/dev/null
  [[ $greeting == INFO ]]
}
