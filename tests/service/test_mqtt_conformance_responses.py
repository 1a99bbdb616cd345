# SPDX-License-Identifier: Apache-2.0
"""What the server publishes, the responses /status and /error: it is the sender of QoS 1 and 2 here."""

import pytest

from service.mqtt_scene import (  # noqa: F401  (fixtures)
    UNKNOWN_PACKET_ID,
    V4,
    V5,
    both,
    device,
    dial,
    receiver,
    response,
    sample,
)
from support.raw_mqtt import PINGREQ, PINGRESP, PUBACK, PUBCOMP, PUBLISH, PUBREC, PUBREL, packet

ACKNOWLEDGED_BY = {1: PUBACK, 2: PUBREC}


def request(raw, device, qos, packet_id=7, **options):  # pylint: disable=redefined-outer-name
    """A publish that has a response; the response. The request itself is not completed."""
    raw.publish(f"{device.path}/1", sample(1), qos=qos, packet_id=packet_id, **options)
    if qos:
        raw.expect(ACKNOWLEDGED_BY[qos], packet_id)
    message = raw.expect(PUBLISH)
    assert message.topic == f"{device.path}/1/status"
    return message


@both
@pytest.mark.parametrize("qos", [0, 1, 2])
def test_a_response_has_the_qos_of_its_request(version, dial, device, qos):
    raw = dial(version)
    message = request(raw, device, qos)
    assert (message.qos, message.dup, message.flags & 1) == (qos, False, 0)
    assert message.payload == b""
    if qos:
        assert message.packet_id > 0


@both
@pytest.mark.parametrize("qos", [0, 1, 2])
def test_dup_of_the_request_is_not_that_of_the_response(version, dial, device, qos):
    raw = dial(version)
    assert not request(raw, device, qos, dup=qos > 0).dup


@both
@pytest.mark.parametrize("qos", [1, 2])
def test_unacknowledged_responses_have_packet_ids_of_their_own(version, dial, device, qos):
    raw = dial(version)
    ids = [request(raw, device, qos, packet_id).packet_id for packet_id in range(1, 21)]
    assert len(set(ids)) == 20 and 0 not in ids


@both
@pytest.mark.parametrize("qos", [1, 2])
def test_a_response_is_not_sent_again_on_its_connection(version, dial, device, qos):
    raw = dial(version)
    request(raw, device, qos)
    with pytest.raises(TimeoutError):
        raw.receive(timeout=0.3)
    raw.ping()


@both
def test_a_response_of_qos_2_goes_its_four_steps(version, dial, device):
    raw = dial(version)
    message = request(raw, device, 2)
    raw.acknowledge(PUBREC, message.packet_id)
    release = raw.expect(PUBREL, message.packet_id)
    assert release.flags == 2
    if version is V5:
        assert release.reason_code == 0
    # Until the PUBCOMP its identifier is not given to another.
    others = {request(raw, device, 2, packet_id).packet_id for packet_id in range(10, 20)}
    assert message.packet_id not in others
    # PUBREC again, as a client does that did not see the PUBREL: the PUBREL again, no PUBLISH.
    raw.acknowledge(PUBREC, message.packet_id)
    raw.expect(PUBREL, message.packet_id)
    raw.acknowledge(PUBCOMP, message.packet_id)
    raw.ping()


@both
@pytest.mark.parametrize("qos", [1, 2])
def test_packet_ids_come_round(version, dial, device, qos):
    """Acknowledged ones may be used again; that there are responses never ends."""
    raw = dial(version)
    for number in range(1, 40):
        message = request(raw, device, qos, packet_id=number)
        if qos == 1:
            raw.acknowledge(PUBACK, message.packet_id)
        else:
            raw.acknowledge(PUBREC, message.packet_id)
            raw.expect(PUBREL, message.packet_id)
            raw.acknowledge(PUBCOMP, message.packet_id)
            raw.acknowledge(PUBREL, number)
            raw.expect(PUBCOMP, number)
    raw.ping()


@both
def test_responses_come_in_the_order_of_their_requests(version, dial, device):
    raw = dial(version)
    for number in range(1, 41):
        raw.publish(f"{device.path}/{number}", sample(number), qos=1, packet_id=number)
    topics = []
    while len(topics) < 40:
        one = raw.receive()
        if one.type == PUBLISH:
            topics.append(one.topic)
    assert topics == [f"{device.path}/{number}/status" for number in range(1, 41)]


@both
def test_a_refusal_is_acknowledged_and_told(version, dial, device):
    """In 3.1.1 a PUBLISH that is not allowed can only be acknowledged, or end the connection."""
    raw = dial(version)
    raw.publish(device.path.replace("/dcx/", "/dcx/x"), sample(1), qos=1, packet_id=7)
    answer = raw.expect(PUBACK, 7)
    if version is V5:
        assert answer.reason_code == 0x87
    assert response(raw)[1]["statusCode"] == 404


# --- MQTT 5 ---


def test_a_response_that_the_client_refuses_is_over(dial, device):
    """PUBREC with an error: no PUBREL follows, and nothing is sent again."""
    raw = dial(V5)
    message = request(raw, device, 2)
    raw.acknowledge(PUBREC, message.packet_id, 0x80)
    raw.ping()
    message = request(raw, device, 1, packet_id=8)
    raw.acknowledge(PUBACK, message.packet_id, 0x97)
    raw.ping()


def test_a_pubrec_of_no_response_is_told_so(dial):
    raw = dial(V5)
    raw.acknowledge(PUBREC, 4711)
    assert raw.expect(PUBREL, 4711).reason_code == UNKNOWN_PACKET_ID


@pytest.mark.parametrize("qos", [1, 2])
@pytest.mark.parametrize("limit", [1, 3])
def test_no_more_responses_are_sent_than_the_client_takes(dial, device, qos, limit):
    """Receive Maximum; everything else goes on meanwhile."""
    raw = dial(V5, properties={"receive_maximum": limit})
    count = limit + 3
    for number in range(1, count + 1):
        raw.publish(f"{device.path}/{number}", sample(number), qos=qos, packet_id=number)
    seen = [raw.receive() for _ in range(count + limit)]
    responses = [one for one in seen if one.type == PUBLISH]
    assert len(responses) == limit
    assert [one.packet_id for one in seen if one.type != PUBLISH] == list(range(1, count + 1))
    raw.send(packet(PINGREQ, 0, b""))
    assert raw.receive().type == PINGRESP
    # QoS 0 is not counted.
    raw.publish(f"{device.path}/99", sample(99))
    assert raw.expect(PUBLISH).topic == f"{device.path}/99/status"
    topics = [one.topic for one in responses]
    while len(topics) < count:
        topics += [next_response(raw, responses.pop(0), qos, responses)]
    assert topics == [f"{device.path}/{number}/status" for number in range(1, count + 1)]


def next_response(raw, message, qos, waiting):
    """Acknowledges `message`; the response that comes for it."""
    if qos == 1:
        raw.acknowledge(PUBACK, message.packet_id)
    else:
        raw.acknowledge(PUBREC, message.packet_id)
        raw.expect(PUBREL, message.packet_id)
        raw.acknowledge(PUBCOMP, message.packet_id)
    waiting.append(raw.expect(PUBLISH))
    return waiting[-1].topic


def test_a_refused_response_makes_room_for_the_next(dial, device):
    raw = dial(V5, properties={"receive_maximum": 1})
    for number in (1, 2):
        raw.publish(f"{device.path}/{number}", sample(number), qos=2, packet_id=number)
    seen = [raw.receive() for _ in range(3)]
    first = next(one for one in seen if one.type == PUBLISH)
    raw.acknowledge(PUBREC, first.packet_id, 0x83)
    assert raw.expect(PUBLISH).topic == f"{device.path}/2/status"


def test_a_response_that_is_too_large_for_the_client_is_left_out(dial, device):
    """As if it had been sent: the next one comes."""
    raw = dial(V5, properties={"maximum_packet_size": 100 + len(device.path)})
    raw.publish(f"{device.path}{'/x' * 200}", sample(1), qos=1, packet_id=7)
    assert raw.expect(PUBACK, 7).reason_code >= 0x80
    raw.publish(f"{device.path}/1", sample(1), qos=1, packet_id=8)
    raw.expect(PUBACK, 8)
    message = raw.expect(PUBLISH)
    assert message.topic == f"{device.path}/1/status"
    assert message.size <= 100 + len(device.path)


@pytest.mark.parametrize("size", [5, 8, 20])
def test_reason_strings_are_left_out_where_they_do_not_fit(dial, size):
    """Of PUBACK, PUBREC, PUBCOMP, SUBACK, UNSUBACK and DISCONNECT; the packet itself comes."""
    connack = len_of_connack(dial)
    raw = dial(V5, properties={"maximum_packet_size": max(size, connack)})
    limit = max(size, connack)
    raw.publish("not/ours", sample(1), qos=1, packet_id=7)
    raw.publish("not/ours", sample(1), qos=2, packet_id=8)
    raw.acknowledge(PUBREL, 9)
    seen = []
    while {one.type for one in seen} < {PUBACK, PUBREC, PUBCOMP}:
        seen.append(raw.receive())
    raw.send(packet(PINGREQ, 1, b""))
    while (one := raw.receive()) is not None:
        seen.append(one)
    assert all(one.size <= limit for one in seen), seen


def len_of_connack(dial):
    """What a client must take at least."""
    raw = dial.bare(V5)
    return raw.connect("size").size


def test_topic_aliases_are_sent_only_to_who_takes_them(dial, device):
    raw = dial(V5)
    for packet_id in (1, 2, 3):
        message = request(raw, device, 1, packet_id)
        assert "topic_alias" not in message.properties
    raw = dial(V5, properties={"topic_alias_maximum": 1})
    for packet_id in (1, 2, 3):
        raw.publish(f"{device.path}/1", sample(1), qos=1, packet_id=packet_id)
        raw.expect(PUBACK, packet_id)
        assert raw.expect(PUBLISH).properties.get("topic_alias", 1) == 1


@pytest.mark.parametrize("qos", [0, 1, 2])
def test_the_response_goes_to_the_response_topic_with_its_correlation_data(dial, device, qos):
    raw = dial(V5)
    asked = {"response_topic": "my/answers", "correlation_data": b"\0\xff42"}
    raw.publish(device.path, sample(1), qos=qos, packet_id=7, properties=asked)
    if qos:
        raw.expect(ACKNOWLEDGED_BY[qos], 7)
    message = raw.expect(PUBLISH)
    assert message.topic == "my/answers"
    assert message.properties["correlation_data"] == b"\0\xff42"
    assert "response_topic" not in message.properties


@pytest.mark.parametrize("data", [b"", b"x" * 10_000])
def test_correlation_data_comes_back_unchanged(dial, device, data):
    raw = dial(V5)
    asked = {"response_topic": "my/answers", "correlation_data": data}
    raw.publish(device.path, sample(1), properties=asked)
    assert raw.expect(PUBLISH).properties["correlation_data"] == data
    raw.publish("not/ours", sample(1), properties=asked)
    refusals = {message.topic: message for message in (raw.expect(PUBLISH) for _ in range(2))}
    assert refusals["my/answers"].properties["correlation_data"] == data
    assert refusals["my/answers"].payload == refusals["not/ours/error"].payload != b""


def test_a_response_topic_comes_beside_the_topics_of_kaa(dial, device):
    raw = dial(V5)
    asked = {"response_topic": "my/answers", "correlation_data": b"7"}
    raw.publish(f"{device.path}/1", sample(1), properties=asked)
    topics = {raw.expect(PUBLISH).topic for _ in range(2)}
    assert topics == {"my/answers", f"{device.path}/1/status"}
    raw.ping()


def test_without_correlation_data_none_comes_back(dial, device):
    raw = dial(V5)
    raw.publish(device.path, sample(1), properties={"response_topic": "my/answers"})
    message = raw.expect(PUBLISH)
    assert (message.topic, message.payload) == ("my/answers", b"")
    assert "correlation_data" not in message.properties


@pytest.mark.parametrize("version", [V4, V5])
def test_nobody_sees_what_another_connection_publishes(version, dial, device):
    """Whatever it subscribes to: there is no broker here."""
    other = dial(version)
    other.subscribe((f"{device.path}/#", 2), (f"{device.path}/1/status", 2), (device.path, 2))
    request(dial(version), device, 1)
    other.ping()
