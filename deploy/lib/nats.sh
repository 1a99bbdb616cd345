# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# JetStream's API for the stream DATA_SAMPLES, over bash's /dev/tcp: Debian has no command for NATS,
# and an image of PostgreSQL has bash and nothing more. One connection, one request at a time.

stream=DATA_SAMPLES
# As in services/lib/bus: subjects.h and stream_config.cpp. Sizes and replicas are brought in line by
# the next service that starts.
stream_subjects='"kaa.v1.events.*.endpoint.data-collection.data-samples-received.>"'
stream_held='"millrace.restore.held"'
stream_config='{"name":"DATA_SAMPLES","subjects":[%s],"retention":"workqueue","storage":"file",'
stream_config+='"discard":"new","max_consumers":-1,"max_msgs":-1,"max_msg_size":-1,"max_age":0,'
stream_config+='"max_bytes":-1,"num_replicas":1,"duplicate_window":120000000000}'

nats_fd=
nats_requests=0

nats_send() {
  printf '%s\r\n' "$@" 2>/dev/null >&"$nats_fd" || fail "nats-server has closed the connection"
}

# Sets nats_line.
nats_read_line() {
  IFS= read -r -t 30 -u "$nats_fd" nats_line || fail "nats-server says nothing or has gone"
  nats_line=${nats_line%$'\r'}
  case $nats_line in
    PING) nats_send PONG ;;
    -ERR*) fail "nats-server refuses: ${nats_line#-ERR }" ;;
  esac
}

# nats_connect URLS: the first of the servers that answers. Again after everything that may take long:
# nobody answers nats-server's pings meanwhile, and it ends the connection.
nats_connect() {
  local url rest host port credentials login=
  trap '' PIPE
  [[ -z $nats_fd ]] || exec {nats_fd}>&-
  for url in ${1//,/ }; do
    rest=${url#nats://}
    credentials=
    [[ $rest != *@* ]] || credentials=${rest%@*} rest=${rest##*@}
    rest=${rest%%/*}
    host=${rest%:*} port=4222
    [[ $rest != *:* ]] || port=${rest##*:}
    [[ -n $host && $port =~ ^[0-9]+$ && $url != *://*://* && $credentials != *[\"\\]* ]] ||
      usage_fault "nats-url is not nats://TOKEN@host:port"
    # Asked first with a limit: the connection itself would wait for minutes.
    timeout 10 bash -c ': <>"/dev/tcp/$0/$1"' "$host" "$port" 2>/dev/null || continue
    { exec {nats_fd}<>"/dev/tcp/$host/$port"; } 2>/dev/null || continue
    case $credentials in
      '') ;;
      *:*) login=",\"user\":\"${credentials%%:*}\",\"pass\":\"${credentials#*:}\"" ;;
      *) login=",\"auth_token\":\"$credentials\"" ;;
    esac
    nats_read_line
    nats_send "CONNECT {\"verbose\":false,\"headers\":true,\"no_responders\":true,\"lang\":\"bash\",\"version\":\"1\",\"name\":\"$program\"$login}" PING
    until [[ $nats_line == PONG ]]; do nats_read_line; done
    return 0
  done
  fail "cannot reach nats-server at ${1//:\/\/*([^@,])@/:\/\/***@}"
}

# jetstream CALL [JSON]: asks $JS.API.CALL.DATA_SAMPLES; sets answer, and answer_error to the number
# of the error, empty for none.
jetstream() {
  local LC_ALL=C body=${2-} inbox words
  nats_requests=$((nats_requests + 1))
  inbox=_INBOX.$$.$RANDOM$RANDOM.$nats_requests
  nats_send "SUB $inbox $nats_requests" "UNSUB $nats_requests 1" \
    "PUB \$JS.API.$1.$stream $inbox ${#body}" "$body"
  nats_line=
  until [[ $nats_line == MSG\ * ]]; do
    nats_read_line
    [[ $nats_line != HMSG\ * ]] || fail "this nats-server has no JetStream"
  done
  read -ra words <<<"$nats_line"
  IFS= read -r -N "${words[-1]}" -t 30 -u "$nats_fd" answer || fail "nats-server broke off its answer"
  nats_read_line
  answer_error=
  [[ ! $answer =~ \"error\":\{[^\}]*\"err_code\":([0-9]+) ]] || answer_error=${BASH_REMATCH[1]}
}

# As jetstream, but an error ends the command.
jetstream_must() {
  jetstream "$@"
  [[ -z $answer_error ]] || fail "JetStream refuses $1 of $stream: $answer"
}

# Sets stream_exists, stream_messages, stream_first and stream_last, the lowest position still held
# and the highest ever given.
read_stream() {
  stream_exists=yes
  jetstream STREAM.INFO
  # 10059: stream not found.
  if [[ $answer_error == 10059 ]]; then
    stream_exists=no stream_messages=0 stream_first=0 stream_last=0
    return
  fi
  [[ -z $answer_error ]] || fail "cannot read the stream $stream: $answer"
  local state=${answer##*\"state\":}
  stream_messages=$(state_field messages "$state")
  stream_first=$(state_field first_seq "$state")
  stream_last=$(state_field last_seq "$state")
}

state_field() { # NAME STATE
  [[ $2 =~ \"$1\":([0-9]+) ]] || fail "cannot read the stream $stream: its state has no $1"
  printf '%s' "${BASH_REMATCH[1]}"
}

# advance_stream POSITION: the next message gets a position above it; makes the stream if it is not
# there. JetStream can do that only by a purge, so nothing may be in the stream, and nothing may come
# in between: until it is done the stream takes no subject that anybody publishes to. A device then
# gets no acknowledgement, and sends again.
advance_stream() {
  local config
  if [[ $stream_exists == no ]]; then
    # shellcheck disable=SC2059  # the format is ours
    printf -v config "$stream_config" "$stream_held"
    jetstream_must STREAM.CREATE "$config"
  else
    config=${answer#*\"config\":}
    config=${config%%,\"created\":\"*}
    config=$(with_subjects "$config" "$stream_held")
    jetstream_must STREAM.UPDATE "$config"
  fi
  read_stream
  if ((stream_messages > 0)); then
    jetstream_must STREAM.UPDATE "$(with_subjects "$config" "$stream_subjects")"
    refuse_messages
  fi
  jetstream_must STREAM.PURGE "{\"seq\":$(($1 + 1))}"
  jetstream_must STREAM.UPDATE "$(with_subjects "$config" "$stream_subjects")"
  read_stream
  ((stream_last >= $1)) || fail "the stream $stream goes on at $((stream_last + 1)), not above $1"
}

with_subjects() { # CONFIG SUBJECTS
  [[ $1 =~ ^(.*\"subjects\":\[)[^]]*(\].*)$ ]] || fail "cannot read the subjects of $stream: $1"
  printf '%s%s%s' "${BASH_REMATCH[1]}" "$2" "${BASH_REMATCH[2]}"
}

refuse_messages() {
  fail "the stream $stream holds $stream_messages messages that were accepted after it was made" \
    "anew, and moving it would drop them. Let epts store them (if there is no database yet, restore" \
    "with --database-only first), stop the services, and end with restore --stream-only"
}
