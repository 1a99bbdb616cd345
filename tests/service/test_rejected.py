# SPDX-License-Identifier: Apache-2.0
"""Rejected samples: found by reason, and replayed once in effect whatever happens meanwhile."""

import time

import grpc
import pytest

from service.sample_stream import Stream, message, upload, wait_empty
from support.protos import query_pb2
from support.wait import wait_until

NOW_US = time.time_ns() // 1000
OUTCOMES = ("stored", "merged", "rejected", "empty", "gone")


class Scene:
    """A stack with query and one epts, whose samples come from the test."""

    def __init__(self, stack):
        self.stack = stack
        self.stream = Stream(stack)
        self.names = (f"app-{number}" for number in range(1000))

    def unknown_application(self):
        """A name that the registry learns later: until then everything is rejected."""
        return next(self.names)

    def send(self, application, *samples, **more):
        self.stream.send(application, *samples, **more)

    def list(self, application, **more):
        """[(reason, sample)], newest first."""
        request = query_pb2.ListRejectedSamplesRequest(application_name=application, **more)
        answer = self.stack.query.call.ListRejectedSamples(request)
        return [(one.reason, one.sample) for one in answer.rejected_samples]

    def wait_rejected(self, application, count):
        wait_until(
            lambda: self.sql(application, "SELECT count(*)") == [(count,)],
            f"{count} rows are rejected",
        )

    def sql(self, application, select, table="rejected_sample"):
        return self.stack.sql(
            f"{select} FROM time_series.{table} JOIN time_series.application"
            " USING (application_key) WHERE name = %s",
            (application,),
        )

    def replay(self, application, **more):
        """(replayed, cut) over all pages."""
        request = query_pb2.ReplayRejectedSamplesRequest(application_name=application, **more)
        replayed = cut = 0
        while True:
            answer = self.stack.query.call.ReplayRejectedSamples(request)
            replayed, cut = replayed + answer.replayed, cut + answer.cut
            if not answer.next_page_token:
                return replayed, cut
            request.page_token = answer.next_page_token

    def points(self, application):
        """[(time in µs, number)] of the application's only series."""
        return self.stack.sql(
            "SELECT (extract(epoch FROM time) * 1000000)::bigint, number FROM"
            " time_series.data_point WHERE application = %s ORDER BY time",
            (application,),
        )

    def outcomes(self, *names):
        """Of replayed samples, over the epts of these names."""
        found = {}
        for outcome in OUTCOMES:
            total = sum(
                self.stack[name].metric("millrace_epts_replayed_samples_total", outcome=outcome)
                for name in names or ("epts",)
            )
            if total:
                found[outcome] = total
        return found

    def wait_outcomes(self, **wanted):
        wait_until(lambda: self.outcomes() == wanted, f"replayed samples have come to {wanted}")


@pytest.fixture
def scene(make_stack):
    one = Scene(make_stack("registry", "epts", "query"))
    yield one
    one.stream.close()


def test_a_replayed_sample_is_stored_as_if_it_had_been_the_first_time(scene):
    application = scene.unknown_application()
    scene.send(application, {"a": 1}, received_us=NOW_US)
    scene.send(application, {"a": 2}, received_us=NOW_US + 10)
    scene.wait_rejected(application, 2)
    assert [reason for reason, _ in scene.list(application)] == ["unknown_application"] * 2
    scene.stack.registry.create_application(application)
    assert scene.replay(application) == (2, 0)
    wait_until(lambda: not scene.list(application), "the list is empty")
    assert scene.points(application) == [(NOW_US, 1), (NOW_US + 10, 2)]
    assert scene.outcomes() == {"stored": 2}
    # They were counted as rejected, and what was received is still that.
    samples = "millrace_epts_samples_total"
    assert scene.stack["epts"].metric(samples, outcome="rejected") == 2
    assert scene.stack["epts"].metric(samples, outcome="stored") == 0
    assert scene.replay(application) == (0, 0)


def test_an_upload_that_was_rejected_as_a_whole_is_taken_apart(scene):
    application = scene.unknown_application()
    scene.stream.put(
        message(upload(application, '[{"a":1},{"a":1e400},{"a":3}]', received_us=NOW_US, count=3))
    )
    scene.wait_rejected(application, 1)
    assert scene.sql(application, "SELECT sample_count") == [(3,)]
    scene.stack.registry.create_application(application)
    assert scene.replay(application) == (1, 0)
    wait_until(
        lambda: scene.list(application) == [("number_out_of_range", '{"a":1e400}')],
        "only the culprit is left",
    )
    assert scene.points(application) == [(NOW_US, 1), (NOW_US + 2, 3)]
    wait_empty(scene.stream)
    scene.wait_outcomes(stored=2, rejected=1)


def test_what_is_rejected_again_has_its_new_reason_and_its_old_age(scene):
    application = scene.unknown_application()
    scene.send(application, {"a": 1}, received_us=NOW_US - 3700 * 86_400_000_000)
    scene.wait_rejected(application, 1)
    before = scene.sql(application, "SELECT rejected_at, received_at, seq, rules_version")
    scene.stack.registry.create_application(application)
    scene.replay(application)
    wait_until(
        lambda: [reason for reason, _ in scene.list(application)] == ["timestamp_out_of_range"],
        "it has the new reason",
    )
    after = scene.sql(application, "SELECT rejected_at, received_at, seq, rules_version")
    assert after[0][:3] == before[0][:3]
    assert (before[0][3], after[0][3]) == (0, 1)


def test_of_two_writes_to_an_instant_the_later_one_stands_also_after_a_replay(scene):
    application = scene.unknown_application()
    scene.send(application, {"a": 1}, received_us=NOW_US)
    scene.wait_rejected(application, 1)
    scene.stack.registry.create_application(application)
    scene.send(application, {"a": 2}, received_us=NOW_US)
    wait_until(lambda: scene.points(application) == [(NOW_US, 2)], "the later one is stored")
    scene.replay(application)
    wait_until(lambda: not scene.list(application), "the list is empty")
    assert scene.points(application) == [(NOW_US, 2)]
    assert scene.outcomes() == {"merged": 1}


def test_what_the_rules_take_nothing_from_stays_in_the_list(scene):
    application = scene.unknown_application()
    scene.send(application, {"a": 1})
    scene.wait_rejected(application, 1)
    scene.stack.registry.create_application(application, auto_extract=False)
    scene.replay(application)
    scene.wait_outcomes(empty=1)
    assert [reason for reason, _ in scene.list(application)] == ["unknown_application"]
    scene.stack.registry.set_auto_extract(application, True)
    wait_until(
        lambda: scene.replay(application) and not scene.list(application),
        "under other rules it is replayed, whatever was sent before",
    )
    assert [number for _, number in scene.points(application)] == [1]


def test_samples_are_chosen_by_reason_endpoint_and_time(scene):
    application = scene.stack.registry.create_application(scene.unknown_application())
    for offset, endpoint in enumerate(("ep-1", "ep-2", "ep-1", "ep-2")):
        scene.stream.put(
            message(upload(application, '{"a":1e400}', endpoint, NOW_US + offset, count=1))
        )
    scene.stream.put(message(upload(application, "{", "ep-1", NOW_US + 4, count=1)))
    scene.wait_rejected(application, 5)
    assert len(scene.list(application, reason="number_out_of_range")) == 4
    assert scene.list(application, reason="invalid_upload") == [("invalid_upload", "{")]
    assert len(scene.list(application, reason="number_out_of_range", endpoint_id="ep-1")) == 2
    with pytest.raises(grpc.RpcError, match="reason: is"):
        scene.list(application, reason="bad luck")
    chosen = query_pb2.ReplayRejectedSamplesRequest()
    getattr(chosen, "from").FromMicroseconds(NOW_US + 1)
    chosen.to.FromMicroseconds(NOW_US + 3)
    bounds = {"from": getattr(chosen, "from"), "to": chosen.to}
    assert scene.replay(application, **bounds) == (2, 0)
    assert scene.replay(application, endpoint_id="ep-1", reason="number_out_of_range") == (2, 0)
    assert scene.replay(application, page_size=2) == (5, 0)


def test_a_sample_of_which_only_the_beginning_was_kept_is_left_alone(make_stack):
    stack = make_stack("registry")
    stack.start("epts", rejected_sample_size=8)
    stack.start("query")
    scene = Scene(stack)
    application = scene.unknown_application()
    scene.send(application, {"abcdef": 1})
    scene.stream.put(message(upload(application, '{"a":1}', count=1)))
    scene.wait_rejected(application, 2)
    stack.registry.create_application(application)
    assert scene.replay(application) == (1, 1)
    wait_until(lambda: len(scene.list(application)) == 1, "the whole one is stored")
    scene.stream.close()


def test_an_application_that_does_not_exist_cannot_be_replayed(scene):
    application = scene.unknown_application()
    scene.send(application, {"a": 1})
    scene.wait_rejected(application, 1)
    with pytest.raises(grpc.RpcError) as refused:
        scene.replay(application)
    assert refused.value.code() == grpc.StatusCode.NOT_FOUND
    assert len(scene.list(application)) == 1


def test_replayed_twice_by_two_replicas_that_are_killed_each_sample_is_stored_once(make_stack):
    stack = make_stack("registry")
    for name in ("epts", "second"):
        stack.start("epts", name=name, ack_wait="5s", fetch_messages=20)
    stack.start("query")
    scene = Scene(stack)
    application = scene.unknown_application()
    count = 600
    scene.stream.put(
        message(
            *(upload(application, [{"a": n}], f"ep-{n % 7}", NOW_US + n) for n in range(count))
        )
    )
    scene.wait_rejected(application, count)
    stack.registry.create_application(application)
    for round_ in range(4):
        # Other pages, and by its own id each time: also past the stream's duplicate window.
        stack.sql("UPDATE time_series.rejected_sample SET detail = %s", (f"round {round_}",))
        assert scene.replay(application, page_size=100 + round_)[1] == 0
        stack[("epts", "second")[round_ % 2]].restart(wait=False)
    for name in ("epts", "second"):
        stack[name].wait_ready()
    wait_empty(scene.stream)
    scene.wait_rejected(application, 0)
    assert scene.points(application) == [(NOW_US + n, n) for n in range(count)]
    scene.stream.close()


def test_killed_between_commit_and_acknowledgement_a_replay_has_no_second_effect(make_stack):
    stack = make_stack("registry")
    stack.start("epts", ack_wait="5s")
    stack.start("query")
    scene = Scene(stack)
    application = scene.unknown_application()
    scene.send(application, {"a": 1}, received_us=NOW_US)
    scene.wait_rejected(application, 1)
    stack.registry.create_application(application)
    stack.sql(
        """
        CREATE FUNCTION wait_at_commit() RETURNS trigger LANGUAGE plpgsql AS
          'BEGIN PERFORM pg_advisory_xact_lock_shared(4711); RETURN NULL; END';
        CREATE CONSTRAINT TRIGGER wait_at_commit AFTER DELETE ON time_series.rejected_sample
          DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION wait_at_commit()
        """
    )
    with stack.postgres.connect(stack.database) as session, session.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(4711)")
        scene.replay(application)
        wait_until(
            lambda: stack.sql(
                "SELECT 1 FROM pg_stat_activity WHERE datname = current_database()"
                " AND wait_event_type = 'Lock' AND query LIKE 'COMMIT%%'"
            ),
            "epts waits at its commit",
        )
        stack["epts"].freeze()
    session.close()  # the commit takes place, its answer is never read
    scene.wait_rejected(application, 0)
    second = stack.start("epts", name="second", ack_wait="5s")
    stack["epts"].kill()
    wait_empty(scene.stream)
    assert scene.points(application) == [(NOW_US, 1)]
    replayed = "millrace_epts_replayed_samples_total"
    assert second.metric(replayed, outcome="gone") == 1
    assert second.metric(replayed, outcome="stored") == 0
    scene.stream.close()


def test_people_read_rejected_samples_in_sql(scene):
    application = scene.stack.registry.create_application(scene.unknown_application())
    scene.stream.put(message(upload(application, '{"°":1,"a":1e400}', received_us=NOW_US, count=1)))
    scene.stream.put(message(upload(application, b'{"\xff', received_us=NOW_US + 1, count=1)))
    scene.wait_rejected(application, 2)
    rows = scene.stack.sql(
        "SELECT endpoint_id, reason, sample FROM time_series.rejected WHERE application = %s"
        " ORDER BY received_at",
        (application,),
    )
    assert rows == [
        ("ep", "number_out_of_range", '{"°":1,"a":1e400}'),
        ("ep", "invalid_upload", '{"\\377'),
    ]
