# SPDX-License-Identifier: Apache-2.0
"""What the server publishes, the responses /status and /error: it is the sender of QoS 1 and 2 here.
What only MQTT 5 has is in test_mqtt_conformance_responses5.py."""

import pytest

from service.mqtt_scene import (  # noqa: F401  (fixtures)
    V5,
    both,
    device,
    dial,
    receiver,
    request,
    response,
    sample,
)
from support.raw_mqtt import PUBACK, PUBCOMP, PUBLISH, PUBREC, PUBREL


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


@both
def test_nobody_sees_what_another_connection_publishes(version, dial, device):
    """Whatever it subscribes to: there is no broker here."""
    other = dial(version)
    other.subscribe((f"{device.path}/#", 2), (f"{device.path}/1/status", 2), (device.path, 2))
    request(dial(version), device, 1)
    other.ping()
