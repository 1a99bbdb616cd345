# SPDX-License-Identifier: Apache-2.0
"""Full disks, really full: what docs/operations.md, "When a disk is full", says about each.

What holds for all: nothing is acknowledged that is not kept, nothing acknowledged is lost or stored
twice, no service ends, and everything goes on when there is room again; whether somebody has to
start a server by hand is asserted too.
"""

import contextlib
import signal
import socket
from functools import partial
from math import isnan

import psycopg2
import pytest

from fault.fleet import end_fleet, everything_is_there, make_fleet, progress, wait_for_progress
from support import ledger, monitoring
from support.bus import Bus
from support.device import HttpDevice, MqttDevice
from support.small_disk import SmallDisk, require_namespaces
from support.stack import ALL, running_cluster
from support.wait import wait_until

DEVICES = 2  # of each kind
RATE = 200  # attempts a second and device at most
SOME = 300  # acknowledged: it goes on
# A receiver gives a message up after so long; 20 s by default.
DEADLINE = {"publish_retry_after": "250ms", "publish_deadline": "1s"}
RECEIVERS = ("http-receiver", "mqtt-receiver")


@pytest.fixture(autouse=True)
def _may_mount():
    require_namespaces()


def watches(alert, metric):
    """Whether the alert that docs/operations.md names looks at the metric."""
    [rule] = [rule for rule in monitoring.alerts() if rule["alert"] == alert]
    return metric in rule["expr"]


def processes(stack):
    return {name: service.pid for name, service in stack.services.items() if service.running}


def settle(stack, fleet):
    """The devices have enough; then everything acknowledged is there, once."""
    end_fleet(fleet)
    for service in stack.services.values():
        service.wait_ready()
    wait_until(lambda: everything_is_there(stack, fleet), "every acknowledged sample is stored", 90)


# --- the disk of nats-server ---


@pytest.fixture(name="small_bus")
def _small_bus(make_stack):
    """A stack whose nats-server has little room."""
    stack = make_stack("registry", nats_disk="48m")
    # What was handed to epts and got lost with nats-server comes again after so long; 30 s.
    stack.start("epts", ack_wait="5s")
    for receiver in RECEIVERS:
        stack.start(receiver, **DEADLINE)
    return stack


def backlog(stack):
    return stack["epts"].metric("millrace_epts_backlog_messages")


def publishes(receiver, outcome):
    return receiver.metric("millrace_bus_publishes_total", outcome=outcome)


def answered_503(stack, identity):
    """The answer to an upload, which is 503."""
    with contextlib.closing(HttpDevice(stack["http-receiver"], identity)) as device:
        answer = device.send({"probe": 1})
    assert answer.status == 503, answer
    return answer


def check_refusals(stack, identity, outcome):
    """Devices are told to come again, and metrics tell of it."""
    answer = wait_until(lambda: answered_503(stack, identity), "devices get 503")
    assert int(answer.headers["Retry-After"]) > 0
    for receiver in RECEIVERS:
        wait_until(partial(publishes, stack[receiver], outcome), f"{receiver} counts {outcome}")
        assert stack[receiver].metric("millrace_intake_uploads_total", code="503") > 0


def jetstream_answers(nats):
    try:
        with Bus(nats, timeout=2) as bus:
            bus.request("$JS.API.INFO", b"", timeout=2)
    except socket.timeout:
        return False
    return True


@contextlib.contextmanager
def frozen(service):
    """Within it the process stands still: what is published stays in the stream."""
    service.freeze()
    try:
        yield
    finally:
        service.signal(signal.SIGCONT)


def test_nats_goes_on_by_itself_when_nothing_waited_in_the_stream(small_bus):
    stack = small_bus
    before = processes(stack)
    identity = stack.registry.create_device()
    fleet = make_fleet(stack, DEVICES, 100, RATE)
    settle(stack, fleet)
    wait_until(lambda: ledger.waiting_messages(stack) == 0, "the stream is empty")

    with stack.nats.disk.filled():
        more = make_fleet(stack, DEVICES, 1, RATE)
        check_refusals(stack, identity, "stream_full")
        assert watches("MillraceStreamFull", 'millrace_bus_publishes_total{outcome="stream_full"}')
        assert "no space left on device" in stack.nats.log_text()
    wait_for_progress(more, SOME)
    with frozen(stack["epts"]):
        # What is accepted now is in that file alone, and it has been written well.
        wait_for_progress(more, SOME)
        stack.nats.kill()
    stack.nats.start()
    settle(stack, [*fleet, *more])
    assert processes(stack) == before, "a service ended"


def test_nats_stands_still_when_messages_waited_in_the_stream(small_bus):
    stack, nats = small_bus, small_bus.nats
    before = processes(stack)
    identity = stack.registry.create_device()
    fleet = make_fleet(stack, DEVICES, 1, RATE)
    wait_for_progress(fleet, SOME)
    with frozen(stack["epts"]):
        wait_for_progress(fleet, SOME)
        with nats.disk.filled():
            check_refusals(stack, identity, "timed_out")
            assert watches("MillracePublishesFail", "refused|unavailable|timed_out")
    # There is room again, and nothing changes. It does not end when asked to, nor says a word of
    # it. A nats-server that does better: docs/operations.md has all this.
    before_that = progress(fleet)
    assert not jetstream_answers(nats)
    nats.ask_to_stop()
    wait_until(lambda: isnan(backlog(stack)), "epts says that it cannot tell")
    assert answered_503(stack, identity)
    assert progress(fleet) == before_that
    assert nats.running
    assert "no space left" not in nats.log_text()

    nats.kill()
    nats.start()
    wait_for_progress(fleet, SOME)
    settle(stack, fleet)
    assert processes(stack) == before, "a service ended"


# --- the disk of PostgreSQL ---


@pytest.fixture(name="small_cluster")
def _small_cluster():
    """A PostgreSQL with little room."""
    with running_cluster(disk="160m") as cluster:
        yield cluster


def store_retries(stack):
    return stack["epts"].metric("millrace_epts_store_retries_total")


def check_holding(stack, fleet):
    """epts tries again, not too often, and gives nothing up; devices notice nothing."""
    tried = store_retries(stack)
    # Where several writers wait for room, PostgreSQL adds 4 MiB to a table at once: it may have some.
    wait_until(lambda: store_retries(stack) >= tried + 3, "epts tries again", 180)
    wait_for_progress(fleet, SOME)
    # From 100 ms up to 5 s between two tries of a writer.
    assert store_retries(stack) - tried < 50
    assert stack["epts"].metric("millrace_epts_samples_total", outcome="rejected") == 0
    assert stack["epts"].metric("millrace_epts_terminated_total") == 0
    assert watches("MillraceStoringFails", "millrace_epts_store_retries_total")
    assert watches("MillraceStoringFails", "millrace_epts_batch_duration_seconds_count")


def begin_wal_segment(stack):
    """16 MiB of room for the log of writes, however full the disk."""
    stack.sql("SELECT pg_switch_wal()")
    stack.sql("SELECT txid_current()")


def wal_is_used_up(stack):
    """Whether PostgreSQL has ended because it could not begin another segment."""
    with contextlib.suppress(psycopg2.Error):
        begin_wal_segment(stack)
    return not stack.postgres.running


def check_all_is_stored(stack, fleet, before):
    settle(stack, fleet)
    assert processes(stack) == before, "a service ended"
    assert stack["epts"].metric("millrace_epts_samples_total", outcome="rejected") == 0
    assert stack["epts"].metric("millrace_epts_terminated_total") == 0


def test_a_full_disk_of_the_tables_delays_samples_only(make_stack, small_cluster):
    stack = make_stack(*ALL, cluster=small_cluster)
    before = processes(stack)
    fleet = make_fleet(stack, DEVICES, 1, RATE)
    wait_for_progress(fleet, SOME)

    begin_wal_segment(stack)
    with small_cluster.disk.filled():
        check_holding(stack, fleet)
        [cause, *_] = stack["epts"].logged("cannot store a batch, trying again")
        assert "No space left on device" in cause["cause"]
        assert small_cluster.running
    check_all_is_stored(stack, fleet, before)


def test_a_full_disk_of_the_wal_needs_postgres_started_again(make_stack, small_cluster):
    stack = make_stack(*ALL, cluster=small_cluster)
    before = processes(stack)
    fleet = make_fleet(stack, DEVICES, 1, RATE)
    wait_for_progress(fleet, SOME)

    with small_cluster.disk.filled():
        wait_until(lambda: wal_is_used_up(stack), "PostgreSQL gives up", every=0.2)
        assert 'PANIC:  could not write to file "pg_wal/' in small_cluster.log_text()
        check_holding(stack, fleet)
    small_cluster.start()
    check_all_is_stored(stack, fleet, before)


# --- the disk of the logs ---


@pytest.fixture(name="log_disk")
def _log_disk(tmp_path):
    disk = SmallDisk(tmp_path, "1m")
    yield disk
    disk.close()


def move_logs(stack, disk):
    for service in stack.services.values():
        service.stop()
        service.log_path = disk.folder / f"{service.name}.log"
        service.settings["log-level"] = "debug"
        service.start(wait=False)
    for service in stack.services.values():
        service.wait_ready()


def accepted_lines(stack):
    return sum(len(stack[receiver].logged("upload accepted")) for receiver in RECEIVERS)


def send_both_ways(stack, identity, numbers):
    with contextlib.closing(HttpDevice(stack["http-receiver"], identity)) as device:
        for number in numbers:
            assert device.send({"http": number}).status == 200
    with MqttDevice(stack["mqtt-receiver"], identity) as device:
        for number in numbers:
            device.send({"mqtt": number})


def stored(stack, identity):
    return sum(len(stack.query.values(identity, f"auto~{way}")) for way in ("http", "mqtt"))


def test_services_go_on_when_nothing_can_be_logged(log_disk, make_stack):
    stack = make_stack(*ALL)
    move_logs(stack, log_disk)
    identity = stack.registry.create_device()
    send_both_ways(stack, identity, [0])
    assert accepted_lines(stack) == 2

    numbers = range(1, 101)
    with log_disk.filled():
        send_both_ways(stack, identity, numbers)
        wait_until(lambda: stored(stack, identity) == 2 * 101, "all is stored")
        missed = accepted_lines(stack)
        assert missed < 2 + 2 * len(numbers), "the lines found room"
    # What was not written then is gone; what comes later is written.
    send_both_ways(stack, identity, [101, 102])
    assert accepted_lines(stack) > missed
