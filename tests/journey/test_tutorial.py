# SPDX-License-Identifier: Apache-2.0
"""The tutorial "Collecting data from a device", as its reader follows it."""

import random
import statistics
import subprocess
import time

from support.child import clean_environment
from support.device import MqttDevice
from support.ledger import settle
from support.wait import wait_until

TEMPERATURE, HUMIDITY = "auto~temperature", "auto~humidity"


def run_the_tutorials_curl(stack, device):
    """Its command word for word: no Content-Type set by hand, so curl says that it is a form."""
    done = subprocess.run(
        [
            *("curl", "--location", "--request", "POST"),
            f"http://{stack['http-receiver'].address}/{device.path}",
            "--data-raw",
            '[\n  {\n    "temperature": 23,\n    "humidity": 48\n  }\n]',
            *("--silent", "--show-error", "--write-out", "%{http_code}"),
        ],
        env=clean_environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def tutorial_sample():
    return [
        {
            "timestamp": int(round(time.time() * 1000)),
            "temperature": random.randint(15, 25),
            "humidity": random.randint(35, 60),
        }
    ]


def now_us():
    return time.time_ns() // 1000


def test_the_curl_command_sent_several_times_gives_several_points(stack):
    device = stack.registry.create_device(auto_extract=True)
    before = now_us()
    assert [run_the_tutorials_curl(stack, device) for _ in range(3)] == ["200"] * 3
    after = now_us()
    settle(stack)

    points = stack.query.points(device, TEMPERATURE, HUMIDITY)
    assert [value for _, value in points[TEMPERATURE]] == [23.0] * 3
    assert [value for _, value in points[HUMIDITY]] == [48.0] * 3
    times = [time_us for time_us, _ in points[TEMPERATURE]]
    assert times == [time_us for time_us, _ in points[HUMIDITY]]
    assert before <= times[0] < times[1] < times[2] <= after


def test_the_mqtt_client_gives_series_of_temperature_and_humidity_but_none_of_timestamp(stack):
    device = stack.registry.create_device(auto_extract=True)
    samples = [tutorial_sample() for _ in range(5)]
    before = now_us()
    with MqttDevice(stack["mqtt-receiver"], device) as client:
        for sample in samples:
            client.send(sample, qos=0)
        wait_until(
            lambda: len(stack.query.values(device, HUMIDITY)) == 5, "all five points are readable"
        )
        assert client.received == []  # without a request id there is no answer
    after = now_us()

    assert stack.query.series(device) == [HUMIDITY, TEMPERATURE]
    points = stack.query.points(device, TEMPERATURE, HUMIDITY)
    assert [v for _, v in points[TEMPERATURE]] == [s[0]["temperature"] for s in samples]
    assert [v for _, v in points[HUMIDITY]] == [s[0]["humidity"] for s in samples]
    # Receipt times, not the device's own.
    times = [time_us for time_us, _ in points[TEMPERATURE]]
    assert before <= times[0] and times[-1] <= after
    assert not {1000 * s[0]["timestamp"] for s in samples} & set(times)


def test_a_point_is_readable_over_grpc_within_a_second(stack):
    device = stack.registry.create_device(auto_extract=True)
    delays = []
    for count in range(1, 8):
        sent = time.monotonic()
        assert run_the_tutorials_curl(stack, device) == "200"
        wait_until(
            lambda: len(stack.query.values(device, TEMPERATURE)) == count,  # pylint: disable=W0640
            "the point is readable",
        )
        delays.append(time.monotonic() - sent)
    # The median: one slow turn of a busy machine is no fault of the suite.
    assert statistics.median(delays) < 1, delays


def test_auto_extraction_takes_effect_from_the_next_sample_without_a_restart(stack):
    device = stack.registry.create_device(auto_extract=False)
    with MqttDevice(stack["mqtt-receiver"], device) as client:
        assert run_the_tutorials_curl(stack, device) == "200"
        client.send(tutorial_sample(), qos=0)
        wait_until(lambda: settle(stack)["empty"] == 2, "both samples have come through")
        assert stack.query.series(device) == []

        stack.registry.set_auto_extract(device.application, True)
        wait_for_rules(stack, device, lambda: stack.query.series(device) != [])
        # What came before stays unextracted.
        count = len(stack.query.values(device, TEMPERATURE))
        assert run_the_tutorials_curl(stack, device) == "200"
        client.send(tutorial_sample(), qos=0)
        wait_until(
            lambda: len(stack.query.values(device, TEMPERATURE)) == count + 2,
            "both samples are extracted",
        )

        stack.registry.set_auto_extract(device.application, False)
        wait_for_rules(stack, device, lambda: settle(stack)["empty"] > 2)
        count = len(stack.query.values(device, TEMPERATURE))
        assert run_the_tutorials_curl(stack, device) == "200"
        settle(stack)
        assert len(stack.query.values(device, TEMPERATURE)) == count


def wait_for_rules(stack, device, taken_effect):
    """Sends until a change of the rules shows; it has a second to arrive.

    Rules that were asked for 30 s ago are asked for again: a longer wait than this would also pass
    without any event of the change.
    """

    def try_once():
        assert run_the_tutorials_curl(stack, device) == "200"
        settle(stack)
        return taken_effect()

    wait_until(try_once, "the change takes effect", within=10, every=0.1)
