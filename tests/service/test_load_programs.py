# SPDX-License-Identifier: Apache-2.0
"""The programs of tests/load against real receivers: small loads, and reports that say what was sent. Nothing is timed."""

import json
import subprocess

import pytest

from load.programs import topics_file
from support.certificates import Certificate
from support.paths import BIN
from support.ports import free_port
from support.wait import wait_until


@pytest.fixture(scope="module")
def receivers(shared_stack):
    """Devices' stack; epts takes what is uploaded."""
    return shared_stack


def run(name, *words, status=0):
    """The report of a program, or with a status of failure what it says."""
    done = subprocess.run(
        [str(BIN / name), *map(str, words)], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == status, (done.returncode, done.stderr)
    return [json.loads(line) for line in done.stdout.splitlines()] if status == 0 else done.stderr


def mqtt(stack, *words, **expected):
    receiver = stack["mqtt-receiver"]
    return run("mqtt_load", "--port", receiver.port, "--topics-file", topics_file(stack), *words, **expected)


def accepted(receiver):
    return receiver.metric("millrace_intake_uploads_total", code="200")


@pytest.mark.parametrize("version", [4, 5])
@pytest.mark.parametrize("qos", [0, 1, 2])
def test_every_upload_that_mqtt_load_reports_is_in_the_stream(receivers, qos, version):
    receiver = receivers["mqtt-receiver"]
    before = accepted(receiver)
    words = ("--mqtt", version, "--qos", qos, "--connections", 7, "--window", 9, "--uploads", 500, "--payload-bytes", 256)
    (report,) = mqtt(receivers, *words, "--pid", receiver.pid)
    assert report["uploads"] == report["started"] == report["measured"] == 500
    assert report["refused"] == report["lost"] == report["unanswered"] == report["reconnects"] == 0
    assert 0 < report["p50_ms"] <= report["p99_ms"] <= report["p999_ms"] <= report["max_ms"]
    assert report["payload_bytes"] == 256 and report["qos"] == qos and report["mqtt"] == version
    assert len(report["cpu_us_per_upload"]) == 2, "the receiver and the load itself"
    wait_until(lambda: accepted(receiver) == before + 500, "all are in the stream")


def test_with_topic_aliases_uploads_are_shorter_and_arrive(receivers):
    receiver = receivers["mqtt-receiver"]
    taken = []
    for words in ((), ("--topic-alias",)):
        before = receiver.metric("millrace_mqtt_received_bytes_total"), accepted(receiver)
        mqtt(receivers, "--mqtt", 5, "--connections", 1, "--uploads", 200, *words)
        wait_until(lambda known=before[1]: accepted(receiver) == known + 200, "all are in the stream")
        taken.append(receiver.metric("millrace_mqtt_received_bytes_total") - before[0])
    assert taken[1] < taken[0] - 200 * 20, "a topic is longer than that, and each upload but the first leaves it out"


def test_a_rate_is_kept_and_the_warm_up_is_left_out(receivers):
    words = ("--rate", 200, "--connections", 5, "--warm-up", 0.5, "--seconds", 1)
    (report,) = mqtt(receivers, *words)
    assert report["uploads"] == 300, "as many as were due, however busy the machine is"
    assert report["measured"] <= 200


def test_each_acknowledged_upload_has_a_number_of_its_own(receivers, tmp_path):
    file = tmp_path / "acknowledged"
    (report,) = mqtt(receivers, "--uploads", 300, "--payload-bytes", 100, "--acknowledged-file", file)
    numbers = file.read_text(encoding="ascii").split()
    assert report["uploads"] == 300
    assert sorted(map(int, numbers)) == list(range(1, 301))


def test_a_refused_upload_ends_the_load_or_is_counted(receivers):
    assert "an upload is refused" in mqtt(receivers, "--payload", "{", "--uploads", 10, status=1)
    words = ("--payload", "{", "--uploads", 10, "--connections", 1, "--tolerate-refusals")
    for version in (4, 5):
        (report,) = mqtt(receivers, *words, "--mqtt", version)
        assert report["uploads"] == 10
        assert report["refused"] == 10


def test_what_does_not_fit_together_is_said(receivers):
    assert "--uploads or --seconds" in mqtt(receivers, status=2)
    assert "warm-up and measuring alone take 70" in mqtt(receivers, "--seconds", 70, status=2)
    words = ("--uploads", 1, "--payload-bytes", 60_000_000, "--window", 50)
    assert "lower one" in mqtt(receivers, *words, status=2)
    words = ("--uploads", 1, "--acknowledged-file", "x")
    assert "needs --payload-bytes" in mqtt(receivers, *words, status=2)


def test_http_load_uploads_over_connections_that_are_kept(receivers):
    receiver = receivers["http-receiver"]
    path = topics_file(receivers).read_text(encoding="utf-8").splitlines()[0]
    before = accepted(receiver)
    words = ("--port", receiver.port, "--path", f"/{path}", "--connections", 3, "--payload-bytes", 100)
    (report,) = run("http_load", *words, "--uploads", 200)
    assert report["uploads"] == 200
    assert report["refused"] == report["lost"] == report["reconnects"] == 0
    assert accepted(receiver) == before + 200
    assert "refused with 404" in run("http_load", *words[:2], "--path", "/x", "--uploads", 3, status=1)


def test_tls_carries_uploads_and_idle_connections(make_stack):
    stack = make_stack("registry")
    certificate = Certificate(stack.folder, "mqtt")
    address = f"127.0.0.1:{free_port()}"
    stack.start("mqtt-receiver", mqtts_listen=address, **certificate.settings)
    words = ("--port", address.rpartition(":")[2], "--tls")
    sent = ("--topics-file", topics_file(stack), "--connections", 3, "--uploads", 100, "--qos", 2)
    (report,) = run("mqtt_load", *words, *sent)
    assert report["uploads"] == 100
    _, report = run("mqtt_idle", *words, "--connections", 20, "--keep-alive", 1, "--seconds", 2)
    assert report["connected"] == 20
    assert report["cut"] == 0 < report["answered"]


def test_idle_devices_are_held_by_their_keep_alive(receivers):
    port = receivers["mqtt-receiver"].port
    words = ("--port", port, "--connections", 50, "--keep-alive", 1, "--seconds", 3, "--from", "127.0.0.2")
    connected, report = run("mqtt_idle", *words)
    assert connected["connected"] == report["connected"] == 50
    assert report["cut"] == report["failed"] == 0
    assert 50 <= report["answered"] <= report["pings"]


def test_a_storm_of_connections_leaves_none_behind(receivers):
    receiver = receivers["mqtt-receiver"]
    (report,) = run("connection_storm", "--port", receiver.port, "--at-once", 5, "--seconds", 0.5)
    assert report["accepted"] > 0
    assert report["refused"] == 0
    wait_until(lambda: receiver.metric("millrace_mqtt_connections") == 0, "all are gone")


def test_ceilings_run_alone():
    (report,) = run("echo_ceiling", "--seconds", 0.3, "--warm-up", 0.1, "--connections", 3, "--window", 5)
    assert report["messages"] > 0
    with subprocess.Popen([str(BIN / "cpprest_ceiling")], stdout=subprocess.PIPE, text=True) as server:
        port = json.loads(server.stdout.readline())["port"]
        (report,) = run("http_load", "--port", port, "--path", "/x", "--uploads", 100)
        server.terminate()
        assert server.wait(30) == 0
    assert report["uploads"] == 100
