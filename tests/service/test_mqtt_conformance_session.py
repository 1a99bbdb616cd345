# SPDX-License-Identifier: Apache-2.0
"""How connections end: DISCONNECT both ways, wills, PINGREQ, and what is left behind (nothing)."""

import pytest

from service.mqtt_scene import (  # noqa: F401  (fixtures)
    INVALID_TOPIC,
    KEEP_ALIVE_TIMEOUT,
    MALFORMED,
    NONE,
    NOT_AUTHORIZED,
    PROTOCOL_ERROR,
    SHUTTING_DOWN,
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
from support.raw_mqtt import (
    CONNACK,
    DISCONNECT,
    PINGREQ,
    PINGRESP,
    PUBACK,
    PUBCOMP,
    PUBLISH,
    PUBREC,
    PUBREL,
    Will,
    packet,
    publish_packet,
)


def will_of(identity, number=1, **options):
    return Will(identity.path, sample(number).encode(), **options)


@both
def test_each_pingreq_has_its_pingresp(version, dial):
    raw = dial(version)
    raw.send(packet(PINGREQ, 0, b"") * 50)
    for _ in range(50):
        answer = raw.expect(PINGRESP)
        assert (answer.flags, answer.body) == (0, b"")


# --- DISCONNECT of the client ---


@both
def test_after_a_disconnect_nothing_is_read_and_the_connection_closes(version, dial, device, stored):
    raw = dial(version)
    raw.send(
        packet(DISCONNECT, 0, b"")
        + publish_packet(device.path, sample(1), properties=NONE[version])
        + packet(PINGREQ, 0, b"")
    )
    assert raw.receive() is None
    dial(version).publish(device.path, sample(2))
    stored(2)


@both
def test_what_was_sent_before_a_disconnect_is_stored(version, dial, device, stored):
    """QoS 0: nobody waits for an answer."""
    raw = dial(version)
    raw.send(
        publish_packet(device.path, sample(1), properties=NONE[version])
        + packet(DISCONNECT, 0, b"")
    )
    assert raw.receive() is None
    stored(1)


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


def test_a_session_that_was_to_end_cannot_be_prolonged(dial):
    raw = dial(V5)
    raw.disconnect(0x00, {"session_expiry_interval": 60})
    raw.expect_end(PROTOCOL_ERROR)


def test_a_session_may_be_ended(dial):
    raw = dial(V5, properties={"session_expiry_interval": 60})
    raw.disconnect(0x00, {"session_expiry_interval": 0})
    assert raw.receive() is None


@pytest.mark.parametrize(
    "values, code",
    [
        ({"session_expiry_interval": [0, 0]}, PROTOCOL_ERROR),
        ({"topic_alias": 1}, MALFORMED),
        (b"\x05", MALFORMED),
    ],
    ids=["twice", "a property of PUBLISH", "cut off"],
)
def test_a_disconnect_with_wrong_properties(dial, values, code):
    raw = dial(V5)
    raw.disconnect(0x00, values)
    raw.expect_end(code, MALFORMED)


# --- wills ---


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


# --- what ends connections from the server's side ---


def test_a_receiver_that_stops_says_so(shared_stack, device):
    service = shared_stack.start("mqtt-receiver", name="mqtt-receiver-2")
    old, new = V4(service), V5(service)
    for raw in (old, new):
        raw.accepted(new_client_id())
        raw.publish(device.path, sample(1), qos=1, packet_id=7)
        raw.expect(PUBACK, 7)
    service.ask_to_stop()
    old.expect_end()
    new.expect_end(SHUTTING_DOWN)
    assert service.wait() == 0
    del shared_stack.services["mqtt-receiver-2"]


def test_a_token_that_is_revoked_ends_its_connections(shared_stack, dial, device):
    raws = [dial(version) for version in (V4, V5)]
    for raw in raws:
        raw.publish(device.path, sample(1), qos=1, packet_id=7)
        raw.expect(PUBACK, 7)
    shared_stack.registry.set_token_state(device, "REVOKED")
    raws[0].expect_end()
    raws[1].expect_end(NOT_AUTHORIZED, 0x98)


def test_the_reason_of_a_disconnect_is_in_words(dial):
    raw = dial(V5)
    raw.send(packet(PINGREQ, 1, b""))
    answer = raw.expect_end(MALFORMED)
    assert len(answer.properties["reason_string"]) > 5


@both
def test_after_its_disconnect_the_server_sends_nothing(version, dial, device):
    raw = dial(version)
    raw.send(
        packet(PINGREQ, 1, b"")
        + packet(PINGREQ, 0, b"") * 3
        + publish_packet(f"{device.path}/1", sample(1), properties=NONE[version])
    )
    raw.expect_end(MALFORMED)


# --- nothing is kept ---


@both
@pytest.mark.parametrize("qos", [1, 2])
def test_what_a_connection_left_open_is_not_sent_to_the_next(version, dial, device, qos):
    client_id = new_client_id()
    raw = dial(version, client_id, clean=False)
    raw.publish(f"{device.path}/1", sample(1), qos=qos, packet_id=7)
    raw.receive()
    raw.expect(PUBLISH)
    raw.abort()
    again = dial(version, client_id, clean=False)
    again.ping()
    again.publish(f"{device.path}/2", sample(2))
    assert again.expect(PUBLISH).topic == f"{device.path}/2/status"


@both
def test_state_lasts_as_long_as_the_connection(version, dial, device, stored):
    """QoS 2 that began is completed whatever comes between."""
    raw = dial(version)
    raw.publish(device.path, sample(1), qos=2, packet_id=7)
    raw.expect(PUBREC, 7)
    for packet_id in range(100, 200):
        raw.publish(device.path, "nonsense", qos=1, packet_id=packet_id)
    for _ in range(200):
        raw.receive()
    raw.publish(device.path, sample(1), qos=2, packet_id=7, dup=True)
    raw.expect(PUBREC, 7)
    raw.acknowledge(PUBREL, 7)
    raw.expect(PUBCOMP, 7)
    stored(1)
