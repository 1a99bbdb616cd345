# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Where things can be reached, and what to type next.

# curl and gRPC would ask a proxy for these too.
export no_proxy=127.0.0.1,localhost,$MILLRACE_LOCAL_HOST${no_proxy:+,$no_proxy}
export NO_PROXY=$no_proxy

# From this machine.
reachable_host() {
  [[ $MILLRACE_LOCAL_HOST == 0.0.0.0 ]] && echo 127.0.0.1 || echo "$MILLRACE_LOCAL_HOST"
}

demo_url() {
  printf 'http://%s:%s/kp1/demo-v1/dcx/%s/json' \
    "$(reachable_host)" "$MILLRACE_LOCAL_HTTP_PORT" "$(<"$demo_token_file")"
}

show_addresses() {
  local host path='kp1/<app-version>/dcx/<token>/json'
  host=$(reachable_host)
  cat <<END

  Dashboard http://$host:$MILLRACE_LOCAL_GATEWAY_PORT
            It asks for the API key: cat $(printf %q "$admin_key_file")

  HTTP      http://$host:$MILLRACE_LOCAL_HTTP_PORT/$path
  MQTT      $host:$MILLRACE_LOCAL_MQTT_PORT, topic $path
  gRPC      query $host:$MILLRACE_LOCAL_QUERY_PORT, registry $host:$MILLRACE_LOCAL_REGISTRY_PORT
  API key   $admin_key_file
  Metrics   $(metrics_addresses)
  Logs      $logs

Watch the demo device at http://$host:$MILLRACE_LOCAL_GATEWAY_PORT/applications/demo/devices/demo-device while it sends:
  curl --data-raw '[{"temperature": 24, "humidity": 47}]' $(demo_url)
  $(printf %q "$root/deploy/demo/mqtt_device.py") --port $MILLRACE_LOCAL_MQTT_PORT \\
      --app-version demo-v1 --token $(<"$demo_token_file")
  $(printf %q "$root/deploy/local/millrace") query --app demo --endpoint demo-device
  $(printf %q "$root/deploy/local/millrace") --help
END
}

metrics_addresses() {
  local name ports
  ports=$(for name in "${services[@]}"; do say "$(admin_port "$name")"; done | sort -n)
  printf 'http://127.0.0.1:{%s}/metrics' "${ports//$'\n'/,}"
}
