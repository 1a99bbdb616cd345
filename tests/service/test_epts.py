# SPDX-License-Identifier: Apache-2.0
"""epts beside a real NATS, PostgreSQL and registry; the tests are the receivers."""

import itertools
import json
import math
import os
import subprocess
import time

import pytest

from service.sample_stream import Stream, message, upload, wait_empty
from support.bus import Bus
from support.paths import BIN
from support.ports import free_port
from support.protos import data_points_interest_pb2, data_points_pb2
from support.service import service_environment
from support.wait import wait_until

ENDS = ("stored", "merged", "rejected", "empty")


def frames(stack, application):
    """[(endpoint, {series: value})] in order of time."""
    rows = stack.sql(
        """
        SELECT e.endpoint_id, array_agg(v.series_name ORDER BY k.slot), f.numbers
          FROM time_series.frame f
          JOIN time_series.endpoint e USING (endpoint_key)
          JOIN time_series.application a USING (application_key)
          JOIN time_series.layout l USING (layout_key)
          CROSS JOIN unnest(l.number_keys) WITH ORDINALITY AS k (key, slot)
          JOIN time_series.series_value v ON v.value_key = k.key
         WHERE a.name = %s GROUP BY f.endpoint_key, f.layout_key, f.time, f.seq, f.numbers,
               e.endpoint_id
         ORDER BY f.time, f.seq
        """,
        (application,),
    )
    return [(endpoint, dict(zip(series, numbers))) for endpoint, series, numbers in rows]


def values(stack, application, series="auto~a"):
    """The values of one series over all endpoints, in order of time."""
    return [points[series] for _, points in frames(stack, application) if series in points]


def rejected(stack, application):
    """[(reason, partly stored, sample)] in order of arrival."""
    return [
        (reason, partly, bytes(sample).decode(errors="replace"))
        for reason, partly, sample in stack.sql(
            "SELECT reason, partly_stored, sample FROM time_series.rejected_sample"
            " JOIN time_series.application USING (application_key) WHERE name = %s ORDER BY seq",
            (application,),
        )
    ]


def ended(service):
    return {end: service.metric("millrace_epts_samples_total", outcome=end) for end in ENDS}


def wait_for_ends(service, **ends):
    """Until the ledger of the service has grown to exactly these."""
    wanted = {end: ends.get(end, 0) for end in ENDS}
    wait_until(lambda: ended(service) == wanted, f"epts has brought samples to {wanted}")


@pytest.fixture
def epts_stack(make_stack):
    return make_stack("registry", "epts")


@pytest.fixture
def stream(epts_stack):
    one = Stream(epts_stack)
    yield one
    one.close()


@pytest.fixture
def application(epts_stack):
    return epts_stack.registry.create_application()


def test_stores_points_of_a_batch_at_receipt_time(epts_stack, stream, application):
    received = 1_790_000_000_000_000
    stream.send(
        application, {"temperature": 23, "humidity": 48.5}, {"temperature": 24}, received_us=received
    )
    wait_for_ends(epts_stack["epts"], stored=2)
    assert frames(epts_stack, application) == [
        ("ep", {"auto~temperature": 23, "auto~humidity": 48.5}),
        ("ep", {"auto~temperature": 24}),
    ]
    times = epts_stack.sql(
        "SELECT (extract(epoch FROM time) * 1000000)::bigint FROM time_series.frame ORDER BY time"
    )
    assert times == [(received,), (received + 1,)]
    wait_empty(stream)


def test_outcomes_of_odd_samples(epts_stack, stream, application):
    text = (
        '[{"a":9007199254740993},{"a":1e400,"b":1},{"a":1,"a":2},{"a":"x\\u0000","c":3},'
        '{"A":1,"a":-0.0},{"a":1e-400},17,{"timestamp":5},{"a b":1,"nested":{"a":7}}]'
    )
    stream.put(message(upload(application, text, count=9)))
    wait_for_ends(epts_stack["epts"], stored=6, empty=3)
    assert [points for _, points in frames(epts_stack, application)] == [
        {"auto~a": 9007199254740992},
        {"auto~b": 1},
        {"auto~a": 2},
        {"auto~c": 3},
        {"auto~A": 1, "auto~a": 0},
        {"auto~a": 0},
    ]
    assert rejected(epts_stack, application) == [
        ("number_out_of_range", True, '{"a":1e400,"b":1}')
    ]


def test_rejects_what_cannot_be_stored_with_its_reason(epts_stack, stream, application):
    day_us = 86_400 * 1_000_000
    now_us = time.time_ns() // 1000
    many = {f"f{i}": i for i in range(1001)}
    stream.put(
        message(
            upload(application, [{"a": 1}], received_us=now_us - 3700 * day_us),
            upload(application, [{"a": 1}], received_us=now_us + 2 * day_us),
            upload(application, [many]),
            upload(application, '{"a":1', count=3),
            upload("never-heard-of", [{"a": 1}, {"a": 2}]),
        )
    )
    wait_for_ends(epts_stack["epts"], rejected=8)
    assert [(reason, partly) for reason, partly, _ in rejected(epts_stack, application)] == [
        ("timestamp_out_of_range", False),
        ("timestamp_out_of_range", False),
        ("too_many_fields", False),
        ("invalid_upload", False),
    ]
    assert [row[:2] for row in rejected(epts_stack, "never-heard-of")] == [
        ("unknown_application", False)
    ]
    assert frames(epts_stack, application) == []
    reasons = {"timestamp_out_of_range": 2, "too_many_fields": 1, "unknown_application": 1}
    for reason, count in reasons.items():
        name = "millrace_epts_rejections_total"
        assert epts_stack["epts"].metric(name, reason=reason) == count


def test_switching_auto_extraction_needs_no_restart(epts_stack, stream):
    registry = epts_stack.registry
    application = registry.create_application(auto_extract=False)
    stream.send(application, {"a": 1})
    wait_for_ends(epts_stack["epts"], empty=1)
    for value in itertools.count(2, 2):
        registry.set_auto_extract(application, True)
        time.sleep(1)  # promised: within a second
        stream.send(application, {"a": value})
        registry_says = wait_until(
            lambda value=value: value in values(epts_stack, application), "the switch is in effect"
        )
        assert registry_says
        registry.set_auto_extract(application, False)
        time.sleep(1)
        before = ended(epts_stack["epts"])["empty"]
        stream.send(application, {"a": value + 1})
        wait_until(
            lambda before=before: ended(epts_stack["epts"])["empty"] == before + 1,
            "the switch is off",
        )
        if value >= 4:
            break
    assert values(epts_stack, application) == [2, 4]


def test_terminates_what_is_no_message_of_ours(epts_stack, stream, application):
    stream.put(b"\xff\xff no protobuf")
    stream.put(message(upload("with\0nul", [{"a": 1}])))
    stream.put(message(upload(application, [{"a": 1}], endpoint="")))
    stream.send(application, {"a": 5})
    wait_for_ends(epts_stack["epts"], stored=1)
    wait_until(
        lambda: epts_stack["epts"].metric("millrace_epts_terminated_total") == 3,
        "three messages are terminated",
    )
    assert len(epts_stack["epts"].logged("terminated a message")) == 3
    wait_empty(stream)


def test_merges_samples_of_one_instant_and_the_last_stands(epts_stack, stream, application):
    received = 1_790_000_000_000_000
    for value in range(1, 6):
        stream.send(application, {"a": value}, received_us=received)
    wait_until(lambda: sum(ended(epts_stack["epts"]).values()) == 5, "all have come to an end")
    assert ended(epts_stack["epts"]) == {"stored": 1, "merged": 4, "rejected": 0, "empty": 0}
    assert values(epts_stack, application) == [5]


@pytest.fixture
def two_epts(make_stack):
    """A stack with one epts that has made its partitions, which locks would keep it from."""
    stack = make_stack("registry")
    stack.start("epts", ack_wait="5s")
    stream = Stream(stack)
    application = stack.registry.create_application()
    stream.send(application, {"a": 0})
    wait_until(lambda: values(stack, application) == [0], "the first sample is stored")
    yield stack, stream, application
    stream.close()


def wait_for_lock(stack, query):
    wait_until(
        lambda: stack.sql(
            "SELECT 1 FROM pg_stat_activity WHERE datname = current_database()"
            " AND wait_event_type = 'Lock' AND query LIKE %s",
            (query,),
        ),
        f"epts waits for a lock in {query}",
    )


def start_second(stack):
    """kill -9 for the first one, which is frozen."""
    second = stack.start("epts", name="second", ack_wait="5s")
    stack["epts"].kill()
    return second


def test_killed_before_commit_another_one_stores_the_batch(two_epts):
    stack, stream, application = two_epts
    with stack.postgres.connect(stack.database) as session, session.cursor() as cursor:
        cursor.execute("LOCK TABLE time_series.frame IN SHARE MODE")
        stream.send(application, {"a": 1}, {"a": 2})
        wait_for_lock(stack, "COPY time_series.frame%")
        stack["epts"].freeze()
    session.close()  # the COPY runs to its end, COMMIT is never sent
    second = start_second(stack)
    wait_empty(stream)
    assert values(stack, application) == [0, 1, 2]
    assert ended(second) == {"stored": 2, "merged": 0, "rejected": 0, "empty": 0}


def test_killed_between_commit_and_acknowledgement_nothing_is_doubled(two_epts):
    stack, stream, application = two_epts
    stack.sql(
        """
        CREATE FUNCTION wait_at_commit() RETURNS trigger LANGUAGE plpgsql AS
          'BEGIN PERFORM pg_advisory_xact_lock_shared(4711); RETURN NULL; END';
        CREATE CONSTRAINT TRIGGER wait_at_commit AFTER INSERT ON time_series.frame
          DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION wait_at_commit()
        """
    )
    with stack.postgres.connect(stack.database) as session, session.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(4711)")
        stream.send(application, {"a": 1}, {"a": 2})
        wait_for_lock(stack, "COMMIT%")
        stack["epts"].freeze()
    session.close()  # the commit takes place, its answer is never read
    wait_until(lambda: values(stack, application) == [0, 1, 2], "the commit takes place")
    assert stream.state()["messages"] == 1, "nobody has acknowledged it"
    second = start_second(stack)
    wait_empty(stream)
    assert values(stack, application) == [0, 1, 2]
    assert ended(second) == {"stored": 0, "merged": 0, "rejected": 0, "empty": 0}
    assert second.metric("millrace_epts_samples_total", outcome="repeated") == 2


def test_killed_again_and_again_it_stores_everything_once(epts_stack, stream, application):
    sent = 0
    for _ in range(5):
        for _ in range(40):
            sent += 10
            stream.send(application, *({"a": n} for n in range(sent - 10, sent)))
        epts_stack["epts"].restart(wait=False)
    epts_stack["epts"].wait_ready()
    wait_empty(stream)
    assert sorted(values(epts_stack, application)) == list(range(sent))


def test_replicas_share_the_work(make_stack):
    stack = make_stack("registry")
    replicas = [stack.start("epts", name=f"epts-{n}", wait=False) for n in range(3)]
    for replica in replicas:
        replica.wait_ready()
    stream = Stream(stack)
    application = stack.registry.create_application()
    received = 1_790_000_000_000_000
    for n in range(600):
        # Pairs of an endpoint at one instant, in messages of their own: the two may go to two
        # replicas, which meet on one row. All meet all endpoints for the first time.
        stream.send(
            application, {"a": n}, endpoint=f"ep{n // 2 % 20}", received_us=received + n // 2
        )
    wait_empty(stream)
    ends = wait_until(
        lambda: [one for one in [total(replicas)] if sum(one.values()) == 600],
        "all samples have come to an end",
    )[0]
    assert ends == {"stored": 300, "merged": 300, "rejected": 0, "empty": 0}
    assert values(stack, application) == list(range(1, 600, 2)), "the later of each pair stands"
    assert sum(sum(ended(replica).values()) > 0 for replica in replicas) >= 2
    stream.close()


def total(replicas):
    """The ledger over several replicas."""
    ledgers = [ended(replica) for replica in replicas]
    return {end: sum(ledger[end] for ledger in ledgers) for end in ENDS}


def test_waits_while_postgresql_is_away_and_loses_nothing(epts_stack, stream, application):
    epts = epts_stack["epts"]
    stream.send(application, {"a": 0})
    wait_for_ends(epts, stored=1)
    epts_stack.postgres.kill()
    for n in range(1, 101):
        stream.send(application, {"a": n})
    wait_until(lambda: epts.admin("/readyz")[0] == 503, "epts is not ready")
    wait_until(
        lambda: epts.metric("millrace_epts_store_retries_total") >= 2, "epts has tried again"
    )
    assert stream.state()["messages"] == 100
    epts_stack.postgres.start()
    epts.wait_ready()
    wait_for_ends(epts, stored=101)
    assert values(epts_stack, application) == list(range(101))
    assert epts.metric("millrace_epts_samples_total", outcome="repeated") == 0
    assert epts.metric("millrace_epts_terminated_total") == 0


STREAM_GAUGES = ("backlog_messages", "backlog_age_seconds", "stream_bytes", "stream_max_bytes")


def test_tells_what_the_stream_holds(make_stack):
    stack = make_stack("registry")
    epts = stack.start("epts", stream_max_size="64MiB")
    stream = Stream(stack)
    application = stack.registry.create_application()
    stream.send(application, {"a": 0})
    wait_for_ends(epts, stored=1)

    def gauges():
        return {name: epts.metric(f"millrace_epts_{name}") for name in STREAM_GAUGES}

    empty = {**dict.fromkeys(STREAM_GAUGES, 0), "stream_max_bytes": 64 << 20}
    wait_until(lambda: gauges() == empty, "epts tells that the stream is empty")

    stack.postgres.kill()
    begun = time.time()
    for n in range(1, 101):
        stream.send(application, {"a": n})
    state = stream.state()
    assert state["messages"] == 100
    assert state["bytes"] > 100 * len(message(upload(application, [{"a": 1}])))
    wait_until(lambda: gauges()["stream_bytes"] == state["bytes"], "epts tells what JetStream tells")
    first = gauges()
    assert first["stream_max_bytes"] == 64 << 20
    assert first["backlog_messages"] <= 100  # some may be at work
    assert 0 < first["backlog_age_seconds"] <= time.time() - begun
    wait_until(
        lambda: gauges()["backlog_age_seconds"] > first["backlog_age_seconds"], "they grow older"
    )

    stack.postgres.start()
    wait_for_ends(epts, stored=101)
    wait_until(lambda: gauges() == empty, "epts tells that the stream is empty again")

    stream.close()
    stack.nats.kill()
    wait_until(lambda: all(map(math.isnan, gauges().values())), "epts tells that nobody knows")
    assert epts.logged("cannot tell what waits in the stream")
    stack.nats.start()
    wait_until(lambda: gauges() == empty, "it is known again")


def test_waits_while_nats_is_away_and_goes_on(epts_stack, stream, application):
    epts = epts_stack["epts"]
    stream.send(application, {"a": 1})
    wait_for_ends(epts, stored=1)
    stream.close()
    epts_stack.nats.kill()
    epts_stack.nats.start()
    again = Stream(epts_stack)
    wait_until(lambda: put_or_none(again, application, {"a": 2}), "the stream is back")
    wait_until(lambda: values(epts_stack, application) == [1, 2], "epts goes on")
    again.close()


def put_or_none(stream, application, sample):
    try:
        return stream.send(application, sample)
    except (AssertionError, TimeoutError, json.JSONDecodeError):
        return None


def test_goes_on_without_the_registry_for_applications_it_knows(epts_stack, stream, application):
    epts = epts_stack["epts"]
    stream.send(application, {"a": 1})
    wait_for_ends(epts, stored=1)
    other = epts_stack.registry.create_application()
    epts_stack["registry"].kill()
    stream.send(other, {"a": 7})
    stream.send(application, {"a": 2})
    wait_until(lambda: values(epts_stack, application) == [1, 2], "the known one is stored")
    assert values(epts_stack, other) == []
    epts_stack["registry"].start()
    wait_until(lambda: values(epts_stack, other) == [7], "the other one is stored afterwards")
    assert epts.metric("millrace_epts_samples_total", outcome="rejected") == 0


def test_a_sample_postgresql_refuses_is_isolated_and_rejected(epts_stack, stream, application):
    # A constraint of an operator's own stands for whatever PostgreSQL may refuse.
    stream.send(application, {"a": 1})
    wait_for_ends(epts_stack["epts"], stored=1)
    epts_stack.sql(
        "ALTER TABLE time_series.frame ADD CONSTRAINT no_sixes CHECK (numbers[1] IS DISTINCT FROM 6)"
    )
    stream.send(application, *({"a": n} for n in range(2, 12)))
    wait_for_ends(epts_stack["epts"], stored=10, rejected=1)
    assert values(epts_stack, application) == [1, 2, 3, 4, 5, 7, 8, 9, 10, 11]
    assert rejected(epts_stack, application) == [("storage_refused", False, '{"a": 6}')]
    wait_empty(stream)


def test_bounds_of_series_and_layouts(make_stack):
    stack = make_stack("registry")
    epts = stack.start("epts", max_series_per_application=3, max_layouts_per_application=1)
    stream = Stream(stack)
    application = stack.registry.create_application()
    stream.send(application, {"a": 1, "b": 2})
    wait_for_ends(epts, stored=1)
    stream.send(application, {"a": 3, "c": 4}, {"a": 5, "d": 6}, {"e": 7})
    wait_for_ends(epts, stored=3, rejected=1)
    assert values(stack, application, "auto~a") == [1, 3, 5]
    assert values(stack, application, "auto~c") == [4]
    assert values(stack, application, "auto~d") == []
    assert rejected(stack, application) == [
        ("too_many_series", True, '{"a": 5, "d": 6}'),
        ("too_many_series", False, '{"e": 7}'),
    ]
    stream.close()


def test_an_endpoint_that_invents_names_leaves_room_for_others(make_stack):
    stack = make_stack("registry")
    limits = {"max_series_per_endpoint": 20, "max_layouts_per_endpoint": 5}
    # One writer: several may each count before the other has added.
    epts = stack.start("epts", writers=1, max_series_per_application=50, **limits)
    stream = Stream(stack)
    application = stack.registry.create_application()
    for n in range(100):
        stream.send(application, {"a": n, f"invented-{n}": n}, endpoint="greedy")
    wait_for_ends(epts, stored=100)
    epts.restart()  # what an endpoint has is known afterwards
    for n in range(100, 110):
        stream.send(application, {f"invented-{n}": n}, endpoint="greedy")
    stream.send(application, {"a": 1000, "new": 7}, endpoint="other")
    wait_for_ends(epts, stored=1, rejected=10)
    assert values(stack, application) == [*range(100), 1000]
    assert values(stack, application, "auto~new") == [7]
    assert {row[0] for row in rejected(stack, application)} == {"too_many_series_of_endpoint"}
    assert len(rejected(stack, application)) == 81 + 10
    counts = stack.sql(
        "SELECT count(*) FILTER (WHERE cardinality(number_keys) > 1), count(*)"
        " FROM time_series.endpoint JOIN time_series.endpoint_layout USING (endpoint_key)"
        " JOIN time_series.layout USING (layout_key) WHERE endpoint_id = 'greedy'"
    )
    assert counts == [(5, 5 + 15)]
    stream.close()


def test_announces_points_when_asked_to(make_stack):
    stack = make_stack("registry")
    stack.start("epts", data_points_events="on")
    stream = Stream(stack)
    application = stack.registry.create_application()
    with Bus(stack.nats) as listener:
        listener.subscribe("kaa.v1.events.epts.endpoint.data-collection.data-points-received.>")
        stream.send(application, {"a": 1}, {"a": 2}, received_us=1_790_000_000_000_000)
        subject, _, payload = listener.next_message()
    assert subject.endswith(".data-points-received.auto~a")
    event = data_points_pb2.DataPointsEvent.FromString(payload)
    assert event.endpoint_id == "ep"
    assert [point.timestamp_us for point in event.data_points] == [
        1_790_000_000_000_000,
        1_790_000_000_000_001,
    ]
    assert [point.values["value"].number for point in event.data_points] == [1, 2]
    stream.close()


def test_announces_what_somebody_says_to_be_interested_in(epts_stack, stream, application):
    interest = data_points_interest_pb2.DataPointsInterest(listener="me", expires_in_ms=60_000)
    interest.endpoints.add(application_name=application, endpoint_ids=["mine"])
    announced = "millrace_epts_announced_events_total"
    with Bus(epts_stack.nats) as listener:
        listener.subscribe("kaa.v1.events.epts.endpoint.data-collection.data-points-received.>")
        stream.send(application, {"a": 1}, endpoint="mine")
        wait_for_ends(epts_stack["epts"], stored=1)
        assert epts_stack["epts"].metric(announced) == 0
        listener.publish(
            "kaa.v1.events.test.endpoint.data-collection.data-points-interest",
            interest.SerializeToString(),
        )

        def hears(value):
            """As a listener does, that says so again and again: epts may not have heard it yet."""
            stream.send(application, {"a": value}, endpoint="theirs")
            stream.send(application, {"a": value}, endpoint="mine")
            wait_empty(stream)
            return epts_stack["epts"].metric(announced) > 0

        wait_until(lambda: hears(2), "epts announces points")
        _, _, payload = listener.next_message()
    event = data_points_pb2.DataPointsEvent.FromString(payload)
    assert event.endpoint_id == "mine"
    assert event.data_points[0].values["value"].number == 2


def test_sigterm_ends_it_cleanly_with_and_without_work(epts_stack, stream, application):
    for n in range(200):
        stream.send(application, *({"a": n * 10 + i} for i in range(10)))
    assert epts_stack["epts"].stop() == os.EX_OK
    epts_stack["epts"].start()
    wait_empty(stream)
    assert sorted(values(epts_stack, application)) == list(range(2000))
    assert epts_stack["epts"].stop() == os.EX_OK


def test_migrate_only_makes_the_schema_and_ends(make_stack):
    stack = make_stack()
    flags = [f"--database-url={stack.database_url('epts')}", "--migrate-only"]
    done = subprocess.run(
        [BIN / "millrace-epts", *flags, f"--admin-listen=127.0.0.1:{free_port()}"],
        env=service_environment(),
        timeout=60,
        check=False,
    )
    assert done.returncode == os.EX_OK
    assert stack.sql("SELECT count(*) FROM time_series.frame") == [(0,)]
