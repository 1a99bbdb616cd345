# SPDX-License-Identifier: Apache-2.0
"""What PostgreSQL and NATS may do to epts, and that each sample is stored once afterwards."""

import pytest

from fault.fleet import end_fleet, everything_is_there, make_fleet, wait_for_progress
from fault.severed import SeveredLink
from support.bus import Bus
from support.ledger import ended, settle
from support.stack import ALL, running_cluster
from support.wait import wait_until

DEVICES = 2  # of each kind
RATE = 200
SOME = 300  # samples: enough that several batches are under way


@pytest.fixture(name="cluster")
def _cluster():
    """A PostgreSQL of one's own, whose configuration may be changed."""
    with running_cluster() as one:
        yield one


def superuser(stack):
    session = stack.postgres.connect("postgres")
    session.autocommit = True
    return session


def configure(stack, *statements):
    session = superuser(stack)
    with session.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
        cursor.execute("SELECT pg_reload_conf()")
    session.close()


def store_retries(stack):
    return stack["epts"].metric("millrace_epts_store_retries_total")


def check_holding(stack, fleet):
    """epts tries again and gives nothing up; devices notice nothing."""
    tried = store_retries(stack)
    wait_until(lambda: store_retries(stack) >= tried + 2, "epts tries again")
    wait_for_progress(fleet, SOME)


def check_all_is_stored(stack, fleet):
    end_fleet(fleet)
    stack["epts"].wait_ready()
    wait_until(lambda: everything_is_there(stack, fleet), "every acknowledged sample is stored", 90)
    assert ended(stack)["rejected"] == 0
    assert stack["epts"].metric("millrace_epts_terminated_total") == 0


def test_postgres_read_only(make_stack, cluster):
    """As during a fail-over."""
    stack = make_stack(*ALL, cluster=cluster)
    fleet = make_fleet(stack, DEVICES, SOME, RATE)
    wait_for_progress(fleet, SOME)
    configure(stack, "ALTER SYSTEM SET default_transaction_read_only = on")
    check_holding(stack, fleet)
    [cause, *_] = stack["epts"].logged("cannot store a batch, trying again")
    assert "read-only transaction" in cause["cause"]
    configure(stack, "ALTER SYSTEM RESET default_transaction_read_only")
    check_all_is_stored(stack, fleet)


def end_sessions_of_epts(stack):
    stack.sql(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE usename = 'epts' AND datname = current_database()"
    )


def test_postgres_without_a_connection_to_spare(make_stack, cluster):
    stack = make_stack(*ALL, cluster=cluster)
    fleet = make_fleet(stack, DEVICES, SOME, RATE)
    wait_for_progress(fleet, SOME)
    # What holds for the role holds for the server: SQLSTATE 53300.
    stack.sql("ALTER ROLE epts CONNECTION LIMIT 0")
    end_sessions_of_epts(stack)
    check_holding(stack, fleet)
    wait_until(lambda: stack["epts"].admin("/readyz")[0] == 503, "epts is not ready")
    stack.sql("ALTER ROLE epts CONNECTION LIMIT -1")
    check_all_is_stored(stack, fleet)


def test_postgres_fails_a_statement_now_and_then(make_stack, cluster):
    """Each third batch fails as if it had lost against another transaction."""
    stack = make_stack(*ALL, cluster=cluster)
    stack.sql(
        """
        CREATE SEQUENCE public.batches;
        GRANT USAGE ON SEQUENCE public.batches TO PUBLIC;
        CREATE FUNCTION public.fail_sometimes() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF nextval('public.batches') % 3 = 0 THEN
            RAISE EXCEPTION 'lost' USING ERRCODE = 'serialization_failure';
          END IF;
          RETURN NULL;
        END $$;
        CREATE TRIGGER fail_sometimes AFTER INSERT ON time_series.frame
          FOR EACH STATEMENT EXECUTE FUNCTION public.fail_sometimes();
        """
    )
    fleet = make_fleet(stack, DEVICES, SOME, RATE)
    wait_for_progress(fleet, 2 * SOME)
    wait_until(lambda: store_retries(stack) >= 3, "batches have failed")
    check_all_is_stored(stack, fleet)


def test_connection_cut_at_commit(make_stack, cluster):
    """Nobody can tell whether such a batch is stored: it is done again, and is there once."""
    stack = make_stack("registry", "http-receiver", "mqtt-receiver", cluster=cluster)
    link = SeveredLink(cluster.port)
    stack.start("epts", database_url=cluster.tcp_url(stack.database, "epts", link.port))
    stack.start("query")
    fleet = make_fleet(stack, DEVICES, SOME, RATE)
    for number, kind in enumerate(("unanswered", "lost") * 4, start=1):
        wait_for_progress(fleet, SOME // 10)
        link.sever(kind)
        wait_until(lambda count=number: len(link.severed) == count, "a COMMIT was cut off")
    check_all_is_stored(stack, fleet)
    link.close()
    # In the ledger each sample is once too.
    acknowledged = sum(len(device.acknowledged) for device in fleet)
    unanswered = sum(len(device.unanswered) for device in fleet)
    assert acknowledged <= sum(settle(stack).values()) <= acknowledged + unanswered


def jetstream(stack, call):
    with Bus(stack.nats) as bus:
        return bus.jetstream(call)


def test_consumer_deleted(make_stack):
    stack = make_stack(*ALL)
    fleet = make_fleet(stack, DEVICES, SOME, RATE)
    for _ in range(3):
        wait_for_progress(fleet, SOME)
        wait_until(
            lambda: jetstream(stack, "CONSUMER.DELETE.DATA_SAMPLES.epts"), "epts has made it anew"
        )
    check_all_is_stored(stack, fleet)


def test_stream_deleted(make_stack):
    """Somebody throws away what waits. What comes afterwards is received and stored as before."""
    stack = make_stack(*ALL)
    fleet = make_fleet(stack, DEVICES, 1, RATE)
    wait_for_progress(fleet, SOME)
    jetstream(stack, "STREAM.DELETE.DATA_SAMPLES")
    # What was acknowledged until now may have been in it.
    end_fleet(fleet)
    after = make_fleet(stack, DEVICES, SOME, RATE)
    check_all_is_stored(stack, after)
    assert stack["epts"].logged("made the stream")
