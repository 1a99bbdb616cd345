# SPDX-License-Identifier: Apache-2.0
"""MQTT's data formats and fixed headers (chapters 1 and 2): what is malformed ends the connection,
in MQTT 5 with a DISCONNECT that says so; what only looks odd does not. Properties
and reason codes of MQTT 5 are in test_mqtt_conformance_bytes5.py."""

import struct

import pytest

from service.mqtt_scene import (  # noqa: F401  (fixtures)
    INVALID_TOPIC,
    MALFORMED,
    NONE,
    PROTOCOL_ERROR,
    both,
    device,
    dial,
    receiver,
    response,
    sample,
    stored,
)
from support import raw_mqtt
from support.raw_mqtt import (
    AUTH,
    CONNACK,
    DISCONNECT,
    PINGREQ,
    PINGRESP,
    PUBACK,
    PUBCOMP,
    PUBLISH,
    PUBREC,
    PUBREL,
    SUBACK,
    SUBSCRIBE,
    UNSUBACK,
    UNSUBSCRIBE,
    packet,
    publish_packet,
    text,
)

TOPIC = "kp1/v/dcx/t/json"
ID = struct.pack("!H", 7)

BAD_TEXTS = {
    "truncated UTF-8": b"a\xc3",
    "a lone continuation byte": b"a\x80",
    "an overlong encoding": b"a\xc0\xaf",
    "a surrogate": b"a\xed\xa0\x80",
    "a code point above U+10FFFF": b"a\xf4\x90\x80\x80",
    "U+0000": b"a\0b",
}


@both
@pytest.mark.parametrize("title", BAD_TEXTS)
@pytest.mark.parametrize("where", ["PUBLISH", "SUBSCRIBE", "UNSUBSCRIBE"])
def test_text_that_is_no_utf_8_ends_the_connection(version, dial, title, where):
    bad = text(BAD_TEXTS[title])
    raw = dial(version)
    if where == "PUBLISH":
        raw.send(packet(PUBLISH, 0, bad + NONE[version] + b"1"))
    elif where == "SUBSCRIBE":
        raw.send(packet(SUBSCRIBE, 2, ID + NONE[version] + bad + b"\0"))
    else:
        raw.send(packet(UNSUBSCRIBE, 2, ID + NONE[version] + bad))
    raw.expect_end(MALFORMED, INVALID_TOPIC)


@both
def test_a_byte_order_mark_is_a_character_of_the_text(version, dial, device):
    raw = dial(version)
    raw.publish(f"\ufeff{device.path}", sample(1), qos=1, packet_id=7)
    raw.expect(PUBACK, 7)
    topic, error = response(raw)
    assert topic == f"\ufeff{device.path}/error" and error["statusCode"] == 404


RESERVED_FLAGS = {
    PUBACK: 0x1,
    PUBREC: 0x1,
    PUBREL: 0x0,
    PUBCOMP: 0x8,
    SUBSCRIBE: 0x0,
    UNSUBSCRIBE: 0x3,
    PINGREQ: 0x1,
    DISCONNECT: 0x1,
    AUTH: 0x1,
}


@both
@pytest.mark.parametrize("packet_type", RESERVED_FLAGS)
def test_reserved_flags_are_checked(version, dial, packet_type):
    bodies = {
        SUBSCRIBE: ID + NONE[version] + text(TOPIC) + b"\0",
        UNSUBSCRIBE: ID + NONE[version] + text(TOPIC),
        PINGREQ: b"",
        DISCONNECT: b"",
        AUTH: b"",
    }
    raw = dial(version)
    raw.send(packet(packet_type, RESERVED_FLAGS[packet_type], bodies.get(packet_type, ID)))
    raw.expect_end(MALFORMED)


# What no client may send, in each version.
WRONG = {
    "a remaining length of five bytes": (b"\x30\xff\xff\xff\xff\x01", [MALFORMED]),
    "packet type 0": (b"\x00\x00", [MALFORMED, PROTOCOL_ERROR]),
    "CONNACK": (packet(CONNACK, 0, b"\0\0"), [MALFORMED, PROTOCOL_ERROR]),
    "SUBACK": (packet(SUBACK, 0, ID + b"\0"), [MALFORMED, PROTOCOL_ERROR]),
    "UNSUBACK": (packet(UNSUBACK, 0, ID), [MALFORMED, PROTOCOL_ERROR]),
    "PINGRESP": (packet(PINGRESP, 0, b""), [MALFORMED, PROTOCOL_ERROR]),
    "AUTH that nobody asked for": (packet(AUTH, 0, b""), [MALFORMED, PROTOCOL_ERROR]),
    "a second CONNECT": (raw_mqtt.connect_packet("x"), [PROTOCOL_ERROR]),
    "PINGREQ with a body": (packet(PINGREQ, 0, b"x"), [MALFORMED]),
    "PUBACK without a packet identifier": (packet(PUBACK, 0, b"\0"), [MALFORMED]),
    "a topic longer than its packet": (packet(PUBLISH, 0, b"\xff\xffab"), [MALFORMED]),
    "SUBSCRIBE without a packet identifier": (packet(SUBSCRIBE, 2, b""), [MALFORMED]),
}


@both
@pytest.mark.parametrize("title", WRONG)
def test_what_no_client_may_send_ends_the_connection(version, dial, title):
    wrong, codes = WRONG[title]
    raw = dial(version)
    raw.send(wrong)
    raw.expect_end(*codes)


def wrong_publishes(none):
    return {
        "QoS 3": (publish_packet(TOPIC, "1", qos=3, properties=none), [MALFORMED]),
        "packet identifier 0 with QoS 1": (
            publish_packet(TOPIC, "1", qos=1, packet_id=0, properties=none),
            [MALFORMED, PROTOCOL_ERROR],
        ),
        "packet identifier 0 with QoS 2": (
            publish_packet(TOPIC, "1", qos=2, packet_id=0, properties=none),
            [MALFORMED, PROTOCOL_ERROR],
        ),
        "an empty topic": (
            publish_packet("", "1", properties=none),
            [MALFORMED, PROTOCOL_ERROR, INVALID_TOPIC],
        ),
        "# in a topic name": (
            publish_packet("kp1/v/#", "1", properties=none),
            [MALFORMED, PROTOCOL_ERROR, INVALID_TOPIC],
        ),
        "+ in a topic name": (
            publish_packet("kp1/+/dcx/t/json", "1", properties=none),
            [MALFORMED, PROTOCOL_ERROR, INVALID_TOPIC],
        ),
        "QoS 1 without a packet identifier": (packet(PUBLISH, 2, text(TOPIC)), [MALFORMED]),
    }


@both
@pytest.mark.parametrize("title", wrong_publishes(b""))
def test_a_publish_with_wrong_fields_ends_the_connection(version, dial, title):
    wrong, codes = wrong_publishes(NONE[version])[title]
    raw = dial(version)
    raw.send(wrong)
    raw.expect_end(*codes)


@both
def test_a_malformed_publish_is_not_stored(version, dial, device, stored):
    raw = dial(version)
    raw.send(publish_packet(device.path, sample(1), qos=3, properties=NONE[version]))
    raw.expect_end(MALFORMED)
    dial(version).publish(device.path, sample(2))
    stored(2)


def wrong_subscriptions(none):
    return {
        "SUBSCRIBE without a filter": (
            packet(SUBSCRIBE, 2, ID + none),
            [PROTOCOL_ERROR, MALFORMED],
        ),
        "UNSUBSCRIBE without a filter": (
            packet(UNSUBSCRIBE, 2, ID + none),
            [PROTOCOL_ERROR, MALFORMED],
        ),
        "SUBSCRIBE with packet identifier 0": (
            packet(SUBSCRIBE, 2, b"\0\0" + none + text(TOPIC) + b"\0"),
            [PROTOCOL_ERROR, MALFORMED],
        ),
        "UNSUBSCRIBE with packet identifier 0": (
            packet(UNSUBSCRIBE, 2, b"\0\0" + none + text(TOPIC)),
            [PROTOCOL_ERROR, MALFORMED],
        ),
        "SUBSCRIBE with a filter and no options": (
            packet(SUBSCRIBE, 2, ID + none + text(TOPIC)),
            [MALFORMED],
        ),
        "SUBSCRIBE with QoS 3": (
            packet(SUBSCRIBE, 2, ID + none + text(TOPIC) + b"\x03"),
            [MALFORMED, PROTOCOL_ERROR],
        ),
        "SUBSCRIBE with reserved bits": (
            packet(SUBSCRIBE, 2, ID + none + text(TOPIC) + b"\x40"),
            [MALFORMED],
        ),
        "SUBSCRIBE with a reserved bit beside a good filter": (
            packet(SUBSCRIBE, 2, ID + none + text(TOPIC) + b"\x00" + text(TOPIC) + b"\x80"),
            [MALFORMED],
        ),
    }


@both
@pytest.mark.parametrize("title", wrong_subscriptions(b""))
def test_a_subscribe_with_wrong_fields_ends_the_connection(version, dial, title):
    wrong, codes = wrong_subscriptions(NONE[version])[title]
    raw = dial(version)
    raw.send(wrong)
    raw.expect_end(*codes)
