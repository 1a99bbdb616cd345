# SPDX-License-Identifier: Apache-2.0
"""The balance of samples: in the metrics (docs/decisions/0005-ledger.md) and in the tables (0012)."""

from support.bus import Bus
from support.wait import wait_until

RECEIVERS = ("http-receiver", "mqtt-receiver")
ENDS = ("stored", "merged", "rejected", "empty")


def accepted(stack):
    """Samples that receivers have acknowledged since they started."""
    return sum(
        stack[name].metric("millrace_intake_samples_total", outcome="accepted")
        for name in RECEIVERS
        if name in stack.services
    )


def ended(stack):
    """{outcome: samples} of epts since it started."""
    return {
        end: stack["epts"].metric("millrace_epts_samples_total", outcome=end) for end in ENDS
    }


def waiting_messages(stack):
    """What the stream still holds."""
    with Bus(stack.nats) as bus:
        return bus.jetstream("STREAM.INFO.DATA_SAMPLES")["state"]["messages"]


def settle(stack):
    """Waits until every accepted sample has come to its end; returns the ends."""

    def balanced():
        ends = ended(stack)
        received = accepted(stack)
        assert received == sum(ends.values()), (received, ends)
        assert waiting_messages(stack) == 0
        return ends

    return wait_until(balanced, "accepted = stored + merged + rejected + empty")


def durable(stack):
    """What the tables have counted of the stream since it was made: {column: sum}."""
    columns = ("messages", *(f"samples_{end}" for end in ENDS), "messages_terminated")
    sums = ", ".join(f"coalesce(sum({column}), 0)::bigint" for column in columns)
    (row,) = stack.sql(
        f"SELECT {sums} FROM time_series.ledger"
        " WHERE epoch = (SELECT max(epoch) FROM time_series.ledger_epoch)"
    )
    return dict(zip(columns, row))
