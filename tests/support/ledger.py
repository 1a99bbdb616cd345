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


def check_durable(stack):
    """In the tables, over all restarts: each message ended once, and each of its samples.

    The stream need not be empty: nats-server 2.9 that was killed may have some messages again, and
    keep them for ever (docs/operations.md). They have ended all the same.
    """

    def all_have_ended():
        with Bus(stack.nats) as bus:
            received = bus.jetstream("STREAM.INFO.DATA_SAMPLES")["state"]["last_seq"]
        ((before,),) = stack.sql(
            "SELECT messages_before FROM time_series.ledger_epoch ORDER BY epoch DESC LIMIT 1"
        )
        ended_messages = durable(stack)["messages"]
        assert received == before + ended_messages, (received, before, ended_messages)
        return True

    wait_until(all_have_ended, "every message of the stream has ended", 90)
    sums = durable(stack)
    ((rows, replaced),) = stack.sql(
        "SELECT count(*), coalesce(sum(replaced), 0)::bigint FROM time_series.frame"
    )
    assert (sums["samples_stored"], sums["samples_merged"]) == (rows, replaced), sums
    others = ("samples_rejected", "samples_empty", "messages_terminated")
    assert [sums[name] for name in others] == [0, 0, 0], sums
    wait_until(
        lambda: stack["epts"].metric("millrace_epts_ledger_difference_messages") == 0,
        "the ledger balances with the stream",
    )
