# SPDX-License-Identifier: Apache-2.0
"""The load programs of the build, and how far the stack is with what they sent."""

import contextlib
import json
import subprocess
import sys

from support.bus import Bus
from support.paths import BIN
from support.wait import wait_until


def program(name, *arguments):
    """Runs a load program of the build; the figures it prints, a dict a line."""
    done = subprocess.run(
        [str(BIN / name), *map(str, arguments)], capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        sys.exit(f"{name} ended with {done.returncode}: {done.stderr}")
    return [json.loads(line) for line in done.stdout.splitlines()]


@contextlib.contextmanager
def running(name, *arguments):
    """The program beside what the block does; asked to end after it (SIGTERM).

    Gives the process; next_line() reads what it prints.
    """
    process = subprocess.Popen(
        [str(BIN / name), *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.terminate()
        process.communicate()


def next_line(process):
    """The next figures of a program that is running."""
    line = process.stdout.readline()
    if not line:
        sys.exit(f"{process.args[0]} ended: {process.stderr.read()}")
    return json.loads(line)


def topics_file(stack, devices=10):
    """What mqtt_load sends to: devices that are known, a topic a line."""
    path = stack.folder / f"topics-{devices}"
    if not path.exists():
        topics = (stack.registry.create_device().path for _ in range(devices))
        path.write_text("".join(f"{topic}\n" for topic in topics), encoding="utf-8")
    return path


def frames(stack, application):
    return stack.sql(
        "SELECT count(*) FROM time_series.frame JOIN time_series.endpoint USING (endpoint_key)"
        " JOIN time_series.application USING (application_key) WHERE name = %s",
        (application,),
    )[0][0]


def stream_state(stack):
    with Bus(stack.nats) as bus:
        return bus.jetstream("STREAM.INFO.DATA_SAMPLES")["state"]


def drained(stack, within=300):
    wait_until(
        lambda: stream_state(stack)["messages"] == 0,
        "epts has drained the stream",
        within,
        every=0.01,
    )


def bytes_of_frames(stack):
    """With their indexes."""
    return stack.sql(
        "SELECT coalesce(sum(pg_total_relation_size(inhrelid)), 0) FROM pg_inherits"
        " WHERE inhparent = 'time_series.frame'::regclass"
    )[0][0]


def empty_stream(stack):
    """Of what nobody takes out of it."""
    with Bus(stack.nats) as bus:
        bus.jetstream("STREAM.PURGE.DATA_SAMPLES")


def new_database(stack):
    """Tables begin empty in each run, as the ceilings' do."""
    stack.sql("TRUNCATE time_series.frame")
