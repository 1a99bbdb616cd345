# SPDX-License-Identifier: Apache-2.0
"""Storms of unknown tokens, and a registry that restarts: real receivers, registry and NATS."""

import concurrent.futures
import itertools
import threading
import time
from pathlib import Path

import pytest

from support import raw_mqtt
from support.device import HttpDevice, MqttDevice
from support.paths import is_sanitized
from support.raw_mqtt import RawMqtt
from support.stack import running_stack
from support.wait import wait_until

RECEIVERS = ("http-receiver", "mqtt-receiver")
LIMIT = 100  # max-unknown-tokens-per-second
SENDERS = 4
STORM = 4_000  # uploads, each with a token of its own
MIB = 1 << 20

_tokens = itertools.count()


@pytest.fixture(name="storm_stack", scope="module")
def storm_stack_fixture(postgres):
    with running_stack(postgres, "registry") as stack:
        for kind in RECEIVERS:
            stack.start(kind, max_unknown_tokens_per_second=LIMIT)
        yield stack


def resident_bytes(service):
    status = Path(f"/proc/{service.pid}/status").read_text(encoding="utf-8")
    (line,) = [line for line in status.splitlines() if line.startswith("VmRSS:")]
    return int(line.split()[1]) * 1024


def made_up(identity):
    return f"kp1/{identity.app_version}/dcx/made-up-{next(_tokens)}/json"


def storm_over_http(receiver, identity):
    """Codes of the answers."""

    def send(count):
        device = HttpDevice(receiver)
        try:
            return [device.post("1", f"/{made_up(identity)}").status for _ in range(count)]
        finally:
            device.close()

    with concurrent.futures.ThreadPoolExecutor(SENDERS) as pool:
        return list(itertools.chain(*pool.map(send, [STORM // SENDERS] * SENDERS)))


def storm_over_mqtt(receiver, identity):
    """The same, of the errors that come for uploads of QoS 0."""
    codes = []
    with RawMqtt(receiver) as raw:
        raw.connect("storm")
        for _ in range(STORM // 50):
            packets = (raw_mqtt.publish_packet(made_up(identity), "1") for _ in range(50))
            raw.send(b"".join(packets))
            for _ in range(50):
                payload = raw.expect(raw_mqtt.PUBLISH).payload
                codes.append(int(payload.split(b'"statusCode":')[1][:3]))
    return codes


class Known(threading.Thread):
    """A device that uploads all the time."""

    def __init__(self, receiver, identity):
        super().__init__(daemon=True)
        self.statuses = []
        self.slowest = 0.0
        self._device = HttpDevice(receiver, identity)
        self._may_end = threading.Event()

    def run(self):
        while not self._may_end.is_set():
            begin = time.monotonic()
            self.statuses.append(self._device.send({"a": 1}).status)
            self.slowest = max(self.slowest, time.monotonic() - begin)
            self._may_end.wait(0.005)

    def __enter__(self):
        self.start()
        wait_until(lambda: self.statuses, "its first upload is answered")
        return self

    def __exit__(self, *_):
        self._may_end.set()
        self.join(60)
        self._device.close()


def questions(stack):
    return stack["registry"].metric("millrace_registry_look_ups_total", kind="tokens")


def unknown_tokens(stack):
    return stack["registry"].metric("millrace_registry_tokens_total", status="404")


@pytest.mark.parametrize("kind", RECEIVERS)
def test_a_storm_of_unknown_tokens_is_answered_and_hardly_felt_by_the_registry(storm_stack, kind):
    receiver = storm_stack[kind]
    identity = storm_stack.registry.create_device()
    storm = {"http-receiver": storm_over_http, "mqtt-receiver": storm_over_mqtt}[kind]
    before, unknown_before = questions(storm_stack), unknown_tokens(storm_stack)
    memory = resident_bytes(receiver)
    begin = time.monotonic()
    codes = storm(receiver, identity)
    seconds = time.monotonic() - begin
    asked, unknown = questions(storm_stack) - before, unknown_tokens(storm_stack) - unknown_before
    print(
        f"{len(codes)} unknown tokens in {seconds:.1f} s: {asked:.0f} questions about"
        f" {unknown:.0f} of them, memory +{(resident_bytes(receiver) - memory) / MIB:.1f} MiB"
    )
    assert len(codes) == STORM and set(codes) == {404, 503}
    # A second's worth at once, the rate after that, and what was in flight when it was used up.
    assert unknown <= LIMIT * (seconds + 2) + 2 * 256
    assert asked <= unknown <= STORM / 2
    assert resident_bytes(receiver) - memory < 32 * MIB or is_sanitized()
    limited = receiver.metric("millrace_registry_client_token_look_ups_total", result="limited")
    assert limited >= codes.count(503)


def test_a_known_device_does_not_feel_a_storm_and_a_new_one_gets_through(storm_stack):
    receiver = storm_stack["http-receiver"]
    known, newcomer = (storm_stack.registry.create_device() for _ in range(2))
    with Known(receiver, known) as device:
        storm_over_http(receiver, known)
    assert set(device.statuses) == {200}, "it was never refused"
    assert device.slowest < 5, "nor held up"
    storm_over_http(receiver, known)
    wait_until(
        lambda: HttpDevice(receiver, newcomer).send({"a": 1}).status == 200,
        "a device that nobody knew is let in",
        within=10,
    )


def test_a_restart_of_the_registry_is_not_noticed_by_known_devices(make_stack):
    stack = make_stack("registry")
    # Tokens are asked about again all the time.
    receivers = {kind: stack.start(kind, token_known_expiry="1s") for kind in RECEIVERS}
    http, mqtt = stack.registry.create_device(), stack.registry.create_device()
    with Known(receivers["http-receiver"], http) as device, MqttDevice(
        receivers["mqtt-receiver"], mqtt
    ) as mqtt_device:
        mqtt_device.send({"a": 1})
        for _ in range(2):
            stack["registry"].kill()
            answered = len(device.statuses)
            end = time.monotonic() + 3  # beyond the expiry, and the time-out of a lost question
            while time.monotonic() < end:
                mqtt_device.send({"a": 1})
            wait_until(lambda: len(device.statuses) > answered + 10, "uploads go on")
            stack["registry"].start()
            mqtt_device.send({"a": 1})
    assert set(device.statuses) == {200}, "none was refused"
    assert not mqtt_device.received, "no error came"
    stale = receivers["mqtt-receiver"].metric(
        "millrace_registry_client_token_look_ups_total", result="stale"
    )
    assert stale > 0, "the registry was missed"


def test_devices_that_come_together_share_questions(make_stack):
    stack = make_stack("registry", "mqtt-receiver")
    identity = stack.registry.create_device()
    count = 400
    tokens = [stack.registry.create_endpoint(identity.app_version)[1] for _ in range(count)]
    before = questions(stack)
    with RawMqtt(stack["mqtt-receiver"]) as raw:
        raw.connect("gateway")
        topics = [f"kp1/{identity.app_version}/dcx/{token}/json/1" for token in tokens]
        raw.send(b"".join(raw_mqtt.publish_packet(topic, "1") for topic in topics))
        answers = [raw.expect(raw_mqtt.PUBLISH) for _ in topics]
    assert {answer.topic for answer in answers} == {f"{topic}/status" for topic in topics}
    assert questions(stack) - before <= count / 4
    assert stack["registry"].metric("millrace_registry_tokens_total", status="200") >= count
    states = stack.sql("SELECT DISTINCT state FROM registry.token WHERE state <> 1")
    assert states == [(2,)], "all of them are active now"
