# SPDX-License-Identifier: Apache-2.0
"""deploy/backup and deploy/restore: what was acknowledged before a backup survives the loss of all."""

import json
import shutil
import subprocess
import threading
import time

from support.bus import Bus
from support.child import clean_environment
from support.device import HttpDevice
from support.paths import ROOT
from support.protos import data_samples_pb2
from support.wait import wait_until

SUBJECT = "kaa.v1.events.test.endpoint.data-collection.data-samples-received.0"
INSTANT_US = 1_790_000_000_000_000
BATCH = 20
SAMPLES = 6000


def run(stack, command, *arguments, **variables):
    return subprocess.run(
        [ROOT / "deploy" / command, *(str(word) for word in arguments)],
        env={
            **clean_environment(),
            "MILLRACE_DATABASE_URL": stack.database_url(),
            "MILLRACE_NATS_URL": stack.nats.url,
            **variables,
        },
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )


def must(stack, command, *arguments):
    done = run(stack, command, *arguments)
    assert done.returncode == 0, done.stderr
    return done.stderr


class Sender:
    """A device on a thread of its own: distinct values, and which of them were acknowledged."""

    def __init__(self, stack):
        self.identity = stack.registry.create_device()
        self.acknowledged = []
        self._device = HttpDevice(stack["http-receiver"], self.identity)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self):
        for first in range(0, 1_000_000, BATCH):
            if self._stop.is_set():
                return
            values = list(range(first, first + BATCH))
            if self._device.send([{"n": value} for value in values]).status == 200:
                self.acknowledged += values

    def stop(self):
        self._stop.set()
        self._thread.join()
        self._device.close()


def put(stack, identity, value):
    """A sample received at INSTANT_US, as a receiver would publish it; its position."""
    event = data_samples_pb2.DataSamplesEvent(
        correlation_id=f"at-one-instant-{value}",
        receipt_time_us=INSTANT_US,
        application_name=identity.application,
        app_version_name=identity.app_version,
        endpoint_id=identity.endpoint_id,
        data_samples=json.dumps([{"level": value}]).encode(),
        sample_count=1,
    )
    batch = data_samples_pb2.DataSamplesBatch(events=[event]).SerializeToString()
    with Bus(stack.nats) as bus:
        answer = json.loads(bus.request(SUBJECT, batch))
    assert "error" not in answer, answer
    return answer["seq"]


def state(stack):
    with Bus(stack.nats) as bus:
        return bus.jetstream("STREAM.INFO.DATA_SAMPLES")["state"]


def wait_for_level(stack, identity, value):
    wait_until(
        lambda: stack.query.points(identity, "auto~level")["auto~level"] == [(INSTANT_US, value)],
        f"{value} is the one value of its instant",
    )


def stop_services(stack):
    for service in stack.services.values():
        assert service.stop() == 0, service.log_tail(20)


def start_services(stack):
    for service in stack.services.values():
        service.start(wait=False)
    for service in stack.services.values():
        service.wait_ready()


def lose_stream(stack):
    stack.nats.kill()
    store = stack.folder / "nats"
    assert (store / "jetstream").is_dir()
    shutil.rmtree(store)
    store.mkdir()
    stack.nats.start()


def lose_everything(stack):
    stop_services(stack)
    stack.postgres.drop_database(stack.database)
    lose_stream(stack)


def test_what_was_acknowledged_before_a_backup_under_load_survives_the_loss_of_all(stack, tmp_path):
    level = stack.registry.create_device()
    senders = [Sender(stack) for _ in range(3)]
    try:
        wait_until(
            lambda: sum(len(sender.acknowledged) for sender in senders) >= SAMPLES,
            f"{SAMPLES} samples are acknowledged",
        )
        before = put(stack, level, 1)
        promised = [list(sender.acknowledged) for sender in senders]
        said = must(stack, "backup", tmp_path / "backup")
    finally:
        for sender in senders:
            sender.stop()
    assert before > 100
    assert "it has every sample that was acknowledged before" in said
    assert sum(len(sender.acknowledged) for sender in senders) > sum(map(len, promised))

    lose_everything(stack)
    said += must(stack, "restore", tmp_path / "backup")
    print(f"{sum(map(len, promised))} samples promised", said, sep="\n")
    assert state(stack)["last_seq"] >= before
    start_services(stack)

    for sender, values in zip(senders, promised):
        found = stack.query.values(sender.identity, "auto~n")
        assert len(found) == len(set(found)), "a sample is there twice"
        assert set(values) <= set(found) <= set(sender.acknowledged)
    wait_for_level(stack, level, 1)
    session = stack.postgres.connect(stack.database, "query")
    with session, session.cursor() as cursor:  # the view is back, with its right
        cursor.execute("SELECT number FROM time_series.data_point WHERE series = 'auto~level'")
        assert cursor.fetchall() == [(1,)]
    session.close()
    # As if nothing had happened: the token, and a later sample wins over the one of its instant.
    assert put(stack, level, 2) > before
    wait_for_level(stack, level, 2)
    device = HttpDevice(stack["http-receiver"], senders[0].identity)
    assert device.send([{"n": -1}]).status == 200
    wait_until(
        lambda: stack.query.values(senders[0].identity, "auto~n")[-1] == -1, "it is readable"
    )


def test_a_backup_waits_for_epts_and_says_what_it_waits_for(make_stack, tmp_path):
    stack = make_stack("registry", "http-receiver", "epts", "query")
    device = stack.registry.create_device()
    stack["epts"].stop()
    put(stack, device, 1)
    done = run(stack, "backup", "--max-wait", 1, tmp_path / "backup")
    assert done.returncode == 1
    assert "the stream still holds 1 messages" in done.stderr
    assert not list(tmp_path.iterdir())
    assert "what waits in the stream is not in it" in must(
        stack, "backup", "--database-only", tmp_path / "without"
    )

    waiting = []
    backup = threading.Thread(target=lambda: waiting.append(run(stack, "backup", tmp_path / "b")))
    backup.start()
    time.sleep(1)
    stack["epts"].start()
    backup.join()
    assert waiting[0].returncode == 0, waiting[0].stderr
    assert state(stack)["messages"] == 0


def test_a_restore_refuses_what_would_lose_something(make_stack, tmp_path):
    stack = make_stack("registry", "epts", "query")
    device = stack.registry.create_device()
    put(stack, device, 1)
    wait_for_level(stack, device, 1)
    must(stack, "backup", tmp_path / "backup")

    done = run(stack, "restore", tmp_path / "backup")
    assert done.returncode == 1 and "(epts, query, registry): stop them first" in done.stderr
    stop_services(stack)
    done = run(stack, "restore", tmp_path / "backup")
    assert done.returncode == 1 and "--replace drops what is there" in done.stderr
    shutil.copytree(tmp_path / "backup", tmp_path / "damaged")
    with open(tmp_path / "damaged/database.dump", "r+b") as dump:
        dump.write(b"X")
    done = run(stack, "restore", "--replace", tmp_path / "damaged")
    assert done.returncode == 1 and "is damaged" in done.stderr
    must(stack, "restore", "--replace", "--jobs", 2, tmp_path / "backup")
    start_services(stack)
    wait_for_level(stack, device, 1)


def test_a_stream_made_anew_is_put_above_the_rows_and_loses_nothing(make_stack):
    stack = make_stack("registry", "epts", "query")
    device, other = stack.registry.create_device(), stack.registry.create_device()
    for value in range(10):
        before = put(stack, device, value)
    wait_for_level(stack, device, 9)
    lose_stream(stack)
    stack["epts"].restart()
    stop_services(stack)

    # Accepted by the new stream: a purge would drop it.
    assert put(stack, other, 5) < before
    done = run(stack, "restore", "--stream-only")
    assert done.returncode == 1 and "holds 1 messages" in done.stderr
    assert state(stack)["messages"] == 1
    start_services(stack)
    wait_for_level(stack, other, 5)
    stop_services(stack)

    assert "above every row" in must(stack, "restore", "--stream-only")
    assert state(stack)["last_seq"] >= before
    assert "above every row" in must(stack, "restore", "--stream-only")  # nothing to do
    start_services(stack)
    assert put(stack, device, 10) > before
    wait_for_level(stack, device, 10)


def test_wrong_usage_is_explained(make_stack, tmp_path):
    stack = make_stack()
    for command in ("backup", "restore"):
        assert "Usage: " in run(stack, command, "--help").stdout
        for arguments, variables, words in (
            ([], {}, "a folder is missing"),
            (["--no"], {}, "unknown option '--no'"),
            ([tmp_path / "b"], {"MILLRACE_NATS_URL": ""}, "which nats-server?"),
            ([tmp_path / "b"], {"MILLRACE_DATABASE_URL": ""}, "which database?"),
            ([tmp_path / "b"], {"MILLRACE_DATABASE_URL": "postgresql://h"}, "is not postgresql://"),
        ):
            done = run(stack, command, *arguments, **variables)
            assert done.returncode == 2 and words in done.stderr, done.stderr
    done = run(stack, "backup", tmp_path / "b")
    assert done.returncode == 1 and "have the services run?" in done.stderr
    done = run(stack, "restore", tmp_path / "b")
    assert done.returncode == 1 and "is no backup" in done.stderr
    done = run(stack, "restore", "--stream-only", MILLRACE_NATS_URL="nats://x@127.0.0.1:1")
    assert done.returncode == 1 and "cannot reach nats-server at nats://***@" in done.stderr
