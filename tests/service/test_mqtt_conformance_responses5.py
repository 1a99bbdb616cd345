# SPDX-License-Identifier: Apache-2.0
"""What the server publishes, in what only MQTT 5 has: Receive Maximum, Maximum Packet Size, topic
aliases, Response Topic and Correlation Data."""

import pytest

from service.mqtt_scene import (  # noqa: F401  (fixtures)
    ACKNOWLEDGED_BY,
    UNKNOWN_PACKET_ID,
    V5,
    device,
    dial,
    receiver,
    request,
    sample,
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
    SUBACK,
    SUBSCRIBE,
    packet,
    text,
)


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


def refusals(raw):
    """PUBACK, PUBREC, PUBCOMP, SUBACK, DISCONNECT, each with a code that refuses something."""
    raw.publish("not/ours", sample(1), qos=1, packet_id=7)
    raw.publish("not/ours", sample(1), qos=2, packet_id=8)
    raw.acknowledge(PUBREL, 9)
    raw.send(packet(SUBSCRIBE, 2, b"\0\x0a\0" + text("not/ours") + b"\0"))
    raw.send(packet(PINGREQ, 1, b""))
    seen = {}
    while (one := raw.receive()) is not None:
        if one.type != PUBLISH:
            seen[one.type] = one
    assert set(seen) == {PUBACK, PUBREC, PUBCOMP, SUBACK, DISCONNECT}
    return seen


def test_reason_strings_are_left_out_where_they_do_not_fit(dial):
    """Of every kind of packet that has one; the packet itself comes, with its code."""
    limit = dial.bare(V5).connect("size").size  # that a client must take at least
    unlimited = refusals(dial(V5))
    assert any(one.size > limit for one in unlimited.values()), "else this shows nothing"
    limited = refusals(dial(V5, properties={"maximum_packet_size": limit}))
    for packet_type, one in limited.items():
        assert one.size <= limit
        if packet_type == SUBACK:
            assert one.reason_codes == unlimited[packet_type].reason_codes
        else:
            assert one.reason_code == unlimited[packet_type].reason_code >= 0x80
        if unlimited[packet_type].size > limit:
            assert one.properties == {}


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
