# SPDX-License-Identifier: Apache-2.0
"""Measurements of epts: it drains a stream that was filled while it was down.

Every drain checks that each sample is a row. A drain is timed from the start of the process, or of
the last of several, until the stream is empty.
"""

import time

from load.programs import bytes_of_frames, drained, frames, new_database, program

SAMPLES = 500_000
STEPS = ("decode", "extract", "store", "finish")
FIELDS = (1, 8, 32)
# Points, not samples, are what a figure of many fields should have enough of.
SAMPLES_OF_MANY_FIELDS = 200_000
HUNDRED_MILLION = 100_000_000


def samples_of(fields):
    return SAMPLES if fields <= 8 else SAMPLES_OF_MANY_FIELDS


def start_us(seconds_ago=60):
    return time.time_ns() // 1000 - seconds_ago * 1_000_000


class Drain:
    """One application of the stack, filled and drained by `replicas` processes of epts."""

    def __init__(self, stack, replicas=1):
        self.stack = stack
        self.replicas = ["epts", *(f"epts-{number}" for number in range(2, replicas + 1))]
        self.identity = stack.registry.create_device()
        self.cpu_seconds = 0.0
        self.step_seconds = {}
        for name in self.replicas:
            if name not in stack.services:
                stack.start("epts", name=name)

    def fill(self, samples, fields=8, **options):
        for name in self.replicas:
            if self.stack[name].running:
                self.stack[name].kill()
        arguments = (
            *("--nats-url", self.stack.nats.url, "--application", self.identity.application),
            *("--app-version", self.identity.app_version),
            *("--samples", samples, "--fields", fields),
        )
        more = (word for key, value in options.items() for word in (flag(key), value))
        program("fill_stream", *arguments, *more)

    def run(self, samples):
        """Seconds to drain what was filled."""
        for name in self.replicas:
            self.stack[name].start(wait=False)
        begin = time.monotonic()
        drained(self.stack)
        seconds = time.monotonic() - begin
        services = [self.stack[name] for name in self.replicas]
        self.cpu_seconds = sum(one.metric("process_cpu_seconds_total") for one in services)
        self.step_seconds = {
            step: sum(one.metric("millrace_epts_step_seconds_total", step=step) for one in services)
            for step in STEPS
        }
        ended = sum(one.metric("millrace_epts_samples_total") for one in services)
        assert ended == samples, f"{ended:.0f} of {samples} samples came to an end"
        for one in services[1:]:
            one.kill()
        return seconds

    def fill_and_run(self, samples, fields=8, **options):
        self.fill(samples, fields, **options)
        seconds = self.run(samples)
        stored = frames(self.stack, self.identity.application)
        assert stored == samples, f"{stored} of {samples} samples are stored"
        return seconds


def flag(key):
    return "--" + key.replace("_", "-")


def measure_copy(stack, table, fields=8):
    rows = samples_of(fields)
    for line in program(
        "copy_ceiling", "--database-url", stack.database_url(), "--rows", rows, "--fields", fields
    ):
        name = f"bare COPY frames/s ({line['table']}), {fields} fields"
        table.add(name, line["frames_per_second"])


def measure_drain(stack, table, fields=8, replicas=1):
    samples = samples_of(fields)
    drain = Drain(stack, replicas)
    new_database(stack)
    seconds = drain.fill_and_run(samples, fields)
    label = f"{fields} fields" + ("" if replicas == 1 else f", {replicas} replicas")
    table.add(f"epts frames/s, {label}", samples / seconds)
    table.add(f"epts points/s, {label}", samples * fields / seconds)
    table.add(f"epts CPU µs a point, {label}", drain.cpu_seconds * 1e6 / samples / fields)
    if replicas == 1:
        for step in STEPS:
            share = drain.step_seconds[step] / sum(drain.step_seconds.values())
            table.add(f"epts % of writers' time in {step}, {label}", 100 * share)
        size = bytes_of_frames(stack)
        table.add(f"bytes a point with index, {label}", size / samples / fields)


def measure_epts(stack, table):
    measure_copy(stack, table)
    measure_drain(stack, table)


def measure_fields(stack, table):
    for fields in FIELDS:
        measure_copy(stack, table, fields)
        for replicas in (1, 2):
            measure_drain(stack, table, fields, replicas)


def measure_repeats(stack, table):
    """Samples of instants that are stored already: none, each hundredth, all."""
    drain = Drain(stack)
    new_database(stack)
    first = start_us()
    drain.fill_and_run(SAMPLES, start_us=first)
    drain.fill(SAMPLES, start_us=first + 15_000_000)
    table.add("epts frames/s, 0 % repeat an instant", SAMPLES / drain.run(SAMPLES))
    drain.fill(
        SAMPLES, start_us=first + 30_000_000, repeat_every=100, repeat_start_us=first
    )
    table.add("epts frames/s, 1 % repeat an instant", SAMPLES / drain.run(SAMPLES))
    stored = frames(stack, drain.identity.application)
    drain.fill(SAMPLES, start_us=first)
    table.add("epts frames/s, 100 % repeat an instant", SAMPLES / drain.run(SAMPLES))
    assert frames(stack, drain.identity.application) == stored == 3 * SAMPLES - SAMPLES // 100


def measure_growth(stack, table):
    """How many endpoints and field names there are, each against the same rows otherwise."""
    for endpoints in (1, 1_000, 100_000):
        drain = Drain(stack)
        new_database(stack)
        seconds = drain.fill_and_run(SAMPLES, endpoints=endpoints)
        table.add(f"epts frames/s, {endpoints:,} endpoints", SAMPLES / seconds)
    for names in (10, 10_000):
        drain = Drain(stack)
        new_database(stack)
        seconds = drain.fill_and_run(SAMPLES, fields=5, names=names)
        table.add(f"epts frames/s, {names:,} field names, 5 a sample", SAMPLES / seconds)


def measure_hundred_million(stack, table):
    """The rate of an empty database, and with 100,000,000 points of 10,000 endpoints in it."""
    drain = Drain(stack)
    new_database(stack)
    table.add("epts frames/s, nothing stored before", SAMPLES / drain.fill_and_run(SAMPLES))
    first = start_us(600)
    part = 2_500_000
    for begun in range(0, HUNDRED_MILLION // 8, part):
        drain.fill(part, start_us=first + begun * 10)
        rate = part / drain.run(part)
        table.add(f"epts frames/s, {begun * 8 / 1e6:.0f} to {(begun + part) * 8 / 1e6:.0f} M points", rate)
    drain.fill(SAMPLES, start_us=first + HUNDRED_MILLION // 8 * 10)
    table.add("epts frames/s, 100 M points stored before", SAMPLES / drain.run(SAMPLES))
    table.add("bytes of frames", bytes_of_frames(stack))
