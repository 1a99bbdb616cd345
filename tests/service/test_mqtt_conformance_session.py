# SPDX-License-Identifier: Apache-2.0
"""How connections end: DISCONNECT both ways, PINGREQ, and what is left behind (nothing)."""

import pytest

from service.mqtt_scene import (  # noqa: F401  (fixtures)
    MALFORMED,
    NONE,
    NOT_AUTHORIZED,
    PROTOCOL_ERROR,
    SHUTTING_DOWN,
    V4,
    V5,
    both,
    device,
    dial,
    new_client_id,
    receiver,
    sample,
    stored,
)
from support.raw_mqtt import (
    DISCONNECT,
    PINGREQ,
    PINGRESP,
    PUBACK,
    PUBCOMP,
    PUBLISH,
    PUBREC,
    PUBREL,
    packet,
    publish_packet,
)


@both
def test_each_pingreq_has_its_pingresp(version, dial):
    raw = dial(version)
    raw.send(packet(PINGREQ, 0, b"") * 50)
    for _ in range(50):
        answer = raw.expect(PINGRESP)
        assert (answer.flags, answer.body) == (0, b"")


# --- DISCONNECT of the client ---


@both
def test_after_a_disconnect_nothing_is_read(version, dial, device, stored):
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
