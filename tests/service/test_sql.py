# SPDX-License-Identifier: Apache-2.0
"""The views for people, as docs/sql.md shows them: its examples are run as they stand."""

import re

import psycopg2
import pytest

from support.device import HttpDevice
from support.paths import ROOT
from support.postgres import ROLES
from support.wait import wait_until

PAGE = ROOT / "docs/sql.md"
SAMPLES = [{"temperature": 21.5, "humidity": 48}, {"temperature": 22}]


def examples():
    """The page's SQL, with what Grafana makes of its macro."""
    found = re.findall(r"^```sql\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.M | re.S)
    return [
        block.replace("$__timeFilter(time)", "time BETWEEN now() - interval '1 hour' AND now()")
        for block in found
    ]


READING = [block for block in examples() if block.startswith("SELECT")]
GRANTING = [block for block in examples() if not block.startswith("SELECT")]


def read(stack, role, statement):
    """Its rows as {column: value}."""
    session = stack.postgres.connect(stack.database, role)
    try:
        with session, session.cursor() as cursor:
            cursor.execute(statement)
            names = [column.name for column in cursor.description]
            return [dict(zip(names, row)) for row in cursor.fetchall()]
    finally:
        session.close()


@pytest.fixture(name="greenhouse")
def stack_with_two_samples(make_stack):
    stack = make_stack("registry", "http-receiver", "epts")
    registry = stack.registry
    version = registry.create_app_version(registry.create_application("greenhouse"))
    registry.create_endpoint(version, "station-1", "my-token")
    device = HttpDevice(stack["http-receiver"])
    answer = device.post(str(SAMPLES).replace("'", '"'), f"/kp1/{version}/dcx/my-token/json")
    assert answer.status == 200
    wait_until(
        lambda: stack.sql("SELECT count(*) FROM time_series.data_point") == [(3,)],
        "the points are there",
    )
    return stack


def test_the_role_query_reads_points_by_their_names(greenhouse):
    hour, quarters, last, columns, panel, series, rejected = (
        read(greenhouse, "query", example) for example in READING
    )
    assert [row["number"] for row in hour] == [21.5, 22]
    assert sum(row["avg"] for row in quarters) in (21.75, 43.5)  # the quarter may end between them
    assert [(row["series"], row["number"], row["boolean"], row["string"]) for row in last] == [
        ("auto~humidity", 48, None, None),
        ("auto~temperature", 22, None, None),
    ]
    assert [(row["temperature"], row["humidity"]) for row in columns] == [(21.5, 48), (22, None)]
    assert [(row["metric"], row["value"]) for row in panel] == [
        ("station-1", 21.5),
        ("station-1", 22),
    ]
    assert [row["series"] for row in series] == ["auto~humidity", "auto~temperature"]
    assert rejected == []


def test_others_may_be_given_the_views_alone(greenhouse):
    database = greenhouse.database
    for example in GRANTING:
        greenhouse.sql(example.replace("DATABASE millrace", f"DATABASE {database}"))
    try:
        assert [row["number"] for row in read(greenhouse, "analyst", READING[0])] == [21.5, 22]
        (row,) = read(greenhouse, "analyst", "SELECT count(*) FROM greenhouse.data_point")
        assert row["count"] == 3
        for beneath in ("frame", "endpoint", "rejected_sample", "migration"):
            with pytest.raises(psycopg2.errors.InsufficientPrivilege):
                read(greenhouse, "analyst", f"SELECT * FROM time_series.{beneath}")
    finally:
        greenhouse.sql("DROP OWNED BY analyst; DROP ROLE analyst")


def test_nobody_else_may_read_them(greenhouse):
    (readers,) = read(
        greenhouse,
        "postgres",
        "SELECT array_agg(rolname::text ORDER BY rolname) AS names FROM pg_roles WHERE rolcanlogin"
        " AND NOT rolsuper AND has_table_privilege(oid, 'time_series.data_point', 'SELECT')",
    )
    assert set(readers["names"]) == {"epts", "query"} <= set(ROLES)
