# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The deployment's own nats-server.

nats_url="nats://127.0.0.1:$MILLRACE_LOCAL_NATS_PORT"

start_nats() {
  mkdir -p "$state/nats"
  start_process nats-server TERM "$(command -v nats-server)" -c "$root/deploy/nats/nats.conf" \
    -a 127.0.0.1 -p "$MILLRACE_LOCAL_NATS_PORT" -sd "$state/nats"
}

# It greets every connection with INFO.
nats_answers() {
  local greeting=
  { read -r -t 5 -n 4 greeting <"/dev/tcp/127.0.0.1/$MILLRACE_LOCAL_NATS_PORT"; } 2>/dev/null
  [[ $greeting == INFO ]]
}
