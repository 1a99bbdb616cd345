# SPDX-License-Identifier: Apache-2.0
"""nats-server killed, restarted and cut off under 200 connections that upload as fast as they can."""

import json
import subprocess
import time

import pytest

from fault.link import Link
from fault.stored_numbers import STREAM, stored_numbers
from support.bus import Bus
from support.paths import BIN
from support.wait import wait_until

QOS = (1, 2)
CONNECTIONS = 200
WINDOW = 20
RECOVERED_WITHIN = 10.0  # seconds after nats-server is there again


class Load:
    """mqtt_load, which gives up what a broken connection leaves unanswered: no number is sent twice."""

    def __init__(self, stack, qos):
        topics = stack.folder / "topics"
        identities = [stack.registry.create_device() for _ in range(10)]
        topics.write_text("".join(f"{one.path}\n" for one in identities), encoding="utf-8")
        self._file = stack.folder / "acknowledged"
        words = ["--port", stack["mqtt-receiver"].port, "--topics-file", topics, "--qos", qos]
        words += ["--connections", CONNECTIONS, "--window", WINDOW, "--payload-bytes", 100]
        words += ["--seconds", 50, "--drain-seconds", 40, "--max-seconds", 95, "--reconnect"]
        words += ["--acknowledged-file", self._file]
        self._process = subprocess.Popen(
            [str(BIN / "mqtt_load"), *map(str, words)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def end(self):
        """Devices send no more, and wait for answers: (report, numbers that were acknowledged)"""
        self._process.terminate()
        out, err = self._process.communicate(timeout=60)
        assert self._process.returncode == 0, err
        numbers = list(map(int, self._file.read_text(encoding="ascii").split()))
        assert len(set(numbers)) == len(numbers), "a number was acknowledged twice"
        return json.loads(out), set(numbers)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._process.kill()
        self._process.wait()


def messages(nats):
    with Bus(nats) as bus:
        return bus.jetstream(f"STREAM.INFO.{STREAM}")["state"]["last_seq"]


def wait_for_uploads(nats, within=RECOVERED_WITHIN):
    """Until a hundred more messages are in the stream: uploads flow (again)."""
    goal = wait_until(lambda: messages(nats) + 1, "nats-server answers", within) + 100
    wait_until(lambda: messages(nats) >= goal, "uploads reach the stream", within)


def check(stack, load):
    """Every acknowledged upload is in the stream, nothing is there twice, nobody was left waiting."""
    report, acknowledged = load.end()
    stored = stored_numbers(stack.nats)
    assert len(acknowledged) == report["uploads"] > 10_000
    assert report["unanswered"] == report["refused"] == 0, report
    lost = acknowledged - stored.keys()
    assert not lost, f"{len(lost)} of {len(acknowledged)} acknowledged uploads are not in the stream"
    twice = [number for number, count in stored.items() if count > 1]
    assert not twice, f"{len(twice)} uploads are in the stream twice: {twice[:5]}"
    # Every connection was served in the end: no more uploads are unaccounted for than broke with them.
    assert report["started"] == report["uploads"] + report["lost"], report
    return report


@pytest.mark.parametrize("qos", QOS)
def test_nothing_acknowledged_is_lost_when_nats_server_is_killed_or_restarted(make_stack, qos):
    stack = make_stack("registry", "mqtt-receiver")
    with Load(stack, qos) as load:
        wait_for_uploads(stack.nats, 30)
        for end, away in ((stack.nats.kill, 0), (stack.nats.stop, 0), (stack.nats.kill, 3)):
            end()
            time.sleep(away)
            stack.nats.start()
            wait_for_uploads(stack.nats)
        report = check(stack, load)
    assert report["reconnects"] == 0, "devices have only waited"


@pytest.mark.parametrize("qos", QOS)
def test_nothing_acknowledged_is_lost_when_the_way_to_nats_server_is_cut(make_stack, qos):
    stack = make_stack("registry")
    link = Link(stack.nats.port)
    url = stack.nats.url.replace(f":{stack.nats.port}", f":{link.port}")
    stack.start("mqtt-receiver", nats_url=url)
    with Load(stack, qos) as load:
        wait_for_uploads(stack.nats, 30)
        for break_it in (link.cut, link.silence):
            break_it()
            time.sleep(0.5)  # what was on its way has arrived
            before = messages(stack.nats)
            time.sleep(3)  # longer than publish-retry-after: messages are sent again
            assert messages(stack.nats) == before, "the link is cut"
            link.mend()
            wait_for_uploads(stack.nats)
        report = check(stack, load)
    link.close()
    assert report["reconnects"] == 0, "devices have only waited"


@pytest.mark.parametrize("qos", QOS)
def test_an_outage_that_is_longer_than_the_receiver_waits_costs_no_acknowledged_upload(make_stack, qos):
    stack = make_stack("registry")
    stack.start("mqtt-receiver", publish_deadline="2s", publish_retry_after="1s", unavailable_timeout="1s")
    with Load(stack, qos) as load:
        wait_for_uploads(stack.nats, 30)
        stack.nats.kill()
        closed = wait_until(
            lambda: stack["mqtt-receiver"].metric("millrace_mqtt_closed_total", reason="upload_unavailable"),
            "devices are sent away, to send again",
        )
        stack.nats.start()
        wait_for_uploads(stack.nats)
        report = check(stack, load)
    assert report["reconnects"] >= closed > 0
    assert report["lost"] > 0, "what was not acknowledged when they were sent away"
