# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The demo application, its device, and the points that its samples become.

# Made when not there yet; a second start finds it.
make_demo() {
  [[ ! -s $demo_token_file ]] || return 0
  millrace app show demo >/dev/null 2>&1 ||
    millrace app create demo --auto-extract on >/dev/null ||
    fail "cannot create the application demo (see above)"
  millrace app-version list --app demo --format json 2>/dev/null | grep -q '"demo-v1"' ||
    millrace app-version create demo-v1 --app demo >/dev/null ||
    fail "cannot create the application version demo-v1 (see above)"
  make_demo_endpoint
}

# The token is chosen here and written down first: should this be interrupted, the next start goes
# on with it.
make_demo_endpoint() {
  local chosen=$demo_token_file.new
  if [[ ! -s $chosen ]] || ! millrace endpoint show demo-device >/dev/null 2>&1; then
    (umask 077 && LC_ALL=C tr -dc 'A-Za-z0-9' </dev/urandom | head -c 20 >"$chosen") || true
    create_demo_endpoint "$(<"$chosen")" || {
      rm -f "$chosen"
      note "cannot create the endpoint demo-device (see above)"
      fail "if its token was in $demo_token_file and that is lost, start over:" \
        "$root/deploy/local/down --clean"
    }
  fi
  mv "$chosen" "$demo_token_file"
}

create_demo_endpoint() { # TOKEN
  millrace endpoint create --app-version demo-v1 --id demo-device --token "$1" >/dev/null
}

# The tutorial's curl, word for word but for the address, and its MQTT client.
send_demo_samples() {
  local body='[
  {
    "temperature": 23,
    "humidity": 48
  }
]'
  curl --silent --show-error --fail-with-body --location --request POST "$(demo_url)" \
    --data-raw "$body" >&2 ||
    fail "cannot send the demo device's samples over HTTP (see above)"
  "$root/deploy/demo/mqtt_device.py" --host "$(reachable_host)" --port "$MILLRACE_LOCAL_MQTT_PORT" \
    --app-version demo-v1 --token "$(<"$demo_token_file")" --count 3 --interval 0.1 \
    >"$logs/demo.log" 2>&1 || {
    last_lines "$logs/demo.log"
    fail "cannot send the demo device's samples over MQTT (see above)"
  }
}

# What was sent is readable within a second; a machine that has just built may take longer.
show_demo() { # FROM
  local to rows i
  for ((i = 0; i < 100; i++)); do
    to=$(date -u -d '+1 minute' +%Y-%m-%dT%H:%M:%SZ)
    rows=$(query_demo "$1" "$to" --format csv | wc -l) ||
      fail "cannot read the demo device's points back (see above)"
    # Four samples of two values, and the heading.
    ((rows < 9)) || break
    sleep 0.1
  done
  query_demo "$1" "$to"
  ((rows >= 9)) ||
    fail "not all of the demo device's points are readable after 10 s; $logs/epts.log may say why"
}

query_demo() { # FROM TO ARGUMENT...
  millrace query --app demo --endpoint demo-device --from "$1" --to "$2" "${@:3}"
}
