# SPDX-License-Identifier: Apache-2.0
"""What an application allows its endpoints: uploads a second, and paths below json."""

import json

import pytest

from support import raw_mqtt
from support.device import HttpDevice, MqttDevice
from support.protos import registry_pb2
from support.raw_mqtt import RawMqtt
from support.stack import running_stack
from support.wait import wait_until


@pytest.fixture(name="stack", scope="module")
def stack_fixture(postgres):
    """For all tests of this file, which kill nothing."""
    with running_stack(postgres, "registry", "http-receiver", "mqtt-receiver", "epts", "query") as it:
        yield it


@pytest.fixture(name="identity")
def identity_fixture(stack):
    return stack.registry.create_device()


@pytest.fixture(name="device")
def device_fixture(stack, identity):
    device = HttpDevice(stack["http-receiver"], identity)
    yield device
    device.close()


def allow(stack, identity, **rules):
    """Changes the application's upload rules."""
    request = registry_pb2.UpdateApplicationRequest(name=identity.application, **rules)
    return stack.registry.call.UpdateApplication(request)


def refused(service):
    return service.metric("millrace_intake_uploads_total", code="429")


def test_an_endpoint_over_its_quota_is_told_when_to_come_back(stack, identity, device):
    assert device.send({"n": 0}).status == 200
    before = refused(stack["http-receiver"])
    allow(stack, identity, max_uploads_per_second=0.05, max_upload_burst=3)
    # The rules are asked for again before they count: at the latest when the event has come.
    wait_until(lambda: device.send({"n": 0}).status == 429, "the quota counts", within=10)
    answer = device.send({"n": 77})
    assert answer.status == 429
    assert 1 <= int(answer.headers["Retry-After"]) <= 20
    assert answer.error["statusCode"] == 429
    assert "0.05 times a second" in answer.error["reasonPhrase"]
    assert refused(stack["http-receiver"]) >= before + 2
    allow(stack, identity, max_uploads_per_second=0)
    wait_until(lambda: device.send({"n": 1}).status == 200, "there is none any more", within=10)
    wait_until(lambda: 1 in stack.query.values(identity, "auto~n"), "what was taken is stored")
    assert 77 not in stack.query.values(identity, "auto~n"), "what was refused is not"


def test_a_burst_is_taken_and_counts_for_all_tokens_and_versions_of_an_endpoint(stack):
    api = stack.registry
    application = f"{api.create_application()}-limited"
    api.call.CreateApplication(
        registry_pb2.CreateApplicationRequest(
            name=application, max_uploads_per_second=0.01, max_upload_burst=4
        )
    )
    device = api.create_device(application=application)
    other = api.create_device(application=application, app_version=device.app_version)
    second_version = api.create_app_version(application)
    second_token = api.call.CreateToken(
        registry_pb2.CreateTokenRequest(endpoint_id=device.endpoint_id)
    ).token
    http = HttpDevice(stack["http-receiver"])
    paths = [
        f"/kp1/{version}/dcx/{token}/json"
        for version in (device.app_version, second_version)
        for token in (device.token, second_token)
    ]
    assert [http.post("1", path).status for path in paths] == [200] * 4
    assert [http.post("1", path).status for path in paths] == [429] * 4
    assert http.post("1", f"/{other.path}").status == 200, "another endpoint has its own"
    http.close()


def test_an_endpoint_may_have_a_quota_of_its_own(stack, identity, device):
    def set_quota(**quota):
        request = registry_pb2.SetEndpointQuotaRequest(endpoint_id=identity.endpoint_id, **quota)
        return stack.registry.call.SetEndpointQuota(request)

    allow(stack, identity, max_uploads_per_second=0.01, max_upload_burst=1)
    wait_until(lambda: device.send(1).status == 429, "that of the application counts", within=10)
    assert set_quota(max_uploads_per_second=0).HasField("max_uploads_per_second")
    wait_until(lambda: device.send(1).status == 200, "it has no limit", within=10)
    assert [device.send(1).status for _ in range(20)] == [200] * 20
    set_quota(max_uploads_per_second=0.02, max_upload_burst=5)
    wait_until(lambda: device.send(1).status == 429, "it has a limit", within=10)
    assert "0.02 times" in device.send(1).error["reasonPhrase"]
    assert not set_quota().HasField("max_uploads_per_second")
    wait_until(
        lambda: "0.01 times" in device.send(1).error["reasonPhrase"],
        "that of the application counts again",
        within=10,
    )
    for wrong in ({"max_uploads_per_second": -1}, {"max_upload_burst": 3}):
        with pytest.raises(Exception, match="INVALID_ARGUMENT"):
            set_quota(**wrong)


def test_over_mqtt_an_upload_over_the_quota_gets_an_error_and_is_acknowledged(stack, identity):
    allow(stack, identity, max_uploads_per_second=0.01, max_upload_burst=1)
    with RawMqtt(stack["mqtt-receiver"]) as raw:
        raw.connect("flood")
        raw.publish(f"{identity.path}/1", "1", qos=1, packet_id=1)
        assert {raw.receive().type, raw.receive().type} == {raw_mqtt.PUBACK, raw_mqtt.PUBLISH}
        raw.publish(f"{identity.path}/2", "1", qos=1, packet_id=2)
        packets = {each.type: each for each in (raw.receive(), raw.receive())}
        assert packets[raw_mqtt.PUBACK].packet_id == 2, "a resend would be too much as well"
        error = packets[raw_mqtt.PUBLISH]
        assert error.topic == f"{identity.path}/2/error"
        assert json.loads(error.payload)["statusCode"] == 429


def test_paths_below_json_are_taken_where_the_application_allows_them(stack, identity, device):
    below = f"{identity.path}/greenhouse/3rd-floor"
    answer = device.post('{"n":1}', f"/{below}")
    assert answer.status == 404
    assert "relaxed_resource_paths" in answer.error["reasonPhrase"]
    with MqttDevice(stack["mqtt-receiver"], identity) as mqtt:
        mqtt.publish('{"n":1}', topic=f"{below}/5")
        refusal = json.loads(mqtt.wait_for(f"{below}/5/error"))
        assert (refusal["statusCode"], "relaxed" in refusal["reasonPhrase"]) == (404, True)
        allow(stack, identity, relaxed_resource_paths=True)
        wait_until(
            lambda: device.post('{"n":2}', f"/{below}/7").status == 200, "it is allowed", within=10
        )
        wait_until(
            lambda: mqtt.publish('{"n":3}', topic=f"{below}/6")
            or mqtt.wait_for(f"{below}/6/status") == b"",
            "over MQTT too",
            within=10,
        )
    wait_until(
        lambda: {2, 3} <= set(stack.query.values(identity, "auto~n")), "the samples are stored"
    )
    assert device.post("1", f"/{identity.path}/99999999999").status == 404, "no request id"
    assert device.post("47%", f"/{identity.path[:-4]}plain/level").status == 200


def test_rules_outside_their_bounds_are_refused(stack, identity):
    for rules in (
        {"max_uploads_per_second": -1},
        {"max_uploads_per_second": float("nan")},
        {"max_upload_burst": 1_000_001},
    ):
        with pytest.raises(Exception, match="INVALID_ARGUMENT"):
            allow(stack, identity, **rules)
    kept = stack.registry.call.GetApplication(
        registry_pb2.GetApplicationRequest(name=identity.application)
    )
    assert (kept.max_uploads_per_second, kept.max_upload_burst) == (0, 0)
