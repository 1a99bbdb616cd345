# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The deployment's folder: what is in it, the lock that says it runs, and the settings it runs with.

state=$MILLRACE_LOCAL_DIR
[[ $state == /* ]] || state=$PWD/$state
logs=$state/log
run=$state/run
admin_key_file=$state/admin.key
demo_token_file=$state/demo.token
nats_token_file=$state/nats.token
# Tells several deployments of one machine apart, where something has to live outside the folder.
state_id=$(printf '%s' "$state" | sha256sum | cut -c 1-12)

make_state_folders() {
  mkdir -p "$state" "$logs" "$run" ||
    fail "cannot make the folder $state; set MILLRACE_LOCAL_DIR to another"
  # For the owner alone; root's must let PostgreSQL's user through.
  chmod "$([[ $EUID == 0 ]] && echo 711 || echo 700)" "$state"
  chmod 700 "$logs" "$run"
}

# Held by the process that supervises; a lock goes away with its process, however that ends. Sets
# lock_fd, which no child may inherit.
take_lock() {
  exec {lock_fd}>>"$run/lock"
  flock -n "$lock_fd"
}

is_running() { [[ -e $run/lock ]] && ! flock -n "$run/lock" true; }

# The settings in force, for commands that are called while it runs, without those variables.
record_settings() {
  local name
  for name in "${!MILLRACE_LOCAL_@}"; do
    printf '%s=%q\n' "$name" "${!name}"
  done >"$run/settings"
}

read_recorded_settings() {
  # shellcheck disable=SC1091
  [[ ! -e $run/settings ]] || source "$run/settings"
}

# The log of the last start is kept as .1.
rotate_logs() {
  local log
  for log in "$logs"/*.log; do
    [[ ! -e $log || $log == */up.log ]] || mv -f "$log" "$log.1"
  done
}
