# SPDX-License-Identifier: Apache-2.0
"""PUBLISH: what only MQTT 5 has. Reason codes, topic aliases, limits that the CONNACK states."""

import pytest

from service.mqtt_scene import (  # noqa: F401  (fixtures)
    INVALID_ALIAS,
    INVALID_PAYLOAD,
    INVALID_TOPIC,
    NOT_AUTHORIZED,
    PROTOCOL_ERROR,
    QUOTA_EXCEEDED,
    RECEIVE_MAXIMUM_EXCEEDED,
    TOO_LARGE,
    V5,
    device,
    dial,
    new_client_id,
    receiver,
    response,
    sample,
    stored,
)
from support.raw_mqtt import PUBACK, PUBCOMP, PUBLISH, PUBREC, PUBREL, variable_integer

# Tables 3-4 and 3-5 of the specification: PUBACK and PUBREC have the same.
PUBLISH_REASON_CODES = {0x00, 0x10, 0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99}

REFUSALS = {
    "unknown token": (lambda path: path.replace("/dcx/", "/dcx/x"), b"1", NOT_AUTHORIZED, 404),
    "unknown version": (lambda path: path.replace("kp1/", "kp1/x"), b"1", NOT_AUTHORIZED, 404),
    "no topic of ours": (lambda path: "hello", b"1", INVALID_TOPIC, 404),
    "no JSON": (lambda path: path, b"{", INVALID_PAYLOAD, 400),
    "no UTF-8": (lambda path: path, b'"\xff"', INVALID_PAYLOAD, 400),
    "too many samples": (lambda path: path, b"[" + b"0," * 10_000 + b"0]", QUOTA_EXCEEDED, 413),
}


@pytest.mark.parametrize("title", REFUSALS)
@pytest.mark.parametrize("qos, answer", [(1, PUBACK), (2, PUBREC)])
def test_a_refusal_has_its_reason_code(dial, device, title, qos, answer):
    change, body, code, status = REFUSALS[title]
    raw = dial(V5)
    topic = change(device.path)
    raw.publish(topic, body, qos=qos, packet_id=7)
    acknowledged = raw.expect(answer, 7)
    assert acknowledged.reason_code == code
    assert code in PUBLISH_REASON_CODES
    assert acknowledged.properties["reason_string"]
    told = response(raw)
    assert told[0] == f"{topic}/error" and told[1]["statusCode"] == status


def test_a_refused_publish_of_qos_2_is_over_with_its_pubrec(dial, device, stored):
    """Its packet identifier is free: what comes with it next is new, and is completed alone."""
    raw = dial(V5)
    raw.publish(device.path, "{", qos=2, packet_id=7)
    assert raw.expect(PUBREC, 7).reason_code >= 0x80
    raw.expect(PUBLISH)
    raw.publish(device.path, sample(1), qos=2, packet_id=7)
    assert raw.expect(PUBREC, 7).reason_code == 0
    raw.acknowledge(PUBREL, 7)
    assert raw.expect(PUBCOMP, 7).reason_code == 0
    stored(1)


def test_reason_codes_of_a_finished_publish(dial, device):
    raw = dial(V5)
    raw.publish(device.path, sample(1), qos=2, packet_id=7)
    assert raw.expect(PUBREC, 7).reason_code == 0
    # A PUBREL may say that its sender has lost track; it is completed all the same.
    raw.acknowledge(PUBREL, 7, 0x92, {"reason_string": "lost", "user_property": [("a", "b")]})
    assert raw.expect(PUBCOMP, 7).reason_code == 0
    raw.acknowledge(PUBREL, 7)
    assert raw.expect(PUBCOMP, 7).reason_code == 0x92


def test_a_publish_whose_expiry_has_passed_is_stored_and_completed(dial, device, stored):
    """There is no onward delivery that it could expire in: it is in the stream at once, or not."""
    raw = dial(V5)
    expired = {"message_expiry_interval": 0}
    raw.publish(device.path, sample(1), qos=2, packet_id=7, properties=expired)
    assert raw.expect(PUBREC, 7).reason_code == 0
    raw.acknowledge(PUBREL, 7)
    raw.expect(PUBCOMP, 7)
    stored(1)


# --- RETAIN ---


@pytest.mark.parametrize("qos", [0, 1, 2])
def test_retain_is_ignored_although_the_connack_forbids_it(dial, device, stored, qos):
    """A device that sets it loses no sample; nothing is retained."""
    raw = dial(V5)
    raw.publish(f"{device.path}/1", sample(1), qos=qos, packet_id=7, retain=True)
    if qos:
        assert raw.receive().reason_code == 0
    answer = raw.expect(PUBLISH)
    assert (answer.topic, answer.flags & 1) == (f"{device.path}/1/status", 0)
    later = dial(V5)
    later.subscribe((f"{device.path}/#", 2))
    later.ping()  # nothing came before it
    stored(1)


# --- topic aliases ---


def alias(number):
    return {"topic_alias": number}


def test_every_alias_up_to_the_maximum_is_taken(dial, device, stored):
    raw = dial.bare(V5)
    maximum = raw.connect(new_client_id()).properties["topic_alias_maximum"]
    used = sorted({1, 2, maximum // 2 + 1, maximum})
    for number in used:
        raw.publish(device.path, sample(number), properties=alias(number))
    for number in used:
        raw.publish("", sample(-number), properties=alias(number))
    stored(*used, *(-number for number in used))


def test_an_alias_above_the_maximum_ends_the_connection(dial, device):
    raw = dial.bare(V5)
    maximum = raw.connect(new_client_id()).properties["topic_alias_maximum"]
    if maximum == 0xFFFF:
        pytest.skip("there is no alias above it")
    raw.publish(device.path, sample(1), properties=alias(maximum + 1))
    raw.expect_end(INVALID_ALIAS)


def test_an_alias_is_given_another_topic(dial, device, stored):
    raw = dial(V5)
    raw.publish("hello", "1", qos=1, packet_id=1, properties=alias(1))
    assert raw.expect(PUBACK, 1).reason_code >= 0x80
    assert response(raw)[0] == "hello/error"
    raw.publish(f"{device.path}/1", sample(1), qos=1, packet_id=2, properties=alias(1))
    raw.expect(PUBACK, 2)
    assert response(raw)[0] == f"{device.path}/1/status"
    raw.publish("", sample(2), qos=1, packet_id=3, properties=alias(1))
    raw.expect(PUBACK, 3)
    assert response(raw) == (f"{device.path}/1/status", None)
    stored(1, 2)


@pytest.mark.parametrize("client_id", ["the same", None])
def test_aliases_end_with_their_connection(dial, device, stored, client_id):
    dial(V5, client_id, clean=False).publish(device.path, sample(1), properties=alias(1))
    stored(1)
    raw = dial(V5, client_id, clean=False)
    raw.publish("", sample(2), properties=alias(1))
    raw.expect_end(PROTOCOL_ERROR, INVALID_ALIAS)
    stored(1)


def test_a_connection_has_aliases_of_its_own(dial, device, stored):
    dial(V5).publish(device.path, sample(1), properties=alias(1))
    other = dial(V5)
    other.publish("", sample(2), properties=alias(1))
    other.expect_end(PROTOCOL_ERROR, INVALID_ALIAS)
    stored(1)


# --- limits ---


def test_more_in_flight_than_receive_maximum_ends_the_connection(dial, device):
    raw = dial.bare(V5)
    maximum = raw.connect(new_client_id()).properties.get("receive_maximum", 65535)
    if maximum == 65535:
        pytest.skip("no client can exceed it")
    # Of QoS 2 and not released: they stay in flight.
    for packet_id in range(1, maximum + 1):
        raw.publish(device.path, sample(packet_id), qos=2, packet_id=packet_id)
    for packet_id in range(1, maximum + 1):
        raw.expect(PUBREC, packet_id)
    raw.publish(device.path, sample(0))  # QoS 0 is not counted
    raw.ping()
    raw.publish(device.path, sample(0), qos=1, packet_id=maximum + 1)
    raw.expect_end(RECEIVE_MAXIMUM_EXCEEDED)


def test_what_is_completed_is_no_longer_in_flight(dial, device):
    raw = dial.bare(V5)
    maximum = raw.connect(new_client_id()).properties.get("receive_maximum", 65535)
    if maximum > 1000:
        pytest.skip("takes too long")
    for packet_id in range(1, 2 * maximum):
        raw.publish(device.path, sample(1), qos=2, packet_id=packet_id)
        raw.expect(PUBREC, packet_id)
        raw.acknowledge(PUBREL, packet_id)
        raw.expect(PUBCOMP, packet_id)


def test_a_packet_over_the_maximum_size_ends_the_connection(dial):
    raw = dial.bare(V5)
    stated = raw.connect(new_client_id()).properties
    if "maximum_packet_size" not in stated:
        pytest.skip("none is stated")
    raw.publish("a", b" " * stated["maximum_packet_size"])
    raw.expect_end(TOO_LARGE)


def test_a_packet_of_the_maximum_size_is_taken(dial, device):
    raw = dial.bare(V5)
    size = raw.connect(new_client_id()).properties.get("maximum_packet_size")
    if size is None:
        pytest.skip("none is stated")
    body = sample(1).encode()
    around = 1 + len(variable_integer(size)) + 2 + len(device.path) + 2 + 1
    raw.publish(device.path, body + b" " * (size - around - len(body)), qos=1, packet_id=7)
    # Whether the body is too large for an upload is another matter.
    assert raw.expect(PUBACK, 7).reason_code in (0, QUOTA_EXCEEDED)
