# SPDX-License-Identifier: Apache-2.0
"""Promise 1: an acknowledged sample is stored, once, whatever single process is killed with -9."""

from fault.campaign import part
from fault.fleet import end_fleet, everything_is_there, make_fleet, progress, wait_for_progress
from support.ledger import check_durable
from support.wait import wait_until

SAMPLES = 50_000  # acknowledged, half by HTTP and half at QoS 1
DEVICES = 5  # of each kind
RATE = 700  # attempts a second and device at most: the kills fall into the middle of the stream
PARTS = ("http-receiver", "mqtt-receiver", "epts", "registry", "query", "nats", "postgres")


def test_every_acknowledged_sample_is_there_once_while_each_part_is_killed(stack):
    fleet = make_fleet(stack, DEVICES, SAMPLES // 2 // DEVICES, RATE)
    wait_for_progress(fleet, 2000)

    for name in PARTS:
        victim = part(stack, name)
        victim.kill()
        if name in ("registry", "query", "epts", "postgres"):
            wait_for_progress(fleet, 1000)  # devices do not notice that these are away
        victim.start()
        wait_for_progress(fleet, 2000)

    end_fleet(fleet)
    assert progress(fleet) >= SAMPLES

    for service in stack.services.values():
        service.wait_ready()
    wait_until(lambda: everything_is_there(stack, fleet), "every acknowledged sample is stored", 90)
    for device in fleet:  # and gRPC tells the same as the tables
        read = stack.query.values(device.identity, "auto~n")
        assert device.acknowledged <= set(map(int, read))
        assert len(read) == len(set(read))

    check_durable(stack)
