# SPDX-License-Identifier: Apache-2.0
"""compose.yaml: one of each on one machine."""

import csv
import io
import re
import subprocess
import time
from pathlib import Path

import pytest

from compose.deployment import ADMIN_PORTS, SERVICES, deployed, inspect, memory_by_service, note_figure, run
from compose.load import Fleet
from support.api import Identity
from support.child import clean_environment
from support.device import HttpDevice
from support.paths import ROOT
from support.wait import wait_until

SERVERS = ("nats", "postgres")
GREENHOUSE = Identity("greenhouse", "greenhouse-v1", "station-1", "my-token")


@pytest.fixture(scope="module")
def deployment():
    with deployed("one") as made:
        yield made


def test_everything_becomes_healthy(deployment):
    note_figure(f"first start, volumes empty: {deployment.first_start:.1f} s until all are healthy")
    image = run("docker", "image", "inspect", "-f", "{{.Size}}", inspect_service(deployment, "epts")["Image"])
    note_figure(f"image of the services: {int(image.stdout) / 1e6:.0f} MB")
    assert all(
        inspect_service(deployment, name)["State"]["Health"]["Status"] == "healthy"
        for name in SERVICES + SERVERS
    )


def inspect_service(deployment, service):
    (container,) = deployment.containers(service)
    return inspect(container)


def test_only_what_devices_and_programs_need_is_published_and_only_on_loopback(deployment):
    published = {
        (service, port): bindings
        for service in SERVICES + SERVERS
        for port, bindings in inspect_service(deployment, service)["NetworkSettings"]["Ports"].items()
        if bindings
    }
    assert {name: [b["HostPort"] for b in bindings] for name, bindings in published.items()} == {
        ("http-receiver", "8080/tcp"): [str(deployment.ports["HTTP"])],
        ("mqtt-receiver", "1883/tcp"): [str(deployment.ports["MQTT"])],
        ("query", "50051/tcp"): [str(deployment.ports["QUERY"])],
        ("registry", "50052/tcp"): [str(deployment.ports["REGISTRY"])],
        ("gateway", "8000/tcp"): [str(deployment.ports["GATEWAY"])],
    }
    assert {b["HostIp"] for bindings in published.values() for b in bindings} == {"127.0.0.1"}


def test_receivers_cannot_reach_the_database_nor_anybody_the_world_through_bus_and_database(deployment):
    networks = {
        service: set(inspect_service(deployment, service)["NetworkSettings"]["Networks"])
        for service in SERVICES + SERVERS
    }
    named = {
        service: {name.removeprefix(f"{deployment.project}_") for name in names}
        for service, names in networks.items()
    }
    assert named["nats"] == {"bus"} and named["postgres"] == {"database"}
    assert named["epts"] == {"bus", "database", "metrics"}
    assert "database" not in named["http-receiver"] | named["mqtt-receiver"] | named["gateway"]
    for name in ("bus", "database", "metrics"):
        shown = run("docker", "network", "inspect", "-f", "{{.Internal}}", f"{deployment.project}_{name}")
        assert shown.stdout.strip() == "true", name


@pytest.mark.parametrize("service", SERVICES + SERVERS)
def test_a_container_has_no_rights_to_spare(deployment, service):
    shown = inspect_service(deployment, service)
    host = shown["HostConfig"]
    assert host["ReadonlyRootfs"]
    assert host["CapDrop"] == ["ALL"] and not host["CapAdd"]
    assert "no-new-privileges:true" in host["SecurityOpt"]
    assert host["Memory"] > 0 and host["PidsLimit"] > 0
    assert host["RestartPolicy"]["Name"] == "unless-stopped"
    # And as the kernel sees it.
    status = Path(f"/proc/{shown['State']['Pid']}/status").read_text(encoding="ascii")
    assert re.search(r"^CapEff:\s+0+$", status, re.MULTILINE)
    assert re.search(r"^CapBnd:\s+0+$", status, re.MULTILINE)
    assert re.search(r"^NoNewPrivs:\s+1$", status, re.MULTILINE)
    uids = set(re.search(r"^Uid:\s+(.*)$", status, re.MULTILINE)[1].split())
    assert uids == {"999" if service == "postgres" else "10001"}
    denied = run("docker", "exec", shown["Id"], "sh", "-c", "echo x > /written", check=False)
    assert denied.returncode != 0 and "Read-only file system" in denied.stderr


def secrets_of(deployment):
    folder = "/var/lib/millrace/secrets"
    found = [deployment.admin_key(), deployment.file("nats", f"{folder}/bus/nats.token")]
    for role in ("postgres", "registry", "epts", "query"):
        found.append(deployment.file("postgres", f"{folder}/postgres/{role}.password"))
    assert len(set(found)) == 6 and all(len(secret) >= 32 for secret in found)
    return found


def test_secrets_are_in_no_log_and_in_no_description_of_a_container(deployment):
    shown = run("docker", "inspect", *all_containers(deployment)).stdout
    logs = deployment.compose("logs", "--no-color").stdout
    assert '"event":"ready"' in logs
    for secret in secrets_of(deployment):
        assert secret not in shown
        assert secret not in logs


def all_containers(deployment):
    return deployment.compose("ps", "-aq").stdout.split()


def test_a_service_holds_the_secrets_it_needs_and_no_other(deployment):
    folder = "/var/lib/millrace/secrets"
    for service, wanted in {
        "registry": {"bus/nats.token", "registry/pgpass", "admin/admin.key"},
        "http-receiver": {"bus/nats.token"},
        "mqtt-receiver": {"bus/nats.token"},
        "epts": {"bus/nats.token", "epts/pgpass"},
        "query": {"bus/nats.token", "query/pgpass"},
        "gateway": {"bus/nats.token"},
    }.items():
        words = ("exec", "-T", service, "find", folder, "-type", "f", "-printf", "%P\\n")
        assert set(deployment.compose(*words).stdout.split()) == wanted, service


def test_the_database_asks_for_the_passwords(deployment):
    words = ("exec", "-T", "-e", "PGPASSWORD=wrong", "postgres", "psql", "-h", "postgres", "-U", "query")
    done = deployment.compose(*words, "-d", "millrace", "-c", "SELECT 1", check=False)
    assert done.returncode != 0 and "password authentication failed" in done.stderr


def test_the_bus_asks_for_the_token(deployment):
    # Its first words to a client, and what it answers to one that shows no token.
    script = "printf 'CONNECT {}\\r\\nPING\\r\\n' | timeout 5 nc 127.0.0.1 4222"
    done = deployment.compose("exec", "-T", "nats", "sh", "-c", script, check=False)
    assert "INFO " in done.stdout and "Authorization Violation" in done.stdout


def test_the_tutorial(deployment):
    deployment.cli("app", "create", "greenhouse", "--auto-extract", "on")
    deployment.cli("app-version", "create", "greenhouse-v1", "--app", "greenhouse")
    deployment.cli(
        *("endpoint", "create", "--app-version", "greenhouse-v1"),
        *("--id", "station-1", "--token", "my-token"),
    )
    curl = subprocess.run(
        [
            *("curl", "--location", "--request", "POST"),
            f"http://{deployment.http.address}/kp1/greenhouse-v1/dcx/my-token/json",
            *("--data-raw", '[{"temperature": 23, "humidity": 48}]'),
            *("--silent", "--show-error", "--write-out", "%{http_code}"),
        ],
        env=clean_environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    assert curl.stdout == "200"
    subprocess.run(
        [
            *("mosquitto_pub", "-h", "127.0.0.1", "-p", str(deployment.mqtt.port), "-q", "1"),
            *("-t", "kp1/greenhouse-v1/dcx/my-token/json", "-m", '{"temperature": 24, "humidity": 47}'),
        ],
        check=True,
        timeout=30,
    )
    wait_until(
        lambda: greenhouse_points(deployment)
        == {("auto~humidity", "48"), ("auto~humidity", "47"), ("auto~temperature", "23"), ("auto~temperature", "24")},
        "the command line shows both samples",
        every=0.2,
    )


def greenhouse_points(deployment):
    words = ("query", "--app", "greenhouse", "--endpoint", "station-1", "--last", "1h", "--format", "csv")
    rows = csv.DictReader(io.StringIO(deployment.cli(*words)))
    return {(row["series"], row["value"]) for row in rows}


def test_the_dashboard_is_served_and_shows_what_the_command_line_made(deployment):
    assert "<script" in deployment.web("/")
    assert "greenhouse" in deployment.applications_over_http()


def test_the_simulated_device_sends(deployment):
    deployment.up("demo", profiles=("demo",))
    try:
        words = ("query", "--app", "demo", "--endpoint", "demo-device", "--format", "csv")
        wait_until(lambda: len(deployment.cli(*words).splitlines()) > 4, "its points are there", every=0.5)
    finally:
        deployment.compose("--profile", "demo", "rm", "-fsv", "demo")


def test_prometheus_scrapes_every_service(deployment):
    if not (ROOT / "deploy/prometheus/prometheus.yml").exists():
        pytest.skip("there is no deploy/prometheus")
    deployment.up("prometheus", profiles=("observability",))
    try:
        query = f"http://127.0.0.1:{deployment.ports['PROMETHEUS']}/api/v1/query?query=up==1"

        def scraped():
            answer = run("curl", "-fsSg", query, env=clean_environment()).stdout
            return all(f'"job":"{job}"' in answer for job in ADMIN_PORTS)

        wait_until(scraped, "Prometheus has scraped all services", 90, every=1)
    finally:
        deployment.compose("--profile", "observability", "rm", "-fsv", "prometheus")


def test_idle_memory(deployment):
    figures = memory_by_service(deployment.project)
    assert len(figures) == len(SERVICES + SERVERS)
    for name, memory, cpu in figures:
        note_figure(f"  {name:18} {memory:24} {cpu} of a core")


def test_nothing_acknowledged_is_lost_when_every_container_is_killed_in_turn(deployment):
    restarts = {}
    with Fleet(deployment) as fleet:
        for service in SERVICES + SERVERS:
            (container,) = deployment.containers(service)
            restarts[service] = inspect(container)["RestartCount"]
            begin = time.monotonic()
            deployment.kill(container)
            deployment.wait_back(container, restarts[service] + 1)
            back = time.monotonic() - begin
            fleet.wait_for_progress(50)
            note_figure(f"  {service:18} killed: healthy again after {back:.1f} s")
    fleet.settle()
    note_figure(f"  {fleet.acknowledged} uploads acknowledged meanwhile: none lost, none doubled")


def test_down_and_up_keep_data_secrets_and_accepted_samples(deployment):
    before = secrets_of(deployment)
    # On its way when everything stops: nobody stores it, so it is in the stream.
    deployment.compose("stop", "epts")
    assert HttpDevice(deployment.http, GREENHOUSE).send({"temperature": 25}).status == 200
    deployment.down()
    assert not all_containers(deployment)
    note_figure(f"start with data, after down: {deployment.up():.1f} s until all are healthy")
    assert secrets_of(deployment) == before
    wait_until(
        lambda: {("auto~temperature", "23"), ("auto~temperature", "25")} <= greenhouse_points(deployment),
        "what was stored and what was accepted are there",
        every=0.2,
    )


def test_a_changed_password_is_taken_over(deployment):
    secret = "/var/lib/millrace/secrets/postgres/epts.password"
    before = deployment.file("postgres", secret)
    deployment.compose("run", "--rm", "-T", "--entrypoint", "rm", "secrets", secret)
    deployment.compose("up", "-d", "--wait", "--no-build", "--force-recreate")
    assert deployment.file("postgres", secret) != before
    assert HttpDevice(deployment.http, GREENHOUSE).send({"temperature": 26}).status == 200
    wait_until(
        lambda: ("auto~temperature", "26") in greenhouse_points(deployment), "it is stored", every=0.2
    )


def test_a_stop_is_clean(deployment):
    containers = {name: deployment.containers(name)[0] for name in SERVICES + SERVERS}
    begin = time.monotonic()
    deployment.compose("stop")
    note_figure(f"stop: {time.monotonic() - begin:.1f} s")
    ends = {name: inspect(container)["State"] for name, container in containers.items()}
    assert {name: end["ExitCode"] for name, end in ends.items()} == dict.fromkeys(ends, 0)
