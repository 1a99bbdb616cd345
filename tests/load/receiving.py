# SPDX-License-Identifier: Apache-2.0
"""The receivers alone, beside the bare ceilings of what they are made of, in the same minute.

Nobody takes uploads out of the stream: the figures are of receiver, nats-server and load on the same cores.
The ceilings get the same: the same payload, the same connections and windows, the same load program.
"""

from load.programs import empty_stream, next_line, program, running, topics_file
from support.stack import running_stack
from support.wait import wait_until

SERVICES = ("registry", "mqtt-receiver", "http-receiver")
BYTES = 256
CONNECTIONS, WINDOW = 50, 100
HTTP_CONNECTIONS = 64
TIMES = ("--warm-up", 0.5, "--seconds", 3)
# The open loop sends half of what the closed one reached: there the latency is of the work, not of a queue.
HALF = 0.5
MQTT = {  # what is measured: options of mqtt_load
    "MQTT QoS 0": ("--qos", 0),
    "MQTT QoS 1": ("--qos", 1),
    "MQTT QoS 2": ("--qos", 2),
    "MQTT 5 QoS 1, topic alias": ("--qos", 1, "--mqtt", 5, "--topic-alias"),
}
JETSTREAM = "JetStream publishes/s, one upload a message"
ECHO = "Asio echo, messages/s"
CPPREST = "cpprestsdk's own server, empty handler: requests/s"
RATIOS = (
    ("MQTT QoS 1: uploads/s", JETSTREAM),
    ("MQTT QoS 0: uploads/s", JETSTREAM),
    ("MQTT QoS 2: uploads/s", JETSTREAM),
    ("HTTP: uploads/s", CPPREST),
)


def _add(table, name, line, unit="uploads"):
    table.add(f"{name}: {unit}/s", line["uploads_per_second"])
    for quantile in ("p50", "p99", "p999"):
        table.add(f"{name}: {quantile} ms", line[f"{quantile}_ms"])


def _accepted(receiver):
    return receiver.metric("millrace_intake_uploads_total", code="200")


def _measure(stack, table, name, kind, words):
    """Closed loop, then open loop at half of its rate; every upload reaches the stream."""
    receiver = stack[kind]
    load = "mqtt_load" if kind == "mqtt-receiver" else "http_load"
    words += ("--port", receiver.port, "--payload-bytes", BYTES, *TIMES, "--pid", receiver.pid)
    before = _accepted(receiver)
    closed = program(load, *words, "--pid", stack.nats.pid)[0]
    half = program(load, *words, "--rate", round(closed["uploads_per_second"] * HALF))[0]
    sent = closed["uploads"] + half["uploads"]
    wait_until(lambda: _accepted(receiver) - before == sent, f"all {sent} uploads of {name} are in the stream")
    _add(table, name, closed)
    table.add(f"{name}: CPU of the receiver, µs an upload", closed["cpu_us_per_upload"][0])
    table.add(f"{name}: CPU of nats-server, µs an upload", closed["cpu_us_per_upload"][1])
    table.add(f"{name}: CPU of the load, µs an upload", closed["cpu_us_per_upload"][2])
    _add(table, f"{name}, at half of that", half)
    empty_stream(stack)


def _measure_jetstream(stack, table):
    words = ("--nats-url", stack.nats.url, "--messages", 300_000, "--bytes", BYTES)
    table.add(JETSTREAM, program("jetstream_ceiling", *words)[0]["messages_per_second"])


def _measure_echo(table):
    words = ("--connections", CONNECTIONS, "--window", WINDOW, "--bytes", BYTES)
    table.add(ECHO, program("echo_ceiling", *words)[0]["messages_per_second"])


def _http_words(stack):
    path = topics_file(stack).read_text(encoding="utf-8").splitlines()[0]
    return ("--path", f"/{path}", "--connections", HTTP_CONNECTIONS)


def _measure_cpprest(stack, table):
    with running("cpprest_ceiling") as process:
        server = next_line(process)
        words = ("--port", server["port"], "--pid", server["pid"], "--payload-bytes", BYTES, *TIMES)
        line = program("http_load", *_http_words(stack), *words)[0]
    table.add(CPPREST, line["uploads_per_second"])
    table.add("cpprestsdk's own server: p50 ms", line["p50_ms"])
    table.add("cpprestsdk's own server: p99 ms", line["p99_ms"])
    table.add("cpprestsdk's own server: CPU, µs a request", line["cpu_us_per_upload"][0])


def measure_receivers(cluster, table, runs, announce):
    with running_stack(cluster, *SERVICES) as stack:
        mqtt = ("--topics-file", topics_file(stack), "--connections", CONNECTIONS, "--window", WINDOW)
        for run in range(runs):
            announce(run)
            _measure_jetstream(stack, table)
            for name, words in MQTT.items():
                _measure(stack, table, name, "mqtt-receiver", (*mqtt, *words))
            _measure_echo(table)
            _measure_cpprest(stack, table)
            _measure(stack, table, "HTTP", "http-receiver", _http_words(stack))
