# SPDX-License-Identifier: Apache-2.0
"""What a session of the MQTT receiver promises beyond one upload: exactly once with QoS 2, wills,
limits, and the answers that MQTT 5 has room for."""

import struct
import threading
import time

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from support import raw_mqtt
from support.device import MqttDevice
from support.raw_mqtt import DISCONNECT, PUBACK, PUBCOMP, PUBLISH, PUBREC, PUBREL, RawMqtt
from support.wait import wait_until

TRACE_ID = "0af7651916cd43dd8448eb211c80319c"


@pytest.fixture(name="service")
def service_fixture(shared_stack):
    return shared_stack["mqtt-receiver"]


@pytest.fixture(name="device")
def device_fixture(shared_stack):
    """An endpoint of the test's own."""
    return shared_stack.registry.create_device()


def acknowledgement(packet_type, packet_id):
    return raw_mqtt.packet(
        packet_type, 2 if packet_type == PUBREL else 0, struct.pack("!H", packet_id)
    )


def values(stack, device):
    return stack.query.values(device, "auto~n")


# --- QoS 2 ---


def test_a_publish_of_qos_2_that_is_repeated_is_stored_once(shared_stack, service, device):
    before = service.metric("millrace_mqtt_repeated_publishes_total")
    with RawMqtt(service) as raw:
        raw.connect("careful")
        for dup in (False, True, True):
            raw.publish(device.path, '{"n":1}', qos=2, packet_id=7, dup=dup)
        for _ in range(3):
            assert raw.expect(PUBREC).packet_id == 7
        raw.publish(device.path, '{"n":1}', qos=2, packet_id=7, dup=True)
        assert raw.expect(PUBREC).packet_id == 7
        raw.send(acknowledgement(PUBREL, 7) * 2)
        assert raw.expect(PUBCOMP).packet_id == 7
        assert raw.expect(PUBCOMP).packet_id == 7  # unknown by then
        raw.publish(device.path, '{"n":2}', qos=2, packet_id=7)  # a message of its own
        assert raw.expect(PUBREC).packet_id == 7
    wait_until(lambda: values(shared_stack, device) == [1, 2], "each is a point, once")
    assert service.metric("millrace_mqtt_repeated_publishes_total") == before + 3


def test_a_response_of_qos_2_goes_all_the_way(service, device):
    with RawMqtt(service) as raw:
        raw.connect("all-the-way")
        raw.publish(f"{device.path}/5", '{"n":1}', qos=2, packet_id=1)
        assert raw.expect(PUBREC).packet_id == 1
        response = raw.expect(PUBLISH)
        assert (response.topic, response.qos) == (f"{device.path}/5/status", 2)
        for _ in range(2):  # asked for as often as wanted
            raw.send(acknowledgement(PUBREC, response.packet_id))
            assert raw.expect(PUBREL).packet_id == response.packet_id
        raw.send(acknowledgement(PUBCOMP, response.packet_id) + acknowledgement(PUBREL, 1))
        assert raw.expect(PUBCOMP).packet_id == 1


def test_many_publishes_of_qos_2_in_flight_are_each_a_point(shared_stack, service, device):
    with MqttDevice(service, device) as client:
        client.client.max_inflight_messages_set(100)
        sent = [client.client.publish(device.path, f'{{"n":{n}}}', 2) for n in range(1000)]
        for info in sent:
            info.wait_for_publish(60)
            assert info.is_published()
    wait_until(
        lambda: values(shared_stack, device) == list(range(1000)),
        "every completed sample is a point",
    )


# --- wills ---


def client_with_will(device, protocol=mqtt.MQTTv311, **options):
    client = mqtt.Client(protocol=protocol, **options)
    client.will_set(device.path, '{"n":-1}', qos=1)
    return client


def connected(client, service):
    on = threading.Event()
    client.on_connect = lambda *_: on.set()
    client.connect("127.0.0.1", service.port, 60)
    client.loop_start()
    assert on.wait(60)
    return client


@pytest.mark.parametrize("protocol", [mqtt.MQTTv311, mqtt.MQTTv5])
def test_a_will_is_an_upload_when_a_device_vanishes(shared_stack, service, device, protocol):
    client = connected(client_with_will(device, protocol), service)
    client.loop_stop()
    client.socket().close()
    wait_until(lambda: values(shared_stack, device) == [-1], "the will is a point")


def test_a_device_that_says_goodbye_leaves_no_will(shared_stack, service, device):
    client = connected(client_with_will(device), service)
    client.publish(device.path, '{"n":1}', qos=1).wait_for_publish(60)
    client.disconnect()
    client.loop_stop()
    other = shared_stack.registry.create_device()
    vanished = connected(client_with_will(other), service)
    vanished.loop_stop()
    vanished.socket().close()
    wait_until(lambda: values(shared_stack, other) == [-1], "the other's will is a point")
    assert values(shared_stack, device) == [1]


def test_disconnect_with_will_and_take_over_send_it(shared_stack, service, device):
    client = connected(client_with_will(device, mqtt.MQTTv5), service)
    client.disconnect(reasoncode=mqtt.ReasonCodes(PacketTypes.DISCONNECT, identifier=0x04))
    wait_until(lambda: values(shared_stack, device) == [-1], "the will is a point")
    client.loop_stop()
    other = shared_stack.registry.create_device()
    first = connected(client_with_will(other, client_id="the-one"), service)
    first.on_disconnect = lambda *_: first.loop_stop()
    with RawMqtt(service) as second:
        second.connect("the-one")
        wait_until(lambda: values(shared_stack, other) == [-1], "the will is a point")


def test_a_stop_of_the_receiver_sends_wills(make_stack):
    stack = make_stack("registry", "mqtt-receiver", "epts", "query")
    device = stack.registry.create_device()
    client = connected(client_with_will(device), stack["mqtt-receiver"])
    stack["mqtt-receiver"].stop()
    client.loop_stop()
    wait_until(lambda: values(stack, device) == [-1], "the will is a point")


# --- MQTT 5 ---


def publish_properties(**values_by_name):
    properties = Properties(PacketTypes.PUBLISH)
    for name, value in values_by_name.items():
        setattr(properties, name, value)
    return properties


def test_a_request_of_mqtt_5_is_answered_where_it_asks(service, device):
    received = []
    client = connected(mqtt.Client(protocol=mqtt.MQTTv5), service)
    client.on_message = lambda _c, _u, message: received.append(message)
    asks = publish_properties(ResponseTopic="my/replies", CorrelationData=b"no-17")
    client.publish(f"{device.path}/3", '{"n":1}', qos=1, properties=asks).wait_for_publish(60)
    client.publish(device.path, "nonsense", qos=2, properties=asks).wait_for_publish(60)
    wait_until(lambda: len(received) >= 4, "all are answered")
    client.disconnect()
    client.loop_stop()
    topics = [message.topic for message in received]
    assert topics == [f"{device.path}/3/status", "my/replies", f"{device.path}/error", "my/replies"]
    replies = [message for message in received if message.topic == "my/replies"]
    assert [reply.properties.CorrelationData for reply in replies] == [b"no-17", b"no-17"]
    assert replies[0].payload == b"" and b'"statusCode":400' in replies[1].payload
    assert [reply.qos for reply in replies] == [1, 2]


def test_a_trace_of_mqtt_5_goes_with_the_upload(make_stack):
    stack = make_stack("registry")
    device = stack.registry.create_device()
    service = stack.start("mqtt-receiver", log_level="debug")
    traceparent = f"00-{TRACE_ID}-b7ad6b7169203331-01"
    client = connected(mqtt.Client(protocol=mqtt.MQTTv5), service)
    client.publish(
        device.path,
        '{"n":1}',
        qos=1,
        properties=publish_properties(UserProperty=("traceparent", traceparent)),
    ).wait_for_publish(60)
    client.disconnect()
    client.loop_stop()
    wait_until(lambda: TRACE_ID in service.log_text(), "the upload is logged with its trace")


# --- limits ---


def test_the_rate_of_one_connection_is_bounded_and_nothing_is_lost(make_stack):
    stack = make_stack("registry", "epts", "query")
    device = stack.registry.create_device()
    service = stack.start("mqtt-receiver", max_publish_rate="20")
    packets = b"".join(
        raw_mqtt.publish_packet(device.path, f'{{"n":{n}}}', qos=1, packet_id=n)
        for n in range(1, 61)
    )
    with RawMqtt(service) as raw:
        raw.connect("eager")
        begun = time.monotonic()
        raw.send(packets)
        for n in range(1, 61):
            assert raw.expect(PUBACK).packet_id == n
        # Twenty at once, the others one in 50 ms.
        assert time.monotonic() - begun > 1.5
    assert service.metric("millrace_mqtt_rate_pauses_total") > 0
    wait_until(lambda: values(stack, device) == list(range(1, 61)), "each is a point")


def test_publishes_never_released_end_an_mqtt_5_connection(make_stack):
    stack = make_stack("registry")
    device = stack.registry.create_device()
    service = stack.start("mqtt-receiver", max_uploads_in_flight="4")
    with RawMqtt(service) as raw:
        raw.send(
            raw_mqtt.packet(
                raw_mqtt.CONNECT, 0, raw_mqtt.text("MQTT") + b"\x05\x02\0\x3c\0" + raw_mqtt.text("x")
            )
        )
        raw.expect(raw_mqtt.CONNACK)
        for n in range(1, 6):
            body = raw_mqtt.text(device.path) + struct.pack("!H", n) + b"\0" + b'{"n":1}'
            raw.send(raw_mqtt.packet(PUBLISH, 4, body))
            if n < 5:
                assert raw.expect(PUBREC).packet_id == n
        goodbye = raw.expect(DISCONNECT)
        assert goodbye.body[0] == 0x93
        assert raw.receive() is None
    assert service.metric("millrace_mqtt_closed_total", reason="receive_maximum_exceeded") == 1
