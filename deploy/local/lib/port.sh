# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# All ports are looked at before anything is started.

# Every setting that is a port.
port_settings() { compgen -v MILLRACE_LOCAL_ | grep '_PORT$'; }

check_ports() {
  local name port faults=0
  local -A taken_by=()
  while read -r name; do
    port=${!name}
    if [[ ! $port =~ ^[0-9]{1,5}$ ]] || ((10#$port < 1 || 10#$port > 65535)); then
      note "$name is '$port': a port is a number from 1 to 65535"
      faults=1
    elif [[ -v taken_by[$port] ]]; then
      note "$name and ${taken_by[$port]} are both $port: each needs a port of its own"
      faults=1
    elif occupied "$port"; then
      note "port $port is occupied$(occupant "$port"); end that, or set $name to a free port"
      faults=1
    elif ((EUID != 0 && port < $(sysctl_lowest_port))); then
      note "port $port needs root; set $name to a port from $(sysctl_lowest_port) on"
      faults=1
    fi
    taken_by[$port]=$name
  done < <(port_settings)
  ((faults == 0)) || fail "nothing was started"
}

occupied() { [[ -n $(ss -Hltn "sport = :$1") ]]; }

# Who listens, as far as this user may see it.
occupant() {
  ss -Hltnp "sport = :$1" |
    sed -n 's/.*users:(("\([^"]*\)",pid=\([0-9]*\).*/ by \1 (pid \2)/p' | head -n 1
}

sysctl_lowest_port() { cat /proc/sys/net/ipv4/ip_unprivileged_port_start 2>/dev/null || echo 1024; }
