# SPDX-License-Identifier: Apache-2.0
"""Properties and reason codes of MQTT 5: those that are wrong, and those that mean nothing here."""

import struct

import pytest

from service.mqtt_scene import (  # noqa: F401  (fixtures)
    INVALID_ALIAS,
    INVALID_TOPIC,
    MALFORMED,
    PROTOCOL_ERROR,
    V5,
    device,
    dial,
    receiver,
    sample,
    stored,
)
from support import raw_mqtt, raw_mqtt5
from support.raw_mqtt import (
    DISCONNECT,
    PUBACK,
    PUBCOMP,
    PUBLISH,
    PUBREC,
    PUBREL,
    packet,
    publish_packet,
    text,
)

TOPIC = "kp1/v/dcx/t/json"
ID = struct.pack("!H", 7)


def publish5(values, topic=TOPIC):
    return publish_packet(topic, "1", qos=1, properties=raw_mqtt5.properties(values))


def raw_property(name, body):
    """Its identifier, and bytes that may be no value of it; with the length of properties."""
    identifier = raw_mqtt5.PROPERTIES[name][0]
    return raw_mqtt.variable_integer(1 + len(body)) + bytes([identifier]) + body


WRONG_PROPERTIES = {
    "none, and no length either": (publish5(b""), [MALFORMED]),
    "longer than the packet": (publish5(b"\x7f"), [MALFORMED]),
    "a length that is not as short as it can be": (publish5(b"\x80\x00"), [MALFORMED]),
    "a length of five bytes": (publish5(b"\x80\x80\x80\x80\x01"), [MALFORMED]),
    "an unknown identifier": (publish5(b"\x02\x7e\x00"), [MALFORMED]),
    "an identifier that is not as short as it can be": (publish5(b"\x03\x81\x00\x01"), [MALFORMED]),
    "a property of another packet": (
        publish5({"session_expiry_interval": 1}),
        [MALFORMED, PROTOCOL_ERROR],
    ),
    "a value cut off by their length": (publish5(b"\x03\x02\x00\x00\x00\x01"), [MALFORMED]),
    "one that may come once, twice": (
        publish5({"message_expiry_interval": [1, 1]}),
        [PROTOCOL_ERROR],
    ),
    "a content type that is no UTF-8": (
        publish5(raw_property("content_type", text(b"\xc3"))),
        [MALFORMED],
    ),
    "a response topic that is no UTF-8": (
        publish5(raw_property("response_topic", text(b"\xc3"))),
        [MALFORMED],
    ),
    "a response topic with a wildcard": (
        publish5({"response_topic": "a/+"}),
        [PROTOCOL_ERROR, MALFORMED, INVALID_TOPIC],
    ),
    "a user property whose name is no UTF-8": (
        publish5(raw_property("user_property", text(b"\xff") + text("b"))),
        [MALFORMED],
    ),
    "a user property whose value is no UTF-8": (
        publish5(raw_property("user_property", text("a") + text(b"\xed\xa0\x80"))),
        [MALFORMED],
    ),
    "a user property whose value has U+0000": (
        publish5(raw_property("user_property", text("a") + text(b"\0"))),
        [MALFORMED],
    ),
    "a subscription identifier in what a client publishes": (
        publish5({"subscription_identifier": 1}),
        [PROTOCOL_ERROR, MALFORMED],
    ),
    "topic alias 0": (publish5({"topic_alias": 0}), [INVALID_ALIAS, PROTOCOL_ERROR]),
    "an alias that stands for nothing": (
        publish5({"topic_alias": 1}, topic=""),
        [PROTOCOL_ERROR, INVALID_ALIAS],
    ),
    "a payload format that does not exist": (
        publish5({"payload_format_indicator": 2}),
        [PROTOCOL_ERROR, MALFORMED],
    ),
}


@pytest.mark.parametrize("title", WRONG_PROPERTIES)
def test_wrong_properties_end_the_connection(dial, title):
    wrong, codes = WRONG_PROPERTIES[title]
    raw = dial(V5)
    raw.send(wrong)
    raw.expect_end(*codes)


@pytest.mark.parametrize(
    "wrong",
    [
        packet(PUBACK, 0, ID + b"\x01"),
        packet(PUBREC, 0, ID + b"\x92"),
        packet(PUBREL, 2, ID + b"\x10"),
        packet(PUBCOMP, 0, ID + b"\x10"),
        packet(DISCONNECT, 0, b"\x01"),
    ],
    ids=["PUBACK", "PUBREC", "PUBREL", "PUBCOMP", "DISCONNECT"],
)
def test_a_reason_code_that_the_packet_does_not_have_is_malformed(dial, wrong):
    raw = dial(V5)
    raw.send(wrong)
    raw.expect_end(MALFORMED, PROTOCOL_ERROR)


def test_packets_without_properties_say_so(dial, device):
    """Of those that the server sends: each has a length of properties, or ends before it."""
    raw = dial(V5)
    assert raw.subscribe((f"{TOPIC}/status", 0), packet_id=7) == [0]
    assert raw.unsubscribe(f"{TOPIC}/status", packet_id=8) == [0]
    raw.publish(f"{device.path}/1", sample(1))
    message = raw.expect(PUBLISH)
    assert (message.properties, message.payload) == ({}, b"")


def test_properties_that_mean_nothing_here_are_taken(dial, device, stored):
    raw = dial(V5)
    everything = {
        "payload_format_indicator": 1,
        "message_expiry_interval": 1,
        "content_type": "application/json",
        "user_property": [("a", "1"), ("a", "2"), ("", "")],
    }
    raw.publish(device.path, sample(1), qos=1, packet_id=7, properties=everything)
    answer = raw.expect(PUBACK, 7)
    assert answer.reason_code == 0
    stored(1)
