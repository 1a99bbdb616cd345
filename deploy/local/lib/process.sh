# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Processes by the pid that was recorded when they were started, never by name. A record has the
# pid, the process's start time and its program; one that does not match all three is none of ours.

# start_time PID: in clock ticks since boot; fails when there is no such process or only a zombie.
start_time() {
  local stat
  { stat=$(<"/proc/$1/stat"); } 2>/dev/null || return 1
  # After the name, which may hold blanks and brackets: state is word 1, start time word 20.
  read -ra stat <<<"${stat##*) }"
  [[ ${stat[0]} != Z ]] && printf '%s' "${stat[19]}"
}

# Further words for setpriv, set by who starts a process as another user.
drop_to=()

record_process() { # NAME PID PROGRAM
  printf '%s %s %s\n' "$2" "$(start_time "$2" || echo 0)" "$3" >"$run/$1.pid"
}

# recorded_pid NAME: the pid if that process still runs.
recorded_pid() {
  local pid started its_program words
  read -r pid started its_program 2>/dev/null <"$run/$1.pid" || return 1
  [[ $(start_time "$pid") == "$started" ]] || return 1
  { words=$(tr '\0' ' ' <"/proc/$pid/cmdline"); } 2>/dev/null || return 1
  # Without words it is about to become another program (exec): ours, as the start time says.
  [[ -z $words || $words == *"$its_program"* ]] || return 1
  printf '%s' "$pid"
}

# Until the shell that was forked has become the program, whose record it bears: whoever asked before
# would take it for a stranger, and the program for one that has ended.
await_program() { # NAME PID
  local i
  for ((i = 0; i < 500; i++)); do
    ! recorded_pid "$1" >/dev/null || return 0
    start_time "$2" >/dev/null || return 0
    sleep 0.01
  done
}

# start_process NAME LAST_SIGNAL PROGRAM ARGUMENT...
# In a session of its own, so that Ctrl-C reaches only the supervisor, which ends things in order;
# should the supervisor be killed, the kernel sends LAST_SIGNAL. Sets started_pid.
start_process() {
  local name=$1 last_signal=$2
  shift 2
  without_settings setsid setpriv --pdeathsig "$last_signal" "${drop_to[@]}" -- "$@" \
    </dev/null >>"$logs/$name.log" 2>&1 {lock_fd}>&- {terminal_fd}>&- &
  started_pid=$!
  record_process "$name" "$started_pid" "$1"
  await_program "$name" "$started_pid"
}

# The services read their own MILLRACE_ settings; those of this deployment are none.
without_settings() {
  local name
  local words=()
  for name in "${!MILLRACE_LOCAL_@}"; do words+=(-u "$name"); done
  exec env "${words[@]}" "$@"
}

# end_process NAME SIGNAL SECONDS: signals, waits, and kills when the time is over.
end_process() {
  local pid
  if pid=$(recorded_pid "$1"); then
    kill -s "$2" "$pid" 2>/dev/null || true
    if ! wait_for_end "$1" "$3"; then
      note "$1 has not ended within $3 s and is killed"
      kill -s KILL "$pid" 2>/dev/null || true
      wait_for_end "$1" 10 || note "cannot end $1 (pid $pid)"
    fi
  fi
  rm -f "$run/$1.pid"
}

wait_for_end() { # NAME SECONDS
  local i
  for ((i = 0; i < $2 * 20; i++)); do
    recorded_pid "$1" >/dev/null || return 0
    sleep 0.05
  done
  return 1
}
