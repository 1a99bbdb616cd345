# SPDX-License-Identifier: Apache-2.0
"""The MQTT receiver: what it answers, against bytes no client sends, and when others are away.
Clients that others have written: test_mqtt_paho.py, test_mqtt_mosquitto.py, test_mqtt_js.py."""

import json
import signal
import socket
import struct
import threading

import pytest

from support import raw_mqtt
from support.device import MqttDevice
from support.raw_mqtt import CONNACK, DISCONNECT, PINGREQ, PINGRESP, PUBACK, PUBLISH, RawMqtt
from support.wait import wait_until


@pytest.fixture(name="mqtt_service")
def mqtt_service_fixture(shared_stack):
    return shared_stack["mqtt-receiver"]


@pytest.fixture(name="device")
def device_fixture(shared_stack):
    """An endpoint of the test's own."""
    return shared_stack.registry.create_device()


@pytest.fixture(name="raw")
def raw_fixture(mqtt_service, request):
    with RawMqtt(mqtt_service) as raw:
        assert raw.connect(request.node.name[:23]) == (False, 0)
        yield raw


def ping(raw):
    raw.send(raw_mqtt.packet(PINGREQ, 0, b""))
    raw.expect(PINGRESP)


def closed_for(service, reason):
    return service.metric("millrace_mqtt_closed_total", reason=reason)


def test_a_plain_value_is_a_sample(shared_stack, device):
    with MqttDevice(shared_stack["mqtt-receiver"], device) as client:
        client.publish(b"2061m", topic=device.path.replace("/json", "/plain/altitude"))
    wait_until(
        lambda: shared_stack.query.values(device, "auto~altitude-value") == [2061],
        "the value is a point",
    )


def test_an_unknown_level_is_refused_with_return_code_1(mqtt_service):
    with RawMqtt(mqtt_service) as raw:
        assert raw.connect(level=2) == (False, 1)
        assert raw.receive() is None


# --- responses ---


@pytest.mark.parametrize("qos", [0, 1, 2])
def test_with_a_request_id_success_is_told_once_without_or_with_a_subscription(
    shared_stack, device, qos
):
    topic = f"{device.path}/23"
    with MqttDevice(shared_stack["mqtt-receiver"], device) as client:
        client.publish(b'{"a":1}', qos, topic)
        assert client.wait_for(f"{topic}/status") == b""
        client.client.subscribe([(f"{topic}/#", 1), (f"{topic}/status", 0), ("#", 2)])
        client.publish(b'{"a":2}', qos, f"{device.path}/0")
        assert client.wait_for(f"{device.path}/0/status") == b""
        client.publish(b"nonsense", qos, topic)
        error = json.loads(client.wait_for(f"{topic}/error"))
        assert error["statusCode"] == 400 and error["reasonPhrase"]
        topics = [its for its, _ in client.received]
        assert topics == [f"{topic}/status", f"{device.path}/0/status", f"{topic}/error"]


def test_without_a_request_id_only_failure_is_told(shared_stack, device):
    with MqttDevice(shared_stack["mqtt-receiver"], device) as client:
        client.publish(b'{"a":1}')
        client.publish(b"[1,")
        error = json.loads(client.wait_for(f"{device.path}/error"))
        assert set(error) == {"statusCode", "reasonPhrase"} and error["statusCode"] == 400
        assert len(client.received) == 1


def test_responses_have_the_qos_of_the_request(raw, device):
    raw.publish(f"{device.path}/1", '{"a":1}', qos=1, packet_id=77)
    assert raw.expect(PUBACK).packet_id == 77
    response = raw.expect(PUBLISH)
    assert (response.topic, response.qos) == (f"{device.path}/1/status", 1)
    raw.send(raw_mqtt.packet(PUBACK, 0, struct.pack("!H", response.packet_id)))
    raw.publish(f"{device.path}/2", '{"a":1}')
    assert raw.expect(PUBLISH).qos == 0
    ping(raw)


@pytest.mark.parametrize(
    "change",
    [
        lambda path: path.replace("/dcx/", "/dcx/x"),  # token
        lambda path: path.replace("kp1/", "kp1/x"),  # application version
        lambda path: path.replace("/dcx/", "/cmx/"),
        lambda path: "hello/world",
        lambda path: "$SYS/broker",
    ],
)
def test_what_does_not_exist_is_404_and_the_connection_stays(raw, device, change):
    topic = change(device.path)
    raw.publish(topic, '{"a":1}', qos=1, packet_id=5)
    assert raw.expect(PUBACK).packet_id == 5
    response = raw.expect(PUBLISH)
    assert response.topic == f"{topic}/error"
    assert json.loads(response.payload)["statusCode"] == 404
    ping(raw)


def test_a_body_over_the_limit_is_413_however_large(raw, device):
    for size in ((1 << 20) + 1, 3 << 20):
        raw.publish(device.path, b" " * size, qos=1, packet_id=6)
        assert raw.expect(PUBACK).packet_id == 6
        assert json.loads(raw.expect(PUBLISH).payload)["statusCode"] == 413
    ping(raw)


def test_acknowledgements_keep_the_order_of_the_publishes(raw, device):
    packets = b""
    for number in range(1, 1001):
        topic = device.path if number % 7 else "no/such/path"
        packets += raw_mqtt.publish_packet(topic, f'{{"n":{number}}}', qos=1, packet_id=number)
    threading.Thread(target=raw.send, args=(packets,)).start()
    acknowledged = []
    while len(acknowledged) < 1000:
        answer = raw.receive()
        if answer.type == PUBACK:
            acknowledged.append(answer.packet_id)
    assert acknowledged == list(range(1, 1001))


# --- sessions ---


def test_the_same_client_id_takes_over(mqtt_service):
    with RawMqtt(mqtt_service) as first, RawMqtt(mqtt_service) as second:
        assert first.connect("the-same") == (False, 0)
        assert second.connect("the-same") == (False, 0)
        assert first.receive() is None
        ping(second)


@pytest.mark.parametrize("state", ["SUSPENDED", "REVOKED"])
def test_a_token_that_may_no_longer_be_used_cuts_its_sessions(shared_stack, state):
    service = shared_stack["mqtt-receiver"]
    device, other = (shared_stack.registry.create_device() for _ in range(2))
    with RawMqtt(service) as cut, RawMqtt(service) as kept:
        for raw, identity in ((cut, device), (kept, other)):
            raw.connect(identity.endpoint_id[:23])
            raw.publish(identity.path, '{"a":1}', qos=1)
            raw.expect(PUBACK)
        shared_stack.registry.set_token_state(device, state)
        assert cut.receive() is None
        ping(kept)
    with RawMqtt(service) as again:
        again.connect("again")
        again.publish(device.path, '{"a":1}', qos=1)
        again.expect(PUBACK)
        assert json.loads(again.expect(PUBLISH).payload)["statusCode"] == 403


def test_keep_alive_is_enforced(mqtt_service):
    before = closed_for(mqtt_service, "keep_alive_timeout")
    with RawMqtt(mqtt_service) as raw:
        raw.connect("silent", keep_alive=1)
        assert raw.receive() is None
    assert closed_for(mqtt_service, "keep_alive_timeout") == before + 1


def test_subscriptions_to_one_endpoint_are_granted_and_others_refused(raw, device):
    body = struct.pack("!H", 9)
    for topic_filter, qos in (
        (f"{device.path}/7/status", 0),
        (f"{device.path}/+", 1),
        (f"{device.path}/#", 2),
        (device.path, 1),
        ("#", 0),
        ("kp1/+/dcx/#", 1),
        ("a", 2),
        ("a/#/b", 1),
        ("", 0),
    ):
        body += raw_mqtt.text(topic_filter) + bytes([qos])
    raw.send(raw_mqtt.packet(raw_mqtt.SUBSCRIBE, 2, body))
    granted = bytes([0, 1, 2, 1, 0x80, 0x80, 0x80, 0x80, 0x80])
    assert raw.expect(raw_mqtt.SUBACK).body == struct.pack("!H", 9) + granted
    raw.send(raw_mqtt.packet(raw_mqtt.UNSUBSCRIBE, 2, struct.pack("!H", 10) + raw_mqtt.text("#")))
    assert raw.expect(raw_mqtt.UNSUBACK).packet_id == 10


# --- hostile bytes ---

TOPIC = "kp1/v/dcx/t/json"

WRONG_BYTES = {
    "a remaining length of five bytes": (b"\x30\xff\xff\xff\xff\x01", "malformed_length"),
    "an unknown packet type": (b"\xf0\x00", "unexpected_packet"),
    "a packet of servers": (b"\x20\x02\x00\x00", "unexpected_packet"),
    "reserved flags": (b"\xc1\x00", "reserved_bits"),
    "a second CONNECT": (raw_mqtt.connect_packet(), "second_connect"),
    "PUBREL before PUBREC": (
        raw_mqtt.publish_packet(TOPIC, "1", qos=2, packet_id=2)
        + raw_mqtt.packet(raw_mqtt.PUBREL, 2, struct.pack("!H", 2)),
        "unexpected_pubrel",
    ),
    "QoS 3": (raw_mqtt.publish_packet(TOPIC, "1", qos=3), "invalid_qos"),
    "packet identifier 0": (
        raw_mqtt.publish_packet(TOPIC, "1", qos=1, packet_id=0),
        "invalid_packet_id",
    ),
    "a wildcard in a topic name": (raw_mqtt.publish_packet("kp1/#", "1"), "invalid_topic"),
    "an empty topic name": (raw_mqtt.publish_packet("", "1"), "invalid_topic"),
    "NUL in a topic": (raw_mqtt.publish_packet(b"a\0b", "1"), "invalid_text"),
    "a topic that is no UTF-8": (raw_mqtt.publish_packet(b"\xc3\x28", "1"), "invalid_text"),
    "a topic longer than its packet": (b"\x30\x04\xff\xffab", "malformed_packet"),
    "SUBSCRIBE without a filter": (
        raw_mqtt.packet(raw_mqtt.SUBSCRIBE, 2, b"\0\1"),
        "missing_topic_filter",
    ),
    "SUBSCRIBE with 10,000 filters": (
        raw_mqtt.packet(raw_mqtt.SUBSCRIBE, 2, b"\0\1" + b"\0\1a\0" * 10_000),
        "too_many_subscriptions",
    ),
}


@pytest.mark.parametrize("title", WRONG_BYTES)
def test_bytes_that_break_the_protocol_end_the_connection(mqtt_service, raw, title):
    wrong, reason = WRONG_BYTES[title]
    before = closed_for(mqtt_service, reason)
    raw.send(wrong)
    raw.expect_closed()
    assert closed_for(mqtt_service, reason) == before + 1


@pytest.mark.parametrize("opening", [b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01", b"\0" * 100])
def test_what_is_no_mqtt_is_closed_at_once(mqtt_service, opening):
    with RawMqtt(mqtt_service) as raw:
        raw.send(opening)
        raw.expect_closed()


def test_hundreds_of_half_open_connections_do_not_keep_others_out(mqtt_service, device):
    half_open = [socket.create_connection(("127.0.0.1", mqtt_service.port)) for _ in range(400)]
    try:
        for number, one in enumerate(half_open):
            one.sendall(raw_mqtt.connect_packet()[: number % 10])
        with MqttDevice(mqtt_service, device) as client:
            client.send({"a": 1})
    finally:
        for one in half_open:
            one.close()
    wait_until(
        lambda: mqtt_service.metric("millrace_mqtt_connections") < 100, "their sockets are freed"
    )


def test_a_publish_delivered_byte_by_byte_is_served(raw, device):
    raw.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for byte in raw_mqtt.publish_packet(device.path, '{"a":1}', qos=1, packet_id=3):
        raw.send(bytes([byte]))
    assert raw.expect(PUBACK).packet_id == 3


# --- failures around it ---


def test_while_nats_is_away_nothing_is_acknowledged_and_everything_later(make_stack):
    stack = make_stack("registry", "mqtt-receiver", "epts", "query")
    device = stack.registry.create_device()
    service = stack["mqtt-receiver"]
    with RawMqtt(service) as raw:
        raw.connect("patient")
        raw.publish(device.path, '{"n":0}', qos=1, packet_id=1)
        assert raw.expect(PUBACK).packet_id == 1
        stack.nats.kill()
        raw.publish(device.path, '{"n":1}', qos=1, packet_id=2)
        with pytest.raises(socket.timeout):
            raw.receive(timeout=1.0)
        stack.nats.start()
        answer = raw.receive()
        if answer is None:  # the deadline was first: the device sends again
            raw = RawMqtt(service)
            wait_until(service.ready, "the receiver is ready again")
            raw.connect("patient")
            raw.publish(device.path, '{"n":1}', qos=1, packet_id=2, dup=True)
            answer = raw.receive()
        assert (answer.type, answer.packet_id) == (PUBACK, 2)
    wait_until(
        lambda: sorted(set(stack.query.values(device, "auto~n"))) == [0, 1],
        "both samples are points",
    )


def test_an_upload_whose_fate_is_unknown_is_left_to_the_device(make_stack):
    stack = make_stack("registry", "epts", "query")
    device = stack.registry.create_device()
    service = stack.start("mqtt-receiver", publish_deadline="1s", publish_retry_after="300ms")
    with RawMqtt(service) as raw:
        raw.connect("once")
        raw.publish(device.path, '{"n":0}', qos=1, packet_id=1)
        raw.expect(PUBACK)
        stack.nats.freeze()
        try:
            raw.publish(device.path, '{"n":1}', qos=1, packet_id=2)
            assert raw.receive() is None, "closed without an acknowledgement"
        finally:
            stack.nats.signal(signal.SIGCONT)
    assert closed_for(service, "upload_unavailable") == 1
    # NATS had the bytes all the time. Had the receiver submitted them again, they were there twice.
    with RawMqtt(service) as raw:
        raw.connect("once")
        raw.publish(device.path, '{"n":2}', qos=1, packet_id=3)
        raw.expect(PUBACK)
    wait_until(
        lambda: 2 in stack.query.values(device, "auto~n"), "what was sent after it is a point"
    )
    assert stack.query.values(device, "auto~n") == [0, 1, 2]


def test_nats_away_for_too_long_closes_the_connection(make_stack):
    stack = make_stack("registry")
    device = stack.registry.create_device()
    service = stack.start(
        "mqtt-receiver",
        unavailable_timeout="1s",
        publish_deadline="1s",
        publish_retry_after="500ms",
    )
    with RawMqtt(service) as raw:
        raw.connect("impatient")
        raw.publish(device.path, '{"n":0}', qos=1, packet_id=1)
        raw.expect(PUBACK)
        stack.nats.kill()
        raw.publish(device.path, '{"n":1}', qos=1, packet_id=2)
        assert raw.receive() is None
    assert closed_for(service, "upload_unavailable") == 1
    stack.nats.start()


def test_a_stop_answers_what_was_accepted(make_stack):
    stack = make_stack("registry", "mqtt-receiver")
    device = stack.registry.create_device()
    service = stack["mqtt-receiver"]
    with RawMqtt(service) as raw:
        raw.connect("last")
        raw.publish(device.path, '{"n":1}', qos=1, packet_id=1)
        raw.expect(PUBACK)
        service.ask_to_stop()
        assert raw.receive() is None
    assert service.wait() == 0
    assert service.logged("ended connections before they were answered") == []


def test_an_occupied_port_is_a_clear_error(shared_stack):
    service = shared_stack["mqtt-receiver"]
    again = shared_stack.start(
        "mqtt-receiver", name="mqtt-receiver-2", wait=False, mqtt_listen=service.address
    )
    assert again.wait() == 1
    assert service.address in again.log_text() and "mqtt-listen" in again.log_text()
    del shared_stack.services["mqtt-receiver-2"]


def test_a_disconnect_is_the_end(raw):
    raw.send(raw_mqtt.packet(DISCONNECT, 0, b"") + raw_mqtt.packet(PINGREQ, 0, b""))
    assert raw.receive() is None


def test_a_connack_comes_before_anything_else(mqtt_service, device):
    with RawMqtt(mqtt_service) as raw:
        raw.send(
            raw_mqtt.connect_packet("eager")
            + raw_mqtt.publish_packet(device.path, '{"a":1}', qos=1, packet_id=4)
        )
        assert raw.expect(CONNACK).body == b"\0\0"
        assert raw.expect(PUBACK).packet_id == 4
