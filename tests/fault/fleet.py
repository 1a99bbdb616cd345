# SPDX-License-Identifier: Apache-2.0
"""Devices that never give up, and remember what became of each sample they sent.

Every attempt carries a number of its own, so that the database can be asked about each attempt:
acknowledged ones must be there once; those that got no answer may be there, but not twice.
"""

import collections
import http.client
import json
import socket
import threading
import time

from support import raw_mqtt
from support.device import HttpDevice
from support.wait import wait_until


class Device(threading.Thread):
    """Sends until `target` attempts are acknowledged and `may_end` is set. Reconnects for ever.

    An attempt is a sample; `per_upload` of them travel together and share their fate.
    """

    def __init__(self, service, identity, target, rate, per_upload=1):
        super().__init__(daemon=True)
        self.identity = identity
        self._per_upload = per_upload
        self.acknowledged = set()
        self.unanswered = set()
        self.refused = {}  # attempt: what was answered
        self.may_end = threading.Event()
        self._service = service
        self._target = target
        self._pause = per_upload / rate
        self._next = 0

    def done(self):
        return len(self.acknowledged) >= self._target and self.may_end.is_set()

    def next_attempts(self):
        """The numbers of the next upload, which is on its way from now on."""
        first = self._next + 1
        self._next += self._per_upload
        attempts = range(first, self._next + 1)
        self.unanswered.update(attempts)
        return attempts

    def acknowledge(self, attempts):
        self.unanswered.difference_update(attempts)
        self.acknowledged.update(attempts)

    def run(self):
        while not self.done():
            try:
                self.session()
            except (OSError, http.client.HTTPException, ConnectionError):
                time.sleep(0.05)  # the receiver is being killed: try again, as a device does

    def session(self):
        """Sends until something breaks or all is done."""
        raise NotImplementedError


class HttpFleetDevice(Device):
    # Nobody knows what became of the upload; it stays unanswered.
    UNKNOWN = {503}

    def session(self):
        device = HttpDevice(self._service, self.identity, timeout=40)
        while not self.done():
            attempts = self.next_attempts()
            answer = device.send([{"n": attempt} for attempt in attempts])
            if answer.status == 200:
                self.acknowledge(attempts)
            elif answer.status not in self.UNKNOWN:
                self.refused[attempts] = (answer.status, answer.body)
            time.sleep(self._pause)


class MqttFleetDevice(Device):
    """QoS 1, up to `WINDOW` publishes unacknowledged; what a broken connection leaves is given up."""

    WINDOW = 50

    def session(self):
        with raw_mqtt.RawMqtt(self._service, timeout=40) as link:
            link.send(raw_mqtt.connect_packet(f"fleet-{id(self)}"))
            # A proxy accepts also while nobody is behind it, and closes then.
            if link.receive() is None:
                raise ConnectionError("the connection was closed before CONNACK")
            waiting = {}  # packet id: attempts, in order of sending
            while not self.done() or waiting:
                if not self.done():
                    self._send(link, waiting)
                self._receive(link, waiting)

    def _send(self, link, waiting):
        burst = b""
        while len(waiting) < self.WINDOW:
            attempts = self.next_attempts()
            packet_id = attempts[0] // self._per_upload % 65535 + 1
            waiting[packet_id] = attempts
            body = json.dumps([{"n": attempt} for attempt in attempts])
            burst += raw_mqtt.publish_packet(
                self.identity.path, body, qos=1, packet_id=packet_id
            )
            time.sleep(self._pause)
        if burst:
            link.send(burst)

    def _receive(self, link, waiting):
        try:
            packet = link.receive()
        except socket.timeout as silent:
            raise ConnectionError("the receiver is silent") from silent
        if packet is None:
            raise ConnectionError("the receiver closed the connection")
        if packet.type == raw_mqtt.PUBACK:
            self.acknowledge(waiting.pop(packet.packet_id))
        elif packet.type == raw_mqtt.PUBLISH:
            self.refused[packet.topic] = packet.payload


def make_fleet(stack, devices, target, rate, per_upload=1):
    """So many devices of each kind, sending; `rate`: attempts a second and device at most."""
    fleet = []
    for kind, service in ((HttpFleetDevice, "http-receiver"), (MqttFleetDevice, "mqtt-receiver")):
        for _ in range(devices):
            identity = stack.registry.create_device()
            fleet.append(kind(stack[service], identity, target, rate, per_upload))
    for device in fleet:
        device.start()
    return fleet


def end_fleet(fleet):
    """Waits until every device has its target; nothing was refused for good."""
    for device in fleet:
        device.may_end.set()
    for device in fleet:
        device.join(180)
        assert not device.is_alive(), f"only {len(device.acknowledged)} acknowledged"
        assert not device.refused, f"refused: {list(device.refused.items())[:3]}"


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
