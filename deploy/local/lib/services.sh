# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The services: how each is started, on which ports, and when it is ready.

# In the order in which they are stopped: what takes samples in first.
services=(http-receiver mqtt-receiver epts gateway query registry)

admin_port() { # SERVICE
  local name=${1^^}
  name=MILLRACE_LOCAL_${name//-/_}_ADMIN_PORT
  printf '%s' "${!name}"
}

start_service() { # NAME
  local host=$MILLRACE_LOCAL_HOST
  local flags=(--admin-listen="127.0.0.1:$(admin_port "$1")")
  case $1 in
    registry) flags+=(--grpc-listen="$host:$MILLRACE_LOCAL_REGISTRY_PORT"
      --database-url="$(database_url registry)" --admin-key-file="$admin_key_file") ;;
    http-receiver) flags+=(--http-listen="$host:$MILLRACE_LOCAL_HTTP_PORT"
      --stream-max-size="$MILLRACE_LOCAL_STREAM_MAX_SIZE") ;;
    mqtt-receiver) flags+=(--mqtt-listen="$host:$MILLRACE_LOCAL_MQTT_PORT"
      --stream-max-size="$MILLRACE_LOCAL_STREAM_MAX_SIZE") ;;
    epts) flags+=(--database-url="$(database_url epts)") ;;
    query) flags+=(--grpc-listen="$host:$MILLRACE_LOCAL_QUERY_PORT"
      --database-url="$(database_url query)") ;;
    gateway) flags+=(--http-listen="$host:$MILLRACE_LOCAL_GATEWAY_PORT"
      --query-address="$(reachable_host):$MILLRACE_LOCAL_QUERY_PORT"
      --registry-address="$(reachable_host):$MILLRACE_LOCAL_REGISTRY_PORT"
      --device-http-url="http://$(device_host):$MILLRACE_LOCAL_HTTP_PORT"
      --device-mqtt-url="mqtt://$(device_host):$MILLRACE_LOCAL_MQTT_PORT") ;;
  esac
  MILLRACE_NATS_URL=$(nats_url) start_process "$1" TERM "$bin/millrace-$1" "${flags[@]}"
}

# As devices get it to read, in the dashboard.
device_host() {
  [[ $MILLRACE_LOCAL_HOST == 0.0.0.0 ]] && uname -n || echo "$MILLRACE_LOCAL_HOST"
}

service_ready() { # NAME
  curl -fsS -m 5 -o /dev/null "http://127.0.0.1:$(admin_port "$1")/readyz" 2>/dev/null
}

# Environment of the command line tool for this deployment.
millrace() {
  local host
  host=$(reachable_host)
  MILLRACE_REGISTRY_ADDRESS=$host:$MILLRACE_LOCAL_REGISTRY_PORT \
    MILLRACE_QUERY_ADDRESS=$host:$MILLRACE_LOCAL_QUERY_PORT \
    MILLRACE_HTTP_URL=http://$host:$MILLRACE_LOCAL_HTTP_PORT \
    MILLRACE_MQTT_ADDRESS=$host:$MILLRACE_LOCAL_MQTT_PORT \
    MILLRACE_KEY_FILE=$admin_key_file \
    "$bin/millrace" "$@"
}
