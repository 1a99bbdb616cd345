# SPDX-License-Identifier: Apache-2.0
"""The profile backup of compose.yaml: everything is destroyed, and comes back."""

import re
import time

import pytest

from compose.deployment import deployed, inspect, note_figure
from compose.load import Fleet
from support.device import HttpDevice
from support.wait import wait_until


@pytest.fixture(scope="module")
def deployment(tmp_path_factory):
    with deployed("backup") as made:
        made.variables["MILLRACE_BACKUP_FOLDER"] = str(tmp_path_factory.mktemp("backups"))
        yield made


def run_tool(deployment, *words, check=True):
    """What `docker compose run --rm WORDS` says on stderr, and how long it took."""
    begin = time.monotonic()
    done = deployment.compose("run", "--rm", "-T", *words, check=check)
    return done.stderr, time.monotonic() - begin


def missing(deployment, wanted):
    """How many of {identity: values} cannot be read; none may be there twice."""
    query = deployment.query_api()
    lost = 0
    for identity, values in wanted.items():
        read = [int(value) for value in query.values(identity, "auto~n")]
        assert len(read) == len(set(read)), f"{identity.endpoint}: samples are there twice"
        lost += len(values - set(read))
    return lost


def test_everything_destroyed_comes_back(deployment):
    with Fleet(deployment) as fleet:
        promised = {device.identity: set(device.acknowledged) for device in fleet.devices}
        said, seconds = run_tool(deployment, "backup", "first")
    count = sum(len(values) for values in promised.values())
    assert "has every sample that was acknowledged" in said, said
    note_figure(f"  backup of {count} samples, while devices send: {seconds:.1f} s")

    deployment.down("--volumes")
    # Alone: it brings up what it needs, with new secrets.
    said, seconds = run_tool(deployment, "restore", "first")
    assert "above every row" in said, said
    note_figure(f"  restore, of everything, with the start of both servers: {seconds:.1f} s")
    # The key's file is gone with its volume; of the key itself there is but the hash.
    deployment.variables["MILLRACE_RESET_ADMIN_KEY"] = "true"
    deployment.up("registry")
    deployment.variables.pop("MILLRACE_RESET_ADMIN_KEY")
    deployment.up()
    assert missing(deployment, promised) == 0
    note_figure(f"  {count} samples acknowledged before the backup began: none lost, none doubled")

    identity = next(iter(promised))
    newest = max(promised[identity]) + 1_000_000
    assert HttpDevice(deployment.http, identity).send({"n": newest}).status == 200
    wait_until(
        lambda: missing(deployment, {identity: {newest}}) == 0,
        "a device goes on with the token it had, and is stored",
        every=0.2,
    )


def test_a_restore_beside_running_services_is_refused(deployment):
    said, _ = run_tool(deployment, "restore", "first", check=False)
    assert "services are connected to millrace" in said and "stop them first" in said, said


def test_a_backup_is_a_new_folder_each_time(deployment):
    said, _ = run_tool(deployment, "backup", "first", check=False)
    assert re.search(r"first exists: each backup is a new folder", said), said


def test_the_tools_may_write_into_that_folder_and_nothing_else(deployment):
    deployment.compose("create", "backup")
    (made,) = deployment.compose("--profile", "backup", "ps", "-aq", "backup").stdout.split()
    host = inspect(made)["HostConfig"]
    assert host["ReadonlyRootfs"] and host["CapDrop"] == ["ALL"] and host["CapAdd"] == ["DAC_OVERRIDE"]
    assert "no-new-privileges:true" in host["SecurityOpt"]
    deployment.compose("--profile", "backup", "rm", "-f", "backup")
