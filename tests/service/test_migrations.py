# SPDX-License-Identifier: Apache-2.0
"""Schemas older and newer than the program, and a program killed in the middle of a migration."""

import subprocess

import pytest

from support.device import HttpDevice
from support.paths import BIN, ROOT
from support.ports import free_port
from support.service import service_environment
from support.wait import wait_until

MIGRATIONS = sorted((ROOT / "services/lib/time_series/migrations").glob("*.sql"))
NEWEST = len(MIGRATIONS)


def make_old_schema(stack):
    """As epts of before there was oldest_program left it, with the first migration alone."""
    session = stack.postgres.connect(stack.database, "epts")
    with session, session.cursor() as cursor:
        cursor.execute(
            "CREATE SCHEMA time_series; CREATE TABLE time_series.migration (number int PRIMARY KEY,"
            " name text NOT NULL, sha256 bytea NOT NULL,"
            " applied_at timestamptz NOT NULL DEFAULT now())"
        )
        text = MIGRATIONS[0].read_text(encoding="utf-8")
        cursor.execute(text)
        cursor.execute(
            "INSERT INTO time_series.migration (number, name, sha256)"
            " VALUES (1, 'frames', sha256(convert_to(%s, 'UTF8')))",
            (text,),
        )
    session.close()


def migrations(stack):
    rows = stack.sql("SELECT number FROM time_series.migration ORDER BY number")
    return [number for (number,) in rows]


def migrate_only(stack):
    """epts --migrate-only as a process."""
    return subprocess.Popen(
        [
            *(BIN / "millrace-epts", f"--database-url={stack.database_url('epts')}"),
            *("--migrate-only", f"--admin-listen=127.0.0.1:{free_port()}"),
        ],
        env=service_environment(),
        stderr=subprocess.PIPE,
        text=True,
    )


def waiting_sessions(stack):
    """{what they wait for: how many}, of the role epts."""
    return dict(
        stack.sql(
            "SELECT l.locktype, count(*)::int FROM pg_locks l JOIN pg_stat_activity s USING (pid)"
            " WHERE NOT l.granted AND s.usename = 'epts' AND s.datname = current_database()"
            " GROUP BY 1"
        )
    )


@pytest.fixture
def running():
    """Processes that a failing test must not leave behind."""
    processes = []
    yield processes
    for process in processes:
        process.kill()
        process.communicate()


def test_an_older_schema_is_brought_up_to_date(make_stack):
    stack = make_stack()
    make_old_schema(stack)
    stack.sql("INSERT INTO time_series.application (name) VALUES ('kept')")
    process = migrate_only(stack)
    assert process.wait(60) == 0, process.communicate()[1]
    assert migrations(stack) == list(range(1, NEWEST + 1))
    assert stack.sql("SELECT name FROM time_series.application") == [("kept",)]
    assert stack.sql("SELECT oldest_program FROM time_series.migration ORDER BY number")[:2] == [
        (None,),
        (1,),
    ]


def test_killed_in_the_middle_of_a_migration_it_is_done_by_the_next_one(make_stack, running):
    stack = make_stack()
    make_old_schema(stack)
    session = stack.postgres.connect(stack.database)
    with session, session.cursor() as cursor:
        # Its last statement makes a view of this table; another view is made already.
        cursor.execute("LOCK TABLE time_series.frame IN ACCESS EXCLUSIVE MODE")
        first = migrate_only(stack)
        running.append(first)
        wait_until(lambda: waiting_sessions(stack) == {"relation": 1}, "it is in the middle")
        first.kill()
        assert first.wait(10) == -9
        # PostgreSQL has not noticed: the dead one's session still holds its place.
        second = migrate_only(stack)
        running.append(second)
        wait_until(lambda: waiting_sessions(stack).get("advisory") == 1, "the next one waits")
        assert second.poll() is None
        assert migrations(stack) == [1]
        assert stack.sql("SELECT to_regclass('time_series.series')") == [(None,)]
    session.close()
    assert second.wait(60) == 0, second.communicate()[1]
    assert migrations(stack) == list(range(1, NEWEST + 1))
    assert stack.sql("SELECT count(*) FROM time_series.data_point") == [(0,)]


def test_a_newer_schema_that_allows_it_is_used_as_it_is(make_stack):
    stack = make_stack("registry", "http-receiver", "epts", "query")
    stack["epts"].stop()
    stack.sql(
        "INSERT INTO time_series.migration (number, name, sha256, oldest_program)"
        " VALUES (%s, 'future', '', %s)",
        (NEWEST + 1, NEWEST),
    )
    stack["epts"].start()
    (line,) = stack["epts"].logged("schema is newer than this program, which may use it")
    assert (line["number"], line["known"]) == (NEWEST + 1, NEWEST)
    device = stack.registry.create_device()
    assert HttpDevice(stack["http-receiver"], device).send({"a": 1}).status == 200
    wait_until(lambda: stack.query.values(device, "auto~a") == [1], "it stores as ever")
    assert migrations(stack) == list(range(1, NEWEST + 2))


def test_a_newer_schema_that_does_not_allow_it_is_refused(make_stack):
    stack = make_stack("registry", "epts")
    stack["epts"].stop()
    stack.sql(
        "INSERT INTO time_series.migration (number, name, sha256, oldest_program)"
        " VALUES (%s, 'future', '', %s)",
        (NEWEST + 1, NEWEST + 1),
    )
    stack["epts"].start(wait=False)
    assert stack["epts"].wait() == 1
    assert f"only programs that know migration {NEWEST + 1} may" in stack["epts"].log_text()
    assert "a newer Millrace ran here" in stack["epts"].log_text()
