# SPDX-License-Identifier: Apache-2.0
"""`millrace explain`: why a point is not there always has an answer, in one step."""

import gzip
import json

import pytest

from support.cli import Cli
from support.device import HttpDevice, MqttDevice
from support.ledger import settle
from support.wait import wait_until


@pytest.fixture(scope="module")
def explain(shared_stack):
    return Explain(shared_stack)


class Explain:
    def __init__(self, stack):
        self.cli = Cli(stack)

    def answer(self, *arguments):
        done = self.cli.run("explain", "--format", "json", *arguments)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def fates(self, *arguments):
        """[(fate, reason, samples)], newest first."""
        return [
            (sample["fate"].removeprefix("FATE_"), sample["reason"], int(sample["sampleCount"]))
            for sample in self.answer(*arguments)["samples"]
        ]

    def wait_for(self, identity, *fates):
        wait_until(
            lambda: self.fates(identity.endpoint_id) == list(fates),
            f"the fates of {identity.endpoint_id} are {fates}",
        )


def test_stored_samples_are_shown_with_their_points(shared_stack, explain):
    identity = shared_stack.registry.create_device()
    device = HttpDevice(shared_stack["http-receiver"], identity)
    assert device.send([{"t": 23.5, "h": 40}]).status == 200
    settle(shared_stack)
    (sample,) = explain.answer(identity.endpoint_id)["samples"]
    assert sample["fate"] == "FATE_STORED"
    points = {
        point["timeSeriesName"]: point["values"][0]["number"] for point in sample["dataPoints"]
    }
    assert points == {"auto~t": 23.5, "auto~h": 40}
    text = explain.cli("explain", identity.endpoint_id)
    assert "auto~t=23.5" in text and "stored" in text


def test_what_receivers_refused_is_told_by_reason(shared_stack, explain):
    identity = shared_stack.registry.create_device()
    device = HttpDevice(shared_stack["http-receiver"], identity)
    for _ in range(3):
        assert device.post("{no json").status == 400
    assert device.post(b"x" * 20, headers={"Content-Encoding": "br"}).status == 415
    assert device.post(b"\x1f\x8bno gzip", headers={"Content-Encoding": "gzip"}).status == 400
    bomb = gzip.compress(b"[" + b" " * (2 << 20) + b"]")
    assert device.post(bomb, headers={"Content-Encoding": "gzip"}).status == 413
    explain.wait_for(
        identity,
        ("REFUSED", "413", 1),
        ("REFUSED", "400", 1),
        ("REFUSED", "415", 1),
        ("REFUSED", "400", 3),
    )


def test_a_body_that_was_never_read_is_told(shared_stack, explain):
    identity = shared_stack.registry.create_device()
    device = HttpDevice(shared_stack["http-receiver"], identity)
    assert device.post(b"[" + b" " * (2 << 20) + b"]").status == 413
    explain.wait_for(identity, ("REFUSED", "413", 1))


def test_mqtt_refusals_are_told(shared_stack, explain):
    identity = shared_stack.registry.create_device()
    with MqttDevice(shared_stack["mqtt-receiver"], identity) as device:
        device.connect()
        device.publish("{no json")
        explain.wait_for(identity, ("REFUSED", "400", 1))
        device.publish("[" + " " * (2 << 20) + "]")
        explain.wait_for(identity, ("REFUSED", "413", 1), ("REFUSED", "400", 1))


def test_a_suspended_token_is_told(shared_stack, explain):
    identity = shared_stack.registry.create_device()
    device = HttpDevice(shared_stack["http-receiver"], identity)
    shared_stack.registry.set_token_state(identity, "SUSPENDED")
    wait_until(lambda: device.send([{"a": 1}]).status == 403, "the token is suspended")
    (sample,) = explain.answer(identity.endpoint_id)["samples"]
    assert sample["reason"] == "403" and "suspended" in sample["detail"]


def test_a_device_that_nobody_knows_is_told_by_its_version(shared_stack, explain):
    identity = shared_stack.registry.create_device()
    device = HttpDevice(shared_stack["http-receiver"])
    path = f"/kp1/{identity.app_version}/dcx/not-a-token/json"
    assert device.post("[1]", path=path).status == 404
    fates = wait_until(
        lambda: explain.fates("--app-version", identity.app_version), "the refusal is known"
    )
    assert fates == [("REFUSED", "404", 1)]


def test_rejected_merged_and_empty_samples_are_told(shared_stack, explain):
    identity = shared_stack.registry.create_device()
    device = HttpDevice(shared_stack["http-receiver"], identity)
    assert device.post('[{"a": 1e999}]').status == 200
    assert device.send([{"a": "text"}, "text"]).status == 200
    settle(shared_stack)
    explain.wait_for(identity, ("EMPTY", "", 2), ("REJECTED", "number_out_of_range", 1))


def test_rules_that_take_nothing_are_named(shared_stack, explain):
    identity = shared_stack.registry.create_device(auto_extract=False)
    device = HttpDevice(shared_stack["http-receiver"], identity)
    assert device.send([{"a": 1}]).status == 200
    settle(shared_stack)
    answer = wait_until(
        lambda: (found := explain.answer(identity.endpoint_id))["samples"] and found,
        "the empty sample is known",
    )
    (sample,) = answer["samples"]
    assert sample["fate"] == "FATE_EMPTY"
    assert "auto-extraction is off and no series is configured" in sample["detail"]


def test_an_endpoint_without_any_sample_is_explained_too(shared_stack, explain):
    identity = shared_stack.registry.create_device()
    answer = explain.answer(identity.endpoint_id)
    assert answer["samples"] == []
    assert "is the device sending to this server" in answer["gaps"][0]


def test_what_waits_in_the_stream_is_in_flight(stack):
    explain = Explain(stack)
    identity = stack.registry.create_device()
    device = HttpDevice(stack["http-receiver"], identity)
    stack["epts"].kill()
    assert device.send([{"a": 1}, {"a": 2}]).status == 200
    assert explain.fates(identity.endpoint_id) == [("IN_FLIGHT", "", 2)]
    stack["epts"].start()
    explain.wait_for(identity, ("STORED", "", 1), ("STORED", "", 1))


def test_parts_that_are_away_are_gaps(stack):
    explain = Explain(stack)
    identity = stack.registry.create_device()
    for receiver in ("http-receiver", "mqtt-receiver"):
        stack[receiver].kill()
    gaps = explain.answer(identity.endpoint_id)["gaps"]
    assert "no receiver answered: what they refused is not known" in gaps
    stack["registry"].kill()
    message = explain.cli.fails("explain", identity.endpoint_id)
    assert "cannot find the application of endpoint" in message and "--app" in message
    assert explain.answer(identity.endpoint_id, "--app", identity.application)["gaps"]


def test_wrong_usage_is_told(shared_stack, explain):
    identity = shared_stack.registry.create_device()
    assert "give an endpoint" in explain.cli.fails("explain", status=2)
    assert "there is no application" in explain.cli.fails(
        "explain", identity.endpoint_id, "--app", "nowhere"
    )
