# SPDX-License-Identifier: Apache-2.0
"""A rolling upgrade from an earlier commit: nothing acknowledged is lost, queries go on."""

import os
from pathlib import Path

import pytest

from compose.deployment import note_figure
from compose.load import Fleet
from fault.fleet import lost_and_doubled
from support.paths import BIN, ROOT
from support.wait import wait_until
from upgrade.replicas import ORDER, reading, started

OLD = os.environ.get("MILLRACE_OLD_BIN")
MIGRATIONS = sorted((ROOT / "services/lib/time_series/migrations").glob("*.sql"))
NEWEST = list(range(1, len(MIGRATIONS) + 1))
GOES_ON = "schema is newer than this program, which may use it"
REFUSES = "a newer Millrace ran here"


@pytest.fixture(scope="module")
def replicas(postgres):
    if not OLD:
        pytest.skip("which programs are the old ones? tests/upgrade/run builds them")
    with started(postgres, Path(OLD)) as made:
        yield made


def stored_by(service):
    return service.metric("millrace_epts_samples_total", outcome="stored")


def wait_for_storing(service, count=20):
    goal = stored_by(service) + count
    wait_until(lambda: stored_by(service) >= goal, f"{service.name} stores")


def check_tables(replicas, fleet):  # pylint: disable=redefined-outer-name
    """What gRPC told is also in the tables, and in the view that the upgrade brought."""
    assert not lost_and_doubled(replicas.stack, fleet.devices)
    for device in fleet.devices:
        rows = replicas.stack.sql(
            "SELECT number::bigint, count(*) FROM time_series.data_point WHERE application = %s"
            " AND endpoint_id = %s AND series = 'auto~n' GROUP BY 1",
            (device.identity.application, device.identity.endpoint_id),
        )
        assert device.acknowledged <= {number for number, _ in rows}
        assert all(count == 1 for _, count in rows)


def upgrade(replicas, kind, fleet):  # pylint: disable=redefined-outer-name
    """Of both replicas of a kind, one after the other; devices get on after each."""
    for service in replicas.of(kind):
        before = fleet.acknowledged
        replacement = replicas.replace(service, BIN)
        meanwhile = fleet.acknowledged - before
        fleet.wait_for_progress(50)
        note_figure(f"  {replacement}; {meanwhile} uploads acknowledged meanwhile")
        yield replacement


def test_replaced_one_after_another_nothing_is_lost_and_queries_go_on(replicas):
    replacements = []
    with Fleet(replicas) as fleet:
        identity, api = fleet.devices[0].identity, replicas.query_api()
        wait_until(lambda: api.last(identity.application), "a first point is there")
        with reading(replicas, identity) as readers:
            for kind in ORDER:
                for replacement in upgrade(replicas, kind, fleet):
                    replacements.append(replacement)
                    if replacement.name == "epts-1":
                        # The schema is new, and the other one still the old program.
                        assert replicas.migrations() == NEWEST
                        wait_for_storing(replicas.stack["epts-2"])
    fleet.settle()
    check_tables(replicas, fleet)
    for reader in readers:
        assert not reader.faults(replacements)
        note_figure(
            f"  {reader.name:16} answered {reader.answered} calls, {len(reader.failures)} failed"
            " while it was replaced"
        )
    note_figure(f"  schema: migrations {replicas.first_migrations} -> {replicas.migrations()}")
    note_figure(f"  {fleet.acknowledged} uploads acknowledged: none lost, none doubled")


def start_old(epts):
    """Whether it goes on with the newer schema; if not, it has said why."""
    epts.programs = Path(OLD)
    epts.start(wait=False)
    decision = wait_until(
        lambda: "has ended" if not epts.running else epts.ready() and "is ready", "it decides"
    )
    if decision == "is ready":
        assert epts.logged(GOES_ON)
        return True
    assert epts.wait() == 1 and REFUSES in epts.log_text(), epts.log_tail(5)
    return False


def test_an_old_epts_goes_on_or_says_why_not_and_nothing_is_lost(replicas):
    if replicas.first_migrations == NEWEST:
        pytest.skip("the earlier programs know every migration")
    epts = replicas.of("epts")[1]
    with Fleet(replicas) as fleet:
        assert epts.stop() == 0
        goes_on = start_old(epts)
        if goes_on:
            wait_for_storing(epts)
            assert epts.stop() == 0
        else:
            assert not start_old(epts), "systemd and docker start it again: that harms nobody"
        fleet.wait_for_progress(50)
        epts.programs = BIN
        epts.start()
        wait_for_storing(epts)
    fleet.settle()
    check_tables(replicas, fleet)
    note_figure(
        f"  back to the old epts: it {'goes on with' if goes_on else 'refuses'} the new schema;"
        f" {fleet.acknowledged} uploads acknowledged meanwhile and after: none lost, none doubled"
    )
