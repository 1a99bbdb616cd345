# SPDX-License-Identifier: Apache-2.0
"""deploy/compose/scale-out.yaml: three nats-servers, two of each service, one balancer."""

import json
import time

import pytest

from compose.deployment import ADMIN_PORTS, SERVICES, deployed, inspect, memory_by_service, note_figure, run
from compose.load import Fleet
from support.wait import wait_until

NODES = ("nats", "nats-2", "nats-3")


@pytest.fixture(scope="module")
def deployment():
    with deployed("scaled", "deploy/compose/scale-out.yaml") as made:
        yield made


def stream(deployment):
    """{node: what it says about DATA_SAMPLES}, of the nodes that answer."""
    found = {}
    for node in NODES:
        url = "http://127.0.0.1:8222/jsz?streams=true&config=true"
        done = deployment.compose("exec", "-T", node, "wget", "-q", "-O", "-", url, check=False)
        if done.returncode != 0:
            continue
        for account in json.loads(done.stdout).get("account_details") or ():
            for one in account.get("stream_detail") or ():
                if one["name"] == "DATA_SAMPLES":
                    found[node] = one
    return found


def leader(deployment):
    """The node that leads the stream, as its nodes agree."""
    names = {one["cluster"].get("leader") for one in stream(deployment).values()}
    assert len(names) == 1 and None not in names, names
    name = names.pop()
    return "nats" if name == "nats-1" else name  # its service is that of compose.yaml


def all_copies_are_full(deployment):
    """As the stream's leader sees it: a follower knows nothing of the other one."""
    replicas = stream(deployment)[leader(deployment)]["cluster"]["replicas"]
    full = [replica for replica in replicas if replica["current"] and not replica.get("offline")]
    assert len(full) == len(NODES) - 1, replicas
    return True


def test_there_are_two_of_each_and_the_stream_has_three_copies(deployment):
    note_figure(f"scale-out, first start: {deployment.first_start:.1f} s until all are healthy")
    assert all(len(deployment.containers(service)) == 2 for service in SERVICES)
    found = stream(deployment)
    assert set(found) == set(NODES)
    assert {one["config"]["num_replicas"] for one in found.values()} == {3}
    published = {
        service: inspect(container)["NetworkSettings"]["Ports"]
        for service in (*SERVICES, *NODES)
        for container in deployment.containers(service)
    }
    assert not any(bindings for ports in published.values() for bindings in ports.values())
    for name, memory, cpu in memory_by_service(deployment.project):
        note_figure(f"  {name:18} {memory:24} {cpu} of a core")


def test_the_load_is_shared(deployment):
    with Fleet(deployment) as fleet:
        fleet.wait_for_progress(100)
    fleet.settle()
    for service, metric in {
        "http-receiver": "millrace_intake_samples_total",
        "mqtt-receiver": "millrace_intake_samples_total",
        "epts": "millrace_epts_samples_total",
    }.items():
        counts = [
            deployment.metric(container, ADMIN_PORTS[service], metric)
            for container in deployment.containers(service)
        ]
        assert len(counts) == 2 and min(counts) > 0, f"{service}: {counts}"


def test_calls_of_one_channel_go_to_both_replicas(deployment):
    api = deployment.query_api()
    identity = deployment.registry_api().create_device()
    for _ in range(20):
        api.last(identity.application)
    counts = [
        deployment.metric(container, ADMIN_PORTS["query"], "millrace_rpc_requests_total")
        for container in deployment.containers("query")
    ]
    assert min(counts) >= 5, counts


def test_the_dashboard_is_there_while_a_gateway_and_what_it_asks_are_away(deployment):
    deployment.registry_api().create_application("behind-the-balancer")
    key = deployment.admin_key()
    for service in ("gateway", "registry"):
        container = deployment.containers(service)[0]
        run("docker", "pause", container)
        try:
            wait_until(
                lambda: "behind-the-balancer" in deployment.applications_over_http(key),
                f"the other replica answers while one {service} stands still",
                30,
                every=0.5,
            )
        finally:
            run("docker", "unpause", container)


def test_nothing_acknowledged_is_lost_when_a_node_and_replicas_are_killed(deployment):
    with Fleet(deployment) as fleet:
        for service in (leader(deployment), "epts", "http-receiver", "mqtt-receiver", "query", "registry", "gateway"):
            container = deployment.containers(service)[0]
            before = inspect(container)["RestartCount"]
            begin = time.monotonic()
            deployment.kill(container)
            fleet.wait_for_progress(50)  # by the others, or by it again
            progress = time.monotonic() - begin
            deployment.wait_back(container, before + 1)
            note_figure(
                f"  {service:18} killed: 50 more uploads of each device after {progress:.1f} s,"
                f" healthy again after {time.monotonic() - begin:.1f} s"
            )
    fleet.settle()
    note_figure(f"  {fleet.acknowledged} uploads acknowledged meanwhile: none lost, none doubled")


def test_two_of_three_nodes_are_enough(deployment):
    """One stays away: stopped, as for maintenance, not restarted by anybody."""
    away = leader(deployment)
    with Fleet(deployment) as fleet:
        deployment.compose("stop", away)
        fleet.wait_for_progress(100)
        deployment.compose("start", away)
    fleet.settle()
    wait_until(lambda: all_copies_are_full(deployment), "all three nodes have a full copy again", 120, every=1)


def test_the_balancer_sends_nobody_to_a_replica_that_is_not_ready(deployment):
    container = deployment.containers("http-receiver")[0]
    run("docker", "pause", container)
    try:
        # Paused, it stays in DNS and its port still accepts: only the health check tells.
        time_of_checks = time.monotonic() + 4
        with Fleet(deployment) as fleet:
            wait_until(lambda: time.monotonic() > time_of_checks, "the checks have failed twice")
            fleet.wait_for_progress(100)
    finally:
        run("docker", "unpause", container)
    fleet.settle()
