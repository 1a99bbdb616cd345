# SPDX-License-Identifier: Apache-2.0
"""Promise 1: an acknowledged sample is stored, once, whatever single process is killed with -9."""

import collections


from fault.fleet import HttpFleetDevice, MqttFleetDevice
from support.wait import wait_until

SAMPLES = 50_000  # acknowledged, half by HTTP and half at QoS 1
DEVICES = 5  # of each kind
RATE = 700  # attempts a second and device at most: the kills fall into the middle of the stream
PARTS = ("http-receiver", "mqtt-receiver", "epts", "registry", "query", "nats", "postgres")


def part(stack, name):
    return {"nats": stack.nats, "postgres": stack.postgres}.get(name) or stack[name]


def make_fleet(stack):
    fleet = []
    for kind, service in ((HttpFleetDevice, "http-receiver"), (MqttFleetDevice, "mqtt-receiver")):
        for _ in range(DEVICES):
            identity = stack.registry.create_device()
            fleet.append(kind(stack[service], identity, SAMPLES // 2 // DEVICES, RATE))
    return fleet


def progress(fleet):
    return sum(len(device.acknowledged) for device in fleet)


def wait_for_progress(fleet, count):
    """Until `count` more samples are acknowledged: the system has recovered."""
    goal = progress(fleet) + count
    wait_until(lambda: progress(fleet) >= goal, f"{count} more samples are acknowledged", 90)


def stored_counts(stack, identity):
    """{n: how often it is stored}, read from the tables as the schema lays them out."""
    rows = stack.sql(
        "SELECT f.numbers[1]::bigint, count(*) FROM time_series.frame f"
        " JOIN time_series.endpoint e USING (endpoint_key) WHERE e.endpoint_id = %s GROUP BY 1",
        (identity.endpoint_id,),
    )
    return dict(rows)


def lost_and_doubled(stack, fleet):
    faults = collections.Counter()
    for device in fleet:
        stored = stored_counts(stack, device.identity)
        faults["lost"] += sum(attempt not in stored for attempt in device.acknowledged)
        faults["doubled"] += sum(count > 1 for count in stored.values())
        faults["invented"] += sum(
            number not in device.acknowledged and number not in device.unanswered
            for number in stored
        )
    return {kind: count for kind, count in faults.items() if count}


def everything_is_there(stack, fleet):
    faults = lost_and_doubled(stack, fleet)
    assert not faults, faults
    return True


def test_every_acknowledged_sample_is_there_once_while_each_part_is_killed(stack):
    fleet = make_fleet(stack)
    for device in fleet:
        device.start()
    wait_for_progress(fleet, 2000)

    for name in PARTS:
        victim = part(stack, name)
        victim.kill()
        if name in ("registry", "query", "epts", "postgres"):
            wait_for_progress(fleet, 1000)  # devices do not notice that these are away
        victim.start()
        wait_for_progress(fleet, 2000)

    for device in fleet:
        device.may_end.set()
    for device in fleet:
        device.join(180)
        assert not device.is_alive(), f"only {len(device.acknowledged)} acknowledged"
        assert not device.refused, f"refused: {list(device.refused.items())[:3]}"
    assert progress(fleet) >= SAMPLES

    for service in stack.services.values():
        service.wait_ready()
    wait_until(lambda: everything_is_there(stack, fleet), "every acknowledged sample is stored", 90)
    for device in fleet:  # and gRPC tells the same as the tables
        read = stack.query.values(device.identity, "auto~n")
        assert device.acknowledged <= set(map(int, read))
        assert len(read) == len(set(read))
