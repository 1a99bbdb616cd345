# SPDX-License-Identifier: Apache-2.0
"""Bounded load from devices that remember what was acknowledged, and what became of it."""

import collections

from fault.fleet import HttpFleetDevice, MqttFleetDevice
from support.wait import wait_until

DEVICES = 2  # of each kind
RATE = 40  # attempts a second and device


class BalancedHttpDevice(HttpFleetDevice):
    """Behind a balancer: 502 and 504 are its words for a replica that went away."""

    UNKNOWN = {502, 503, 504}


class Fleet:
    """Sends from entering to leaving the block; then `settle()` says what was lost."""

    def __init__(self, deployment):
        self._registry = deployment.registry_api()
        self._deployment = deployment
        self.devices = []
        for kind, door in ((BalancedHttpDevice, deployment.http), (MqttFleetDevice, deployment.mqtt)):
            for _ in range(DEVICES):
                # No target: they go on until they may end.
                self.devices.append(kind(door, self._registry.create_device(), 0, RATE))

    def __enter__(self):
        for device in self.devices:
            device.start()
        self.wait_for_progress(50)
        return self

    def __exit__(self, *_):
        for device in self.devices:
            device.may_end.set()
        for device in self.devices:
            device.join(180)
            assert not device.is_alive(), "a device still waits for an answer"

    @property
    def acknowledged(self):
        return sum(len(device.acknowledged) for device in self.devices)

    def wait_for_progress(self, count):
        """By devices of both kinds: all that is between them and the stream works."""
        goals = [(device, len(device.acknowledged) + count) for device in self.devices]
        wait_until(
            lambda: all(len(device.acknowledged) >= goal for device, goal in goals),
            f"{count} more samples of each device are acknowledged",
            120,
            every=0.05,
        )
        assert all(device.is_alive() for device in self.devices), "a device has given up"

    def settle(self):
        """Waits until every acknowledged sample can be read, over gRPC; none may be there twice."""
        refused = [device.refused for device in self.devices if device.refused]
        assert not refused, f"refused: {refused[:3]}"
        query = self._deployment.query_api()
        wait_until(lambda: self._all_are_there(query), "every acknowledged sample is stored", 120, every=0.5)

    def _all_are_there(self, query):
        faults = collections.Counter()
        for device in self.devices:
            read = [int(value) for value in query.values(device.identity, "auto~n")]
            faults["lost"] += len(device.acknowledged - set(read))
            faults["doubled"] += len(read) - len(set(read))
            faults["invented"] += len(set(read) - device.acknowledged - device.unanswered)
        faults = {kind: count for kind, count in faults.items() if count}
        assert not faults, f"{faults} of {self.acknowledged} acknowledged"
        return True
