# SPDX-License-Identifier: Apache-2.0
"""`millrace doctor`: parts of a real deployment are ended, and it must say so in words."""

import json
import signal

import pytest

from support.bus import Bus
from support.cli import Cli
from support.device import HttpDevice
from support.ledger import settle
from support.protos import status_pb2
from support.stack import ALL, running_cluster
from support.wait import wait_until

STATUS_REQUEST = "kaa.v1.service.all.status-request"


class Doctor:
    def __init__(self, stack):
        self.cli = Cli(stack)

    def look(self, *arguments):
        """(exit status, the answer as a dictionary)."""
        done = self.cli.run("doctor", "--format", "json", *arguments)
        return done.returncode, json.loads(done.stdout)

    def findings(self, *arguments):
        """What is wrong, gravest first; the exit status must agree."""
        status, answer = self.look(*arguments)
        findings = [finding["what"] for finding in answer["findings"]]
        assert status == (1 if findings else 0), (status, findings)
        assert all(finding["action"] for finding in answer["findings"])
        return findings

    def wait_for(self, sentence):
        """Until one of the findings has it; that finding."""
        return wait_until(
            lambda: next((one for one in self.findings() if sentence in one), None),
            f"doctor says '{sentence}'",
        )

    def wait_healthy(self):
        def nothing_wrong():
            findings = self.findings()
            assert findings == []
            return True

        wait_until(nothing_wrong, "doctor finds nothing")


@pytest.fixture
def doctor(stack):
    one = Doctor(stack)
    one.wait_healthy()
    return one


def test_a_healthy_deployment_has_a_balanced_ledger_and_no_findings(stack, doctor):
    device = HttpDevice(stack["http-receiver"], stack.registry.create_device())
    for value in range(5):
        assert device.send([{"a": value}, {"a": "text"}]).status == 200
    settle(stack)
    _, answer = doctor.look()
    ledger = answer["ledger"]
    assert ledger["messagesReceived"] == ledger["messagesEnded"] == "5"
    assert (ledger["samplesStored"], ledger["samplesEmpty"]) == ("5", "5")
    assert ledger["difference"] == "0"
    parts = {part["part"]: part for part in answer["parts"]}
    assert set(parts) == {"nats-server", "postgresql", *ALL}
    assert all(part["healthy"] for part in parts.values())
    text = doctor.cli("doctor")
    assert "5 messages received = 5 ended + 0 in flight" in text
    assert text.endswith("Nothing is wrong.\n")


def test_the_ledger_survives_restarts(stack, doctor):
    device = HttpDevice(stack["http-receiver"], stack.registry.create_device())
    assert device.send([{"a": 1}]).status == 200
    settle(stack)
    stack["epts"].kill()
    assert device.send([{"a": 2}]).status == 200
    stack["epts"].start()
    doctor.wait_healthy()
    wait_until(
        lambda: doctor.look()[1]["ledger"]["samplesStored"] == "2", "both samples are in the ledger"
    )
    assert doctor.findings() == []


def test_epts_away_is_told_with_what_waits(stack, doctor):
    stack["epts"].kill()
    device = HttpDevice(stack["http-receiver"], stack.registry.create_device())
    for value in range(3):
        assert device.send([{"a": value}]).status == 200
    assert doctor.findings()[0].startswith(
        "epts does not answer: nothing is stored; 3 messages wait, the oldest since "
    )
    assert not any(one.startswith("epts") for one in doctor.findings("--without", "epts"))
    stack["epts"].start()
    doctor.wait_healthy()


def test_receivers_and_registry_away_are_told(stack, doctor):
    stack["mqtt-receiver"].stop()
    assert doctor.findings() == ["mqtt-receiver does not answer: nothing is taken over MQTT"]
    assert doctor.findings("--without", "mqtt-receiver") == []
    stack["registry"].kill()
    findings = doctor.findings("--without", "mqtt-receiver")
    assert any(one.startswith("registry does not answer: ") for one in findings)
    assert any(one.startswith("the registry cannot be asked: ") for one in findings)


def test_query_away_is_told_by_the_command_itself(stack, doctor):
    stack["query"].kill()
    (finding,) = doctor.findings()
    assert finding.startswith("query cannot be asked: ")


def test_nats_away_is_told(stack, doctor):
    stack.nats.kill()
    doctor.wait_for("nats-server cannot be asked: not connected to NATS")
    stack.nats.start()
    doctor.wait_healthy()


def test_postgresql_away_is_told_and_epts_says_what_it_waits_for(make_stack):
    with running_cluster() as cluster:
        stack = make_stack(*ALL, cluster=cluster)
        doctor = Doctor(stack)
        doctor.wait_healthy()
        cluster.kill()
        doctor.wait_for("PostgreSQL cannot be read: ")
        doctor.wait_for("epts is not ready: postgres: ")
        cluster.start()
        doctor.wait_healthy()


def test_postgresql_that_refuses_writes_is_told_by_epts(make_stack):
    with running_cluster() as cluster:
        stack = make_stack(*ALL, cluster=cluster)
        doctor = Doctor(stack)
        device = HttpDevice(stack["http-receiver"], stack.registry.create_device())
        assert device.send([{"a": 1}]).status == 200
        settle(stack)
        for role in ("epts", "registry"):
            stack.sql(f"ALTER ROLE {role} SET default_transaction_read_only = on")
        stack.sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE usename IN ('epts', 'registry')"
        )
        assert device.send([{"a": 2}]).status == 200
        doctor.wait_for("epts is not ready: storing: ")
        assert "read-only" in doctor.wait_for("storing: ")
        for role in ("epts", "registry"):
            stack.sql(f"ALTER ROLE {role} RESET default_transaction_read_only")
        stack.sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE usename IN ('epts', 'registry')"
        )
        doctor.wait_healthy()


def test_a_full_stream_is_told(make_stack):
    stack = make_stack("registry", "epts", "query")
    stack["epts"].stop()
    for kind in ("http-receiver", "mqtt-receiver"):
        stack.start(kind, stream_max_size="1MiB")
    device = HttpDevice(stack["http-receiver"], stack.registry.create_device())
    upload = [{"a": "x" * 60_000}]
    wait_until(lambda: device.send(upload).status == 503, "the stream is full", every=0)
    doctor = Doctor(stack)
    findings = doctor.findings("--without", "epts")
    assert any(one.startswith("the stream is ") and " % full (" in one for one in findings)


def test_messages_that_left_without_an_end_are_a_difference(stack, doctor):
    stack["epts"].kill()
    device = HttpDevice(stack["http-receiver"], stack.registry.create_device())
    for value in range(4):
        assert device.send([{"a": value}]).status == 200
    with Bus(stack.nats) as bus:
        bus.jetstream("STREAM.PURGE.DATA_SAMPLES")
    stack["epts"].start()
    doctor.wait_for("4 messages left the stream without coming to an end")
    wait_until(
        lambda: stack["epts"].metric("millrace_epts_ledger_difference_messages") == 4,
        "epts measures the difference",
    )


def test_a_stream_made_anew_begins_a_new_ledger(stack, doctor):
    device = HttpDevice(stack["http-receiver"], stack.registry.create_device())
    assert device.send([{"a": 1}]).status == 200
    settle(stack)
    for service in ("epts", "http-receiver", "mqtt-receiver"):
        stack[service].stop()
    with Bus(stack.nats) as bus:
        bus.jetstream("STREAM.DELETE.DATA_SAMPLES")
    for service in ("epts", "http-receiver", "mqtt-receiver"):
        stack[service].start()
    device = HttpDevice(stack["http-receiver"], stack.registry.create_device())
    for value in range(2):
        assert device.send([{"a": value}]).status == 200
    doctor.wait_healthy()
    wait_until(
        lambda: doctor.look()[1]["ledger"]["messagesEnded"] == "2", "the new ledger has both"
    )


def test_rejected_samples_of_the_last_hour_are_told_with_whose_they_are(stack, doctor):
    identity = stack.registry.create_device()
    device = HttpDevice(stack["http-receiver"], identity)
    for _ in range(3):
        assert device.post('[{"a": 1e999}]').status == 200
    doctor.wait_for(
        f"rejected samples in the last hour: 3 of endpoint {identity.endpoint_id}"
        f" ({identity.application}): number_out_of_range"
    )


def test_terminated_messages_are_told(stack, doctor):
    with Bus(stack.nats) as bus:
        bus.request(
            "kaa.v1.events.test.endpoint.data-collection.data-samples-received.0", b"no protobuf"
        )
    doctor.wait_for("1 message was terminated since epts started")
    assert doctor.look()[1]["ledger"]["messagesTerminated"] == "1"


def test_every_process_answers_for_itself(stack):
    stack.start("epts", name="epts-2")
    with Bus(stack.nats) as bus:
        bus.subscribe("answers")
        bus.publish(STATUS_REQUEST, status_pb2.StatusRequest().SerializeToString(), "answers")
        answers = [
            status_pb2.ServiceStatus.FromString(bus.next_message()[2]) for _ in range(len(ALL) + 1)
        ]
    assert sorted(answer.instance_name for answer in answers) == sorted([*ALL, "epts-2"])
    assert len({answer.instance_id for answer in answers}) == len(answers)
    assert len({answer.version for answer in answers}) == 1
    for answer in answers:
        assert answer.conditions and all(condition.met for condition in answer.conditions)


def test_a_process_that_hangs_does_not_hold_up_the_others(stack, doctor):
    stack["epts"].freeze()
    try:
        assert doctor.findings()[0].startswith("epts does not answer: ")
    finally:
        stack["epts"].signal(signal.SIGCONT)
