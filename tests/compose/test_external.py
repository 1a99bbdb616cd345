# SPDX-License-Identifier: Apache-2.0
"""deploy/compose/external-*.yaml: a nats-server and a PostgreSQL that belong to somebody else."""

import contextlib
import os
import secrets

import pytest

from compose.deployment import Deployment, run
from compose.load import Fleet
from support.paths import ROOT
from support.wait import wait_until

OVERLAYS = tuple(f"deploy/compose/external-{name}.yaml" for name in ("nats", "postgres"))


class OwnServers:
    """Two containers on a network of their own, as their owner would have started them."""

    def __init__(self, deployment):
        self.network = f"{deployment.project}-own"
        # What tests/compose/run removes, should this be killed.
        self._label = ("--label", f"com.docker.compose.project={deployment.project}")
        self.token = f"own_{secrets.token_hex(8)}"
        self.password = secrets.token_hex(8)

    def __enter__(self):
        run("docker", "network", "create", *self._label, self.network)
        self._start(
            *("bus", "-e", f"MILLRACE_NATS_TOKEN={self.token}", "-v", f"{ROOT}/deploy/nats:/conf:ro"),
            os.environ.get("MILLRACE_NATS_IMAGE", "nats:2.10-alpine"),
            *("nats-server", "-c", "/conf/nats.conf", "-sd", "/tmp/store"),
        )
        self._start(
            *("db", "-e", f"POSTGRES_PASSWORD={self.password}", "-v", f"{ROOT}/deploy/postgres:/conf:ro"),
            os.environ.get("MILLRACE_POSTGRES_IMAGE", "postgres:15"),
        )
        wait_until(
            lambda: self._psql("-c", "SELECT", check=False).returncode == 0, "PostgreSQL answers", 60, every=0.5
        )
        self._psql("-v", "database=millrace", "-f", "/conf/roles.sql")
        for role in ("registry", "epts", "query"):
            self._psql("-c", f"ALTER ROLE {role} PASSWORD '{self.password}'")
        return self

    def _start(self, name, *words):
        run("docker", "run", "-d", "--name", f"{self.network}-{name}", "--network", self.network,
            "--network-alias", name, *self._label, *words)  # fmt: skip

    def _psql(self, *words, check=True):
        return run(
            *("docker", "exec", f"{self.network}-db", "psql", "-X", "-q", "-v", "ON_ERROR_STOP=1"),
            *("-h", "127.0.0.1", "-U", "postgres", *words),
            check=check,
        )

    def count(self, table):
        return int(self._psql("-At", "-d", "millrace", "-c", f"SELECT count(*) FROM {table}").stdout)

    def variables(self):
        return {
            "MILLRACE_TEST_EDGE": self.network,
            "MILLRACE_EXTERNAL_NATS_URL": f"nats://{self.token}@bus:4222",
            **{
                f"MILLRACE_EXTERNAL_{role.upper()}_DATABASE_URL": (
                    f"postgresql://{role}:{self.password}@db:5432/millrace"
                )
                for role in ("registry", "epts", "query")
            },
        }

    def __exit__(self, *_):
        run("docker", "rm", "-f", "-v", f"{self.network}-bus", f"{self.network}-db", check=False)
        run("docker", "network", "rm", self.network, check=False)


@pytest.fixture(scope="module")
def deployed_beside():
    deployment = Deployment("external", *OVERLAYS, "tests/compose/own_servers.yaml")
    with OwnServers(deployment) as servers, contextlib.ExitStack() as at_end:
        deployment.variables.update(servers.variables())
        at_end.callback(deployment.down, "--volumes")
        deployment.up()
        yield deployment, servers


def test_servers_of_ones_own_take_the_place_of_the_containers(deployed_beside):
    deployment, servers = deployed_beside
    assert not deployment.containers("nats") and not deployment.containers("postgres")
    with Fleet(deployment) as fleet:
        fleet.wait_for_progress(20)
    fleet.settle()
    assert servers.count("time_series.frame") >= fleet.acknowledged > 0
