# SPDX-License-Identifier: Apache-2.0
"""Uploads with PUBLISH in both versions: QoS 0, 1 and 2, their acknowledgements and their order.
The other way, responses of the server, is in test_mqtt_conformance_responses.py; what only MQTT 5
has in test_mqtt_conformance_publish5.py."""

import pytest

from service.mqtt_scene import (  # noqa: F401  (fixtures)
    PROTOCOL_ERROR,
    UNKNOWN_PACKET_ID,
    V4,
    V5,
    both,
    device,
    dial,
    receiver,
    response,
    sample,
    stored,
)
from support.raw_mqtt import PINGREQ, PINGRESP, PUBACK, PUBCOMP, PUBLISH, PUBREC, PUBREL, packet


def publish_qos_2(raw, topic, number, packet_id, **options):
    """As far as the PUBREC."""
    raw.publish(topic, sample(number), qos=2, packet_id=packet_id, **options)
    return raw.expect(PUBREC, packet_id)


def complete(raw, packet_id):
    raw.acknowledge(PUBREL, packet_id)
    return raw.expect(PUBCOMP, packet_id)


@both
def test_each_qos_has_its_answer(version, dial, device, stored):
    raw = dial(version)
    raw.publish(device.path, sample(0))
    raw.ping()  # no answer to QoS 0
    raw.publish(device.path, sample(1), qos=1, packet_id=0x0102)
    assert raw.expect(PUBACK, 0x0102).flags == 0
    answer = publish_qos_2(raw, device.path, 2, 0xFFFF)
    assert answer.flags == 0
    assert complete(raw, 0xFFFF).flags == 0
    stored(0, 1, 2)


@both
def test_a_packet_id_of_qos_1_is_free_after_its_puback(version, dial, device, stored):
    """Whatever DUP says: the server must take it as a new message."""
    raw = dial(version)
    for number, dup in enumerate((False, True, False, True)):
        raw.publish(device.path, sample(number), qos=1, packet_id=7, dup=dup)
        raw.expect(PUBACK, 7)
    stored(0, 1, 2, 3)


@both
@pytest.mark.parametrize("dup", [False, True])
def test_a_publish_of_qos_2_that_comes_again_is_stored_once(version, dial, device, stored, dup):
    raw = dial(version)
    for _ in range(3):
        publish_qos_2(raw, device.path, 1, 7, dup=dup)
    complete(raw, 7)
    publish_qos_2(raw, device.path, 2, 7)
    complete(raw, 7)
    stored(1, 2)


@both
def test_repetitions_of_qos_2_in_flight_are_stored_once(version, dial, device, stored):
    """The second arrives before the first is acknowledged by the stream."""
    raw = dial(version)
    for number, dup in ((1, False), (1, True)):
        raw.publish(device.path, sample(number), qos=2, packet_id=7, dup=dup)
    raw.expect(PUBREC, 7)
    raw.expect(PUBREC, 7)
    complete(raw, 7)
    stored(1)


@both
def test_a_packet_id_of_qos_2_is_free_after_its_pubcomp(version, dial, device, stored):
    raw = dial(version)
    for number, dup in enumerate((False, True, False)):
        publish_qos_2(raw, device.path, number, 7, dup=dup)
        complete(raw, 7)
    stored(0, 1, 2)


@both
def test_exactly_once_is_once_per_connection(version, dial, device, stored):
    """No session is kept: what was not completed is new on the next connection."""
    publish_qos_2(dial(version), device.path, 1, 7)
    raw = dial(version)
    publish_qos_2(raw, device.path, 2, 7, dup=True)
    complete(raw, 7)
    stored(1, 2)


@both
def test_a_pubrel_of_no_publish_is_answered(version, dial):
    raw = dial(version)
    for _ in range(2):
        answer = complete(raw, 0x1234)
        if version is V5:
            assert answer.reason_code == UNKNOWN_PACKET_ID
    raw.ping()


@both
def test_a_pubrel_that_comes_again_is_answered_again(version, dial, device, stored):
    raw = dial(version)
    publish_qos_2(raw, device.path, 1, 7)
    complete(raw, 7)
    complete(raw, 7)
    stored(1)


@both
@pytest.mark.parametrize("packet_type", [PUBACK, PUBREC, PUBCOMP])
def test_acknowledgements_that_nobody_waits_for_change_nothing(version, dial, packet_type):
    """Only the PUBREC has an answer: its sender waits for one."""
    raw = dial(version)
    raw.acknowledge(packet_type, 0x1234)
    if packet_type == PUBREC:
        answer = raw.expect(PUBREL, 0x1234)
        assert version is V4 or answer.reason_code == UNKNOWN_PACKET_ID
    raw.ping()


@both
@pytest.mark.parametrize("qos, answer", [(1, PUBACK), (2, PUBREC)])
def test_acknowledgements_come_in_the_order_of_the_publishes(version, dial, device, qos, answer):
    """Also where some are refused at once and others wait for the stream."""
    raw = dial(version)
    count = 60
    for number in range(1, count + 1):
        topic = device.path if number % 3 else f"{device.path}/wrong"
        raw.publish(topic, sample(number), qos=qos, packet_id=number)
    seen = []
    while len(seen) < count:
        one = raw.receive()
        if one.type == answer:
            seen.append(one.packet_id)
        else:  # the responses of those that are refused
            assert one.type == PUBLISH and one.topic.endswith("/error")
    assert seen == list(range(1, count + 1))


@both
def test_pubcomps_come_in_the_order_of_the_pubrels(version, dial, device, stored):
    raw = dial(version)
    for number in range(1, 21):
        raw.publish(device.path, sample(number), qos=2, packet_id=number)
    for number in range(1, 21):
        raw.expect(PUBREC, number)
    order = [*range(20, 10, -1), *range(1, 11)]
    for number in order:
        raw.acknowledge(PUBREL, number)
    for number in order:
        raw.expect(PUBCOMP, number)
    stored(*range(1, 21))


@both
def test_uploads_of_one_connection_keep_their_order(version, dial, device, stored):
    """Also over QoS 0, 1 and 2 mixed."""
    raw = dial(version)
    for number in range(30):
        raw.publish(device.path, sample(number), qos=number % 3, packet_id=number + 1)
    stored(*range(30))


@both
def test_the_longest_topic_is_read_to_its_end(version, dial):
    raw = dial(version)
    raw.publish("a/" * 32_760 + "b", "1", qos=1, packet_id=7)
    raw.expect(PUBACK, 7)


@both
def test_dup_with_qos_0_is_not_sent_by_clients(version, dial, device, stored):
    """A protocol error of the client [MQTT-3.3.1-2]: the connection ends, nothing is stored."""
    raw = dial(version)
    raw.publish(device.path, sample(1), dup=True)
    raw.expect_end(PROTOCOL_ERROR, 0x81)
    dial(version).publish(device.path, sample(2))
    stored(2)


# --- RETAIN ---


def test_in_3_retain_is_ignored(dial, device, stored):
    """The sample is stored as any other, and nobody who subscribes later gets it."""
    raw = dial(V4)
    raw.publish(device.path, sample(1), qos=1, packet_id=7, retain=True)
    raw.expect(PUBACK, 7)
    raw.publish(f"{device.path}/5", sample(2), retain=True)
    answer = raw.expect(PUBLISH)
    assert answer.topic == f"{device.path}/5/status" and not answer.flags & 1
    later = dial(V4)
    later.subscribe((f"{device.path}/#", 1), (f"{device.path}/5/status", 1))
    later.ping()  # nothing came before it
    stored(1, 2)


def test_in_3_an_empty_retained_message_is_an_empty_upload(dial, device, stored):
    """It clears nothing, for nothing is kept; as an upload it is no JSON."""
    raw = dial(V4)
    raw.publish(device.path, sample(1))
    raw.publish(device.path, b"", qos=1, packet_id=7, retain=True)
    raw.expect(PUBACK, 7)
    assert response(raw)[1]["statusCode"] == 400
    stored(1)


def test_what_was_sent_before_a_fault_is_answered_or_not_but_stored_once(dial, device, stored):
    raw = dial(V4)
    raw.publish(device.path, sample(1), qos=1, packet_id=7)
    raw.expect(PUBACK, 7)
    raw.send(packet(PINGREQ, 1, b""))
    raw.expect_end()
    stored(1)


@both
def test_pings_are_answered_while_uploads_wait(version, dial, device):
    raw = dial(version)
    for number in range(1, 31):
        raw.publish(device.path, sample(number), qos=1, packet_id=number)
    raw.send(packet(PINGREQ, 0, b""))
    types = [raw.receive().type for _ in range(31)]
    assert types.count(PINGRESP) == 1 and types.count(PUBACK) == 30
