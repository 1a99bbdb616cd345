# SPDX-License-Identifier: Apache-2.0
"""compose.yaml with the image of an earlier version, and then with this one's, under load."""

import os
import time

import pytest

from compose.deployment import deployed, inspect, note_figure, run, services_of
from compose.load import Fleet
from support.paths import ROOT
from support.wait import wait_until

EARLIER = os.environ.get("MILLRACE_TEST_UPGRADE_FROM")
FILES = sorted((ROOT / "services/lib/time_series/migrations").glob("*.sql"))
NEWEST = " ".join(str(number) for number in range(1, len(FILES) + 1))
DECISIONS = {  # what an older epts says to a newer schema
    "a newer Millrace ran here": "refuses the newer schema",
    "schema is newer than this program, which may use it": "goes on with the newer schema",
}

pytestmark = pytest.mark.skipif(
    not EARLIER, reason="from which image? tests/compose/run --upgrade-from NAME"
)


@pytest.fixture(scope="module")
def deployment():
    with deployed("upgraded", image=EARLIER) as made:
        made.first_migrations = migrations(made)
        yield made


def sql(deployment, statement):  # pylint: disable=redefined-outer-name
    """What psql prints of its rows, as superuser over the container's socket."""
    words = ("psql", "-X", "-A", "-t", "-U", "postgres", "-d", "millrace", "-c", statement)
    return deployment.compose("exec", "-T", "postgres", *words).stdout.strip()


def migrations(deployment):  # pylint: disable=redefined-outer-name
    numbers = "SELECT number FROM time_series.migration ORDER BY number"
    return " ".join(sql(deployment, numbers).split())


def check_images(deployment, image):  # pylint: disable=redefined-outer-name
    wanted = run("docker", "image", "inspect", "-f", "{{.Id}}", image).stdout.strip()
    for service in services_of(image):
        (container,) = deployment.containers(service)
        assert inspect(container)["Image"] == wanted, service


def check_view(deployment, fleet):  # pylint: disable=redefined-outer-name
    """Every acknowledged sample once, in the view that the upgrade brought too."""
    for device in fleet.devices:
        identity = device.identity
        numbers = sql(
            deployment,
            "SELECT number::bigint FROM time_series.data_point"
            f" WHERE application = '{identity.application}'"
            f" AND endpoint_id = '{identity.endpoint_id}' AND series = 'auto~n'",
        ).split()
        assert len(numbers) == len(set(numbers))
        assert device.acknowledged <= set(map(int, numbers))


def test_up_with_the_newer_image_under_load_loses_nothing(deployment):
    check_images(deployment, EARLIER)
    with Fleet(deployment) as fleet:
        acknowledged, begin = fleet.acknowledged, time.monotonic()
        deployment.use_image(os.environ["MILLRACE_IMAGE"])
        deployment.up()
        took, meanwhile = time.monotonic() - begin, fleet.acknowledged - acknowledged
        fleet.wait_for_progress(50)
    fleet.settle()
    check_images(deployment, os.environ["MILLRACE_IMAGE"])
    assert migrations(deployment) == NEWEST
    check_view(deployment, fleet)
    note_figure(
        f"upgrade of all containers: {took:.1f} s until all were healthy, {meanwhile} uploads"
        f" acknowledged meanwhile; migrations {deployment.first_migrations} -> {NEWEST}"
    )
    note_figure(f"  {fleet.acknowledged} uploads acknowledged: none lost, none doubled")


def test_back_and_forward_again_loses_nothing(deployment):
    """Back: the earlier epts goes on or says why not; devices do not notice either."""
    if deployment.first_migrations == NEWEST:
        pytest.skip("the earlier version knows every migration")
    with Fleet(deployment) as fleet:
        deployment.use_image(EARLIER)
        deployment.compose("up", "-d", "--no-build", "--no-deps", "epts")
        decision = wait_until(lambda: decided(deployment), "it decides", 120, every=0.5)
        fleet.wait_for_progress(50)
        deployment.use_image(os.environ["MILLRACE_IMAGE"])
        deployment.up()
        fleet.wait_for_progress(50)
    fleet.settle()
    check_images(deployment, os.environ["MILLRACE_IMAGE"])
    note_figure(f"  back to the earlier epts: it {decision}; forward again, nothing was lost")


def decided(deployment):  # pylint: disable=redefined-outer-name
    log = deployment.compose("logs", "--no-color", "epts").stdout
    for said, decision in DECISIONS.items():
        if said in log:
            return decision
    return None
