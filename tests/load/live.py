# SPDX-License-Identifier: Apache-2.0
"""How long it takes a sample from the device to a subscriber, beside other devices' load.

A probe is a sample with the time it was sent, over HTTP, and a subscriber that looks at the clock when it comes:
receiver, JetStream, epts, COMMIT, event, query and both ends are in the figure.
"""

import contextlib
import http.client
import json
import statistics
import subprocess
import threading
import time

import grpc

from load.programs import program, topics_file
from support.api import QueryApi
from support.paths import BIN
from support.subscriber import request_of

LOADS = (0, 10, 70)  # percent of the most
MOST_UPLOADS = 200_000
SECONDS = 15
PROBE_EVERY = 0.05


class Probe:
    """A device of its own, and whoever watches it."""

    def __init__(self, stack):
        self._identity = stack.registry.create_device()
        self._port = stack["http-receiver"].port
        self.milliseconds = []
        self._call = QueryApi(stack["query"].address, stack.admin_key).call.Subscribe(
            request_of(self._identity.application), timeout=600
        )
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def _watch(self):
        with contextlib.suppress(grpc.RpcError):  # close()
            for answer in self._call:
                for column in answer.data_points.columns:
                    now = time.time() * 1000
                    self.milliseconds += [now - sent for sent in column.numbers]

    def close(self):
        self._call.cancel()
        self._thread.join()

    def send(self, seconds):
        """How many were sent."""
        device = http.client.HTTPConnection("127.0.0.1", self._port)
        end, sent = time.monotonic() + seconds, 0
        while time.monotonic() < end:
            device.request("POST", "/" + self._identity.path, json.dumps({"sent_ms": time.time() * 1000}))
            assert device.getresponse().read() == b""
            sent += 1
            time.sleep(PROBE_EVERY)
        device.close()
        return sent


def load_options(stack, uploads):
    return (
        *("--port", stack["mqtt-receiver"].port, "--topics-file", topics_file(stack)),
        *("--connections", 50, "--window", 100, "--uploads", uploads),
    )


def measure_live(stack, table):
    most = program("mqtt_load", *load_options(stack, MOST_UPLOADS))[0]["uploads_per_second"]
    table.add("MQTT uploads/s, as fast as they are acknowledged", most)
    for percent in LOADS:
        probe = Probe(stack)
        probe.send(2)  # subscribed, caches filled
        probe.milliseconds.clear()
        load = None
        if percent:
            rate = round(most * percent / 100)
            words = (*load_options(stack, rate * SECONDS), "--rate", rate, "--max-seconds", 4 * SECONDS)
            load = subprocess.Popen([str(BIN / "mqtt_load"), *map(str, words)], stdout=subprocess.PIPE, text=True)
            time.sleep(2)
        sent = probe.send(SECONDS - 4)
        if load:
            carried = json.loads(load.communicate()[0])["uploads_per_second"]
            table.add(f"uploads/s beside, {percent} % of the most", carried)
        time.sleep(2)
        probe.close()
        seen = sorted(probe.milliseconds)
        assert len(seen) == sent, f"{len(seen)} of {sent} probes came"
        table.add(f"device to subscriber at {percent} % load: p50 ms", statistics.median(seen))
        table.add(f"device to subscriber at {percent} % load: p99 ms", seen[int(0.99 * (len(seen) - 1))])
