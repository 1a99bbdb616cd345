# SPDX-License-Identifier: Apache-2.0
"""The MQTT receiver and paho, in every version, over every transport and with every QoS."""

import contextlib
import json
import ssl

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from service.mqtt_doors import (  # noqa: F401  (fixtures)
    device,
    doors,
    every_qos,
    every_transport,
    stored,
)
from support.device import MqttDevice
from support.wait import wait_until

VERSIONS = {"3.1": mqtt.MQTTv31, "3.1.1": mqtt.MQTTv311, "5": mqtt.MQTTv5}

every_version = pytest.mark.parametrize("version", VERSIONS)


@contextlib.contextmanager
def paho(doors, device, version, transport="tcp", **options):
    """A client in the spirit of the tutorial, connected."""
    if transport.startswith("ws"):
        options["transport"] = "websockets"
    options.update(port=doors.ports[transport], protocol=VERSIONS[version])
    client = MqttDevice(None, device, **options)
    if transport.startswith("ws"):
        client.client.ws_set_options(path="/ws")
    if transport in ("tls", "wss"):
        client.client.tls_set(str(doors.authority), tls_version=ssl.PROTOCOL_TLS_CLIENT)
    with client:
        assert client.connect_code == 0
        yield client


@every_transport
@every_version
@every_qos
def test_samples_of_a_paho_client_become_points(doors, device, stored, version, transport, qos):
    with paho(doors, device, version, transport) as client:
        client.send([{"n": 1}, {"n": 2}], qos=qos)
        client.send({"n": 3}, qos=qos)
        stored(1, 2, 3)
        assert client.received == []


@every_transport
@every_version
@every_qos
def test_the_tutorials_client_sees_its_status_without_a_subscription(
    doors, device, stored, version, transport, qos
):
    with paho(doors, device, version, transport) as client:
        client.publish(b'[{"n": 1}]', qos, f"{device.path}/23")
        assert client.wait_for(f"{device.path}/23/status") == b""
        client.publish(b"nonsense", qos, f"{device.path}/24")
        assert json.loads(client.wait_for(f"{device.path}/24/error"))["statusCode"] == 400
        assert len(client.received) == 2
    stored(1)


@every_version
@pytest.mark.parametrize("subscribed", ["/1/status", "/+/status", "/+/+", "/#"])
@every_qos
def test_who_subscribes_gets_each_response_once(doors, device, version, subscribed, qos):
    with paho(doors, device, version) as client:
        granted = []
        client.client.on_subscribe = lambda _c, _u, _mid, codes, *_: granted.extend(codes)
        client.client.subscribe([(device.path + subscribed, _option(version, qos))])
        wait_until(lambda: granted, "the SUBACK is there")
        assert [_value(code) for code in granted] == [qos]
        for number in (1, 2, 3):
            client.publish(b'{"n": 1}', qos, f"{device.path}/{number}")
        client.wait_for(f"{device.path}/3/status")
        client.send({"n": 1}, qos=1)  # what came twice has come before its acknowledgement
        topics = sorted(topic for topic, _ in client.received)
        assert topics == [f"{device.path}/{number}/status" for number in (1, 2, 3)]


def _option(version, qos):
    return mqtt.SubscribeOptions(qos=qos) if version == "5" else qos


def _value(code):
    return getattr(code, "value", code)


@pytest.mark.parametrize("version, code", [("3.1", 0x80), ("3.1.1", 0x80), ("5", 0x87)])
def test_a_subscription_to_everything_is_refused(doors, device, version, code):
    with paho(doors, device, version) as client:
        granted = []
        client.client.on_subscribe = lambda _c, _u, _mid, codes, *_: granted.extend(codes)
        client.client.subscribe([("#", _option(version, 1))])
        wait_until(lambda: granted, "the SUBACK is there")
        assert [_value(one) for one in granted] == [code]
        client.send({"n": 1})


@every_qos
def test_a_paho_client_gets_the_answer_it_asked_for(doors, device, qos):
    """Response Topic and Correlation Data."""
    with paho(doors, device, "5") as client:
        answers = []
        client.client.on_message = lambda _c, _u, message: answers.append(message)
        asked = Properties(PacketTypes.PUBLISH)
        asked.ResponseTopic = f"{device.path}/answers"
        asked.CorrelationData = b"42"
        client.client.publish(device.path, b'{"n": 1}', qos, properties=asked)
        wait_until(lambda: answers, "the answer is there")
        assert answers[0].topic == f"{device.path}/answers"
        assert answers[0].properties.CorrelationData == b"42"


@pytest.mark.parametrize("transport", ["tls", "wss"])
def test_a_client_that_does_not_know_the_authority_does_not_connect(doors, device, transport):
    options = {"transport": "websockets"} if transport == "wss" else {}
    client = mqtt.Client(**options)
    client.tls_set(tls_version=ssl.PROTOCOL_TLS_CLIENT)  # the machine's own authorities
    with pytest.raises(OSError):
        client.connect("127.0.0.1", doors.ports[transport], 60)


@every_qos
def test_many_publishes_in_flight_are_all_stored_once(doors, device, stored, qos):
    with paho(doors, device, "5") as client:
        client.client.max_inflight_messages_set(50)
        sent = [client.client.publish(device.path, f'{{"n":{n}}}', qos) for n in range(1000)]
        for info in sent:
            info.wait_for_publish(60)
            assert info.is_published()
    stored(*range(1000))
