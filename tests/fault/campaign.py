# SPDX-License-Identifier: Apache-2.0
"""A campaign: whatever stores samples is killed with -9 at random, again and again, under load.

The load goes on until the kills are over, so that every one of them falls into it.
"""

import collections
import dataclasses
import random
import time

from fault.fleet import end_fleet, everything_is_there, make_fleet, progress, wait_for_progress
from support import ledger
from support.wait import wait_until

EPTS = ("epts", "epts-2")
PARTS = (*EPTS, "postgres", "nats")
PER_UPLOAD = 20


@dataclasses.dataclass
class Result:
    seed: int
    seconds: float
    acknowledged: int
    unanswered: int  # nobody knows what became of them; none may be there twice
    killed: dict  # part: times


def part(stack, name):
    return {"nats": stack.nats, "postgres": stack.postgres}.get(name) or stack[name]


def kill_and_start(stack, name):
    victim = part(stack, name)
    victim.kill()
    victim.start(wait=name in ("nats", "postgres"))


def run(stack, *, samples, kills, seed, devices=5, rate=2500):
    """`stack` has all services and a second epts. AssertionError: a sample is lost or doubled."""
    chance = random.Random(seed)
    begin = time.monotonic()
    killed = collections.Counter()
    fleet = make_fleet(stack, devices, samples // (2 * devices), rate, PER_UPLOAD)
    for number in range(kills):
        # Samples, and a moment more, so that no kill comes at a certain point of a batch.
        wait_for_progress(fleet, samples // (kills + 1))
        time.sleep(chance.uniform(0, 0.05))
        name = chance.choice(PARTS)
        kill_and_start(stack, name)
        killed[name] += 1
        print(f"  {number + 1} of {kills}: {name}, {progress(fleet):,} acknowledged", flush=True)
    end_fleet(fleet)
    for service in stack.services.values():
        service.wait_ready()
    # What an epts held when it was killed comes again after ack-wait.
    wait_until(lambda: everything_is_there(stack, fleet), "every acknowledged sample is stored", 180)
    ledger.check_durable(stack)
    return Result(
        seed,
        time.monotonic() - begin,
        progress(fleet),
        sum(len(device.unanswered) for device in fleet),
        dict(killed),
    )
