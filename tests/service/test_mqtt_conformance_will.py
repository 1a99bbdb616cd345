# SPDX-License-Identifier: Apache-2.0
"""Wills: published as an upload when a connection ends otherwise than by DISCONNECT, and once."""

import pytest

from service.mqtt_scene import (  # noqa: F401  (fixtures)
    INVALID_TOPIC,
    KEEP_ALIVE_TIMEOUT,
    MALFORMED,
    PROTOCOL_ERROR,
    TAKEN_OVER,
    V4,
    V5,
    both,
    connect_packet_of,
    device,
    dial,
    new_client_id,
    receiver,
    refused,
    sample,
    stored,
)
from support import raw_mqtt5
from support.raw_mqtt import CONNACK, DISCONNECT, PINGREQ, PUBACK, Will, packet


def will_of(identity, number=1, **options):
    return Will(identity.path, sample(number).encode(), **options)


def cut(raw):
    raw.abort()


def close_without_disconnect(raw):
    raw.close()


def break_the_protocol(raw):
    raw.send(packet(PINGREQ, 1, b""))
    raw.expect_end(MALFORMED)


def half_a_packet(raw):
    raw.send(b"\x30\x20\x00")
    raw.close()


@both
@pytest.mark.parametrize("qos", [0, 1, 2])
@pytest.mark.parametrize("end", [cut, close_without_disconnect, break_the_protocol, half_a_packet])
def test_a_will_is_published_when_the_connection_ends_otherwise(
    version, dial, device, stored, qos, end
):
    end(dial(version, will=will_of(device, qos=qos)))
    stored(1)


@both
def test_a_will_is_published_when_keep_alive_ends_the_connection(version, dial, device, stored):
    raw = dial(version, keep_alive=1, will=will_of(device))
    raw.expect_end(KEEP_ALIVE_TIMEOUT)
    stored(1)


@both
def test_a_will_is_published_when_another_takes_over(version, dial, device, stored):
    client_id = new_client_id()
    first = dial(version, client_id, will=will_of(device, 1))
    second = dial(version, client_id, will=will_of(device, 2))
    first.expect_end(TAKEN_OVER)
    stored(1)
    second.abort()
    stored(1, 2)


@both
def test_a_will_is_published_once(version, dial, device, stored):
    client_id = new_client_id()
    dial(version, client_id, will=will_of(device, 1)).abort()
    stored(1)
    again = dial(version, client_id)  # which has none
    again.abort()
    dial(version).publish(device.path, sample(2))
    stored(1, 2)


@both
def test_without_a_will_nothing_is_published(version, dial, device, stored):
    raw = dial(version)
    raw.publish(device.path, sample(1), qos=1, packet_id=7)
    raw.expect(PUBACK, 7)
    raw.abort()
    dial(version).publish(device.path, sample(2))
    stored(1, 2)


@both
def test_a_will_comes_after_what_was_published(version, dial, device, stored):
    raw = dial(version, will=will_of(device, 99))
    for number in range(20):
        raw.publish(device.path, sample(number))
    raw.close()
    stored(*range(20), 99)


@both
@pytest.mark.parametrize("topic", ["hello", "kp1/v/dcx/unknown/json", "{path}/wrong"])
def test_a_will_that_is_no_upload_harms_nobody(version, dial, device, stored, topic):
    raw = dial.bare(version)
    will = Will(topic.format(path=device.path), b"1")
    raw.send(connect_packet_of(version, new_client_id(), will=will))
    answer = raw.expect(CONNACK)
    assert answer.body[:2] == b"\0\0" or (version is V5 and answer.reason_code == INVALID_TOPIC)
    raw.close()
    dial(version, will=will_of(device, 1)).abort()
    stored(1)


def test_in_3_a_will_to_be_retained_is_published_as_any_other(dial, device, stored):
    dial(V4, will=will_of(device, retain=True)).abort()
    stored(1)


@both
@pytest.mark.parametrize("topic", ["", "a/#", "a/+/b"])
def test_a_will_has_a_topic_that_can_be_published_to(version, dial, topic):
    raw = dial.bare(version)
    raw.send(connect_packet_of(version, new_client_id(), will=Will(topic, b"1")))
    refused(raw, MALFORMED, PROTOCOL_ERROR, INVALID_TOPIC)


@pytest.mark.parametrize("seconds", [0, 1, 0xFFFFFFFF])
def test_a_will_is_not_delayed_beyond_its_session(dial, device, stored, seconds):
    """The session ends with the connection, and the delay with the session."""
    values = raw_mqtt5.properties({"will_delay_interval": seconds})
    asked = {"session_expiry_interval": 0xFFFFFFFF}
    dial(V5, will=will_of(device, properties=values), properties=asked).abort()
    stored(1)


# --- DISCONNECT ---


@both
def test_a_disconnect_discards_the_will(version, dial, device, stored):
    raw = dial(version, will=will_of(device))
    raw.send(packet(DISCONNECT, 0, b""))
    assert raw.receive() is None
    dial(version).publish(device.path, sample(2))
    stored(2)


def test_a_disconnect_in_words_discards_the_will_too(dial, device, stored):
    raw = dial(V5, will=will_of(device))
    raw.disconnect(0x00, {"user_property": [("a", "b")], "reason_string": "done"})
    assert raw.receive() is None
    dial(V5).publish(device.path, sample(2))
    stored(2)


@pytest.mark.parametrize("code", [0x04, 0x80, 0x81, 0x93, 0x95])
def test_a_disconnect_for_another_reason_does_not(dial, device, stored, code):
    raw = dial(V5, will=will_of(device))
    raw.disconnect(code)
    assert raw.receive() is None
    stored(1)
