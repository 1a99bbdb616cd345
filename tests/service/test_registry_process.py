# SPDX-License-Identifier: Apache-2.0
"""The registry as a process: first start, restarts, replicas, and PostgreSQL or NATS away."""

import os
import signal
import socket
import stat
import subprocess

import grpc
import pytest

from support.api import RegistryApi, channel
from support.bus import Bus
from support.paths import BIN, ROOT
from support.protos import registry_pb2, registry_pb2_grpc, token_pb2
from support.service import service_environment
from support.wait import wait_until

pb = registry_pb2
PROGRAM = BIN / "millrace-registry"
# Rows of their numbers.
MIGRATIONS = [
    (number + 1,)
    for number, _ in enumerate((ROOT / "services/registry/migrations").glob("*.sql"))
]


def status_of(address, key, timeout=20):
    """The code of a call that asks PostgreSQL, without waiting for the server."""
    with channel(address) as link:
        stub = registry_pb2_grpc.RegistryStub(link)
        try:
            stub.ListApplications(
                pb.ListApplicationsRequest(),
                timeout=timeout,
                metadata=[("authorization", f"Bearer {key}")],
            )
            return grpc.StatusCode.OK
        except grpc.RpcError as error:
            return error.code()


def look_up_status(bus, version, token):
    request = token_pb2.EndpointTokenRequest(app_version_name=version, token=token)
    answer = token_pb2.EndpointTokenResponse()
    answer.ParseFromString(
        bus.request(
            "kaa.v1.service.registry.ecap.ep-token-request", request.SerializeToString()
        )
    )
    return answer.status_code


def run(*flags):
    return subprocess.run(
        [PROGRAM, *flags],
        env=service_environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_first_start_writes_an_admin_key_for_its_owner_only(make_stack):
    stack = make_stack("registry")
    assert stat.S_IMODE(os.stat(stack.admin_key_file).st_mode) == 0o600
    keys = stack.registry.call.ListApiKeys(pb.ListApiKeysRequest()).api_keys
    assert [key.name for key in keys] == ["admin"]
    assert stack["registry"].logged("admin key written")
    assert stack.admin_key not in stack["registry"].log_text()


def test_the_last_valid_admin_cannot_be_revoked(make_stack):
    stack = make_stack("registry")
    call = stack.registry.call
    (admin,) = call.ListApiKeys(pb.ListApiKeysRequest()).api_keys
    stack.registry.create_key("OPERATOR")
    stack.registry.create_key("READER", name="reader")
    with pytest.raises(grpc.RpcError) as failure:
        call.RevokeApiKey(pb.RevokeApiKeyRequest(key_id=admin.key_id))
    assert failure.value.code() is grpc.StatusCode.FAILED_PRECONDITION
    call.CreateApiKey(pb.CreateApiKeyRequest(name="second"))
    call.RevokeApiKey(pb.RevokeApiKeyRequest(key_id=admin.key_id))


def test_a_restart_keeps_keys_and_data(make_stack):
    stack = make_stack("registry")
    device = stack.registry.create_device()
    key = stack.admin_key
    stack["registry"].stop()
    stack["registry"].start()
    assert stack.admin_key == key
    endpoint = stack.registry.call.GetEndpoint(
        pb.GetEndpointRequest(endpoint_id=device.endpoint_id)
    )
    assert endpoint.app_version_name == device.app_version


def test_a_lost_key_file_is_not_written_again_but_can_be_reset(make_stack):
    stack = make_stack("registry")
    old = stack.admin_key
    os.unlink(stack.admin_key_file)
    registry = stack["registry"]
    registry.restart()
    assert not stack.admin_key_file.exists()
    assert "--reset-admin-key" in registry.log_text()
    assert status_of(registry.address, old) is grpc.StatusCode.OK

    registry.stop()
    registry.settings["reset-admin-key"] = "true"
    registry.start()
    new = stack.admin_key
    assert new != old
    assert status_of(registry.address, old) is grpc.StatusCode.UNAUTHENTICATED
    assert status_of(registry.address, new) is grpc.StatusCode.OK


def test_a_key_that_cannot_be_written_is_not_created(make_stack):
    stack = make_stack()
    folder = stack.folder / "keys"
    registry = stack.start("registry", wait=False, admin_key_file=folder / "admin.key")
    assert registry.wait() == 1
    assert "admin-key-file" in registry.log_text()
    folder.mkdir()
    registry.start()
    assert (folder / "admin.key").read_text().startswith("mr_")


def test_replicas_start_together_and_agree_on_one_key(make_stack):
    stack = make_stack()
    names = ["registry-1", "registry-2", "registry-3"]
    for name in names:
        stack.start("registry", name=name, wait=False)
    for name in names:
        stack[name].wait_ready()
    assert sum(bool(stack[name].logged("admin key written")) for name in names) == 1
    for name in names:
        assert status_of(stack[name].address, stack.admin_key) is grpc.StatusCode.OK
    assert stack.sql("SELECT number FROM registry.migration ORDER BY 1") == MIGRATIONS


def test_a_key_revoked_at_one_replica_is_refused_by_the_other(make_stack):
    stack = make_stack("registry")
    second = stack.start("registry", name="second")
    made = stack.registry.call.CreateApiKey(pb.CreateApiKeyRequest(name="short-lived"))
    assert status_of(second.address, made.key) is grpc.StatusCode.OK, "and is remembered there"
    stack.registry.call.RevokeApiKey(pb.RevokeApiKeyRequest(key_id=made.metadata.key_id))
    wait_until(
        lambda: status_of(second.address, made.key) is grpc.StatusCode.UNAUTHENTICATED,
        "the other replica has heard of it",
        within=5,  # it would forget by itself after 10 s
    )


def test_a_token_used_at_two_replicas_at_once_becomes_active_once(make_stack):
    stack = make_stack("registry")
    stack.start("registry", name="second")
    device = stack.registry.create_device()
    buses = [Bus(stack.nats) for _ in range(8)]
    request = token_pb2.EndpointTokenRequest(
        app_version_name=device.app_version, token=device.token
    ).SerializeToString()
    for n, bus in enumerate(buses):
        bus.subscribe(f"answer.{n}")
        bus.publish("kaa.v1.service.registry.ecap.ep-token-request", request, f"answer.{n}")
    for bus in buses:
        bus.next_message()
        bus.close()
    used = sum(
        len(stack[name].logged("token used for the first time")) for name in ("registry", "second")
    )
    assert used == 1


def test_postgres_away_is_told_and_survived(make_stack):
    stack = make_stack("registry")
    device = stack.registry.create_device()
    registry, key = stack["registry"], stack.admin_key
    with Bus(stack.nats) as bus:
        assert look_up_status(bus, device.app_version, device.token) == 200
        stack.postgres.kill()
        assert look_up_status(bus, device.app_version, device.token) == 503, "not 404"
        assert status_of(registry.address, key) is grpc.StatusCode.UNAVAILABLE
        wait_until(lambda: registry.admin("/readyz")[0] == 503, "it is not ready")
        stack.postgres.start()
        registry.wait_ready()
        assert look_up_status(bus, device.app_version, device.token) == 200
    assert status_of(registry.address, key) is grpc.StatusCode.OK


def test_nats_away_is_told_and_survived(make_stack):
    stack = make_stack("registry")
    device = stack.registry.create_device()
    registry = stack["registry"]
    stack.nats.kill()
    wait_until(lambda: registry.admin("/readyz")[0] == 503, "it is not ready")
    assert status_of(registry.address, stack.admin_key) is grpc.StatusCode.OK, "needs no NATS"
    stack.nats.start()
    registry.wait_ready()
    with Bus(stack.nats) as bus:
        assert look_up_status(bus, device.app_version, device.token) == 200


def test_it_waits_at_start_for_what_is_away(make_stack):
    stack = make_stack()
    stack.nats.kill()
    stack.postgres.kill()
    registry = stack.start("registry", wait=False)
    wait_until(lambda: registry.logged("waiting for PostgreSQL"), "it says what it waits for")
    stack.postgres.start()
    wait_until(lambda: stack.admin_key_file.exists(), "the database is prepared")
    assert registry.admin("/readyz")[0] == 503
    stack.nats.start()
    registry.wait_ready()


def test_it_ends_on_request_while_it_waits(make_stack):
    stack = make_stack()
    stack.postgres.kill()
    registry = stack.start("registry", wait=False)
    wait_until(lambda: registry.logged("waiting for PostgreSQL"), "it waits")
    assert registry.stop() == 0
    stack.postgres.start()


def test_it_is_killed_anywhere_and_starts_again(make_stack):
    stack = make_stack("registry")
    for _ in range(3):
        api = RegistryApi(stack["registry"].address, stack.admin_key)  # not the broken connection
        device = api.create_device()
        api.channel.close()
        stack["registry"].restart()
        with Bus(stack.nats) as bus:
            assert look_up_status(bus, device.app_version, device.token) == 200


def test_migrate_only_makes_the_schema_and_ends(make_stack):
    stack = make_stack()
    flags = [f"--database-url={stack.database_url('registry')}", "--migrate-only"]
    for _ in range(2):
        done = run(*flags)
        assert done.returncode == 0, done.stderr
    assert stack.sql("SELECT number FROM registry.migration ORDER BY 1") == MIGRATIONS
    assert stack.sql("SELECT count(*) FROM registry.api_key") == [(0,)], "no key without a start"


def test_a_schema_of_a_newer_version_is_left_alone(make_stack):
    stack = make_stack("registry")
    stack["registry"].stop()
    future = len(MIGRATIONS) + 1
    stack.sql("INSERT INTO registry.migration VALUES (%s, 'future', '\\x00')", (future,))
    done = run(f"--database-url={stack.database_url('registry')}", "--migrate-only")
    assert done.returncode == 1
    assert "a newer Millrace ran here" in done.stderr


def test_an_occupied_port_is_named_with_its_setting(make_stack):
    stack = make_stack()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        registry = stack.start("registry", wait=False, grpc_listen=f"127.0.0.1:{port}")
        assert registry.wait() == 1
        assert f"127.0.0.1:{port}" in registry.log_text()
        assert "grpc-listen" in registry.log_text()
    registry.start()  # once the port is free


def test_health_and_reflection_are_offered(make_stack):
    stack = make_stack("registry")
    with channel(stack["registry"].address) as link:
        check = link.unary_unary(
            "/grpc.health.v1.Health/Check",
            request_serializer=lambda message: message,
            response_deserializer=lambda message: message,
        )
        wait_until(lambda: check(b"", timeout=20) == b"\x08\x01", "it is serving")
        reflect = link.stream_stream(
            "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
            request_serializer=lambda message: message,
            response_deserializer=lambda message: message,
        )
        (answer,) = reflect(iter([b"\x3a\x01*"]), timeout=20)  # list_services
        assert b"millrace.registry.v1.Registry" in answer


def test_calls_in_progress_end_before_it_does(make_stack):
    stack = make_stack("registry")
    application = stack.registry.create_application()
    request = pb.UpdateApplicationRequest(name=application, display_name="after")
    # A lock of ours holds the call until the registry has been asked to stop.
    session = stack.postgres.connect(stack.database)
    cursor = session.cursor()
    cursor.execute("SELECT 1 FROM registry.application WHERE name = %s FOR UPDATE", (application,))
    with channel(stack["registry"].address) as link:
        stub = registry_pb2_grpc.RegistryStub(link)
        answer = stub.UpdateApplication.future(
            request, timeout=20, metadata=[("authorization", f"Bearer {stack.admin_key}")]
        )
        wait_until(
            lambda: stack.sql("SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'"),
            "the call waits for the row",
        )
        stack["registry"].signal(signal.SIGTERM)
        session.rollback()
        session.close()
        assert answer.result().display_name == "after"
    assert stack["registry"].wait() == 0


def test_while_postgres_hangs_a_stop_takes_nothing_new(make_stack):
    stack = make_stack("registry")
    registry = stack["registry"]
    key_check = "kaa.v1.service.registry.api-key.check-request"
    with Bus(stack.nats) as bus, stack.postgres.frozen():
        assert bus.request(key_check, b"no message"), "is answered without PostgreSQL"
        wait_until(stack.postgres.has_unread_requests, "its watch waits for PostgreSQL")
        registry.signal(signal.SIGTERM)
        wait_until(
            lambda: status_of(registry.address, stack.admin_key, 1) is grpc.StatusCode.UNAVAILABLE,
            "calls are refused, not left to wait",
            within=5,
        )
        with pytest.raises(socket.timeout):
            bus.request(key_check, b"no message", timeout=1)
        assert registry.running, "its watch still waits"
        assert registry.wait() == 0


def test_metrics_count_calls_and_look_ups(make_stack):
    stack = make_stack("registry")
    registry = stack["registry"]
    device = stack.registry.create_device()
    with Bus(stack.nats) as bus:
        look_up_status(bus, device.app_version, device.token)
        look_up_status(bus, device.app_version, "nobody")
    metric = registry.metric
    assert metric("millrace_rpc_requests_total", method="CreateEndpoint", code="OK") == 1
    assert metric("millrace_registry_look_ups_total", kind="token", status="200") == 1
    assert metric("millrace_registry_look_ups_total", kind="token", status="404") == 1
    assert metric("millrace_registry_events_total", event="token_activated", outcome="sent") == 1


def test_the_log_says_whose_key_made_a_change(make_stack):
    stack = make_stack("registry")
    made = stack.registry.call.CreateApiKey(pb.CreateApiKeyRequest(name="ci"))
    api = RegistryApi(stack["registry"].address, made.key)
    name = api.create_application()
    api.channel.close()
    created = stack["registry"].logged("application created")
    assert any(line["application"] == name and line["by_key"] == "ci" for line in created)
