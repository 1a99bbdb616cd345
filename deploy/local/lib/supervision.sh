# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Starting everything, keeping it running, and stopping it in order.

# By part. Times are bash's SECONDS.
declare -A pid_of=() started_at=() pause_of=() restart_at=()

start_part() { # NAME
  case $1 in
    nats-server) start_nats ;;
    postgres) start_postgres ;;
    *) start_service "$1" ;;
  esac
  pid_of[$1]=$started_pid
  unset "restart_at[$1]"
  started_at[$1]=$SECONDS
}

part_ready() { # NAME
  case $1 in
    nats-server) nats_answers ;;
    postgres) postgres_answers ;;
    *) service_ready "$1" ;;
  esac
}

# A part that ends before it is ready has a fault that a restart would not cure.
wait_ready() { # NAME...
  local name deadline=$((SECONDS + 180))
  for name in "$@"; do
    until part_ready "$name"; do
      if ! recorded_pid "$name" >/dev/null; then
        last_lines "$logs/$name.log"
        fail "$name has ended instead of getting ready; its last lines are above, all in" \
          "$logs/$name.log"
      elif ((SECONDS > deadline)); then
        last_lines "$logs/$name.log"
        fail "$name is not ready after 180 s; its last lines are above, all in $logs/$name.log"
      fi
      sleep 0.05
    done
  done
}

start_all() {
  rotate_logs
  prepare_postgres
  make_nats_token
  start_part nats-server
  start_part postgres
  wait_ready nats-server postgres
  make_roles_and_database
  local name
  for name in "${services[@]}"; do start_part "$name"; done
  wait_ready "${services[@]}"
}

# Receivers stop accepting and finish what they hold, then those behind them, at last what they all
# need.
stop_all() {
  local name
  for name in "${services[@]}"; do end_process "$name" TERM 30; done
  end_process nats-server TERM 30
  end_process postgres INT 60
  rm -f "$run/ready" "$run/up.pid"
}

# Returns never; traps end it. A part that ends is started again, after a pause that
# doubles from 1 s to 30 s and is forgotten once the part has run for a minute.
supervise() {
  local name
  while true; do
    for name in "${!pid_of[@]}"; do
      kill -0 "${pid_of[$name]}" 2>/dev/null || plan_restart "$name"
    done
    for name in "${!restart_at[@]}"; do
      ((SECONDS < restart_at[$name])) || start_part "$name"
    done
    # In the background, because a trap runs during `wait` but not during a command; and without
    # bash's own words about processes that were killed.
    sleep 0.5 {lock_fd}>&- {terminal_fd}>&- &
    { wait $!; } 2>/dev/null || true
  done
}

plan_restart() { # NAME
  local status=0 pause=$((2 * ${pause_of[$1]:-0}))
  { wait "${pid_of[$1]}"; } 2>/dev/null || status=$?
  unset "pid_of[$1]"
  ((SECONDS - started_at[$1] < 60)) || pause=0
  pause=$((pause < 1 ? 1 : pause > 30 ? 30 : pause))
  pause_of[$1]=$pause
  restart_at[$1]=$((SECONDS + pause))
  last_lines "$logs/$1.log"
  note "$1 has ended with $(ending "$status") and starts again in $pause s; its last lines are" \
    "above, all in $logs/$1.log"
}

ending() { # STATUS
  if (($1 > 128)); then
    printf 'signal %s' "$(kill -l "$1")"
  else
    printf 'status %d' "$1"
  fi
}
