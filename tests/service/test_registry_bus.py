# SPDX-License-Identifier: Apache-2.0
"""What the registry answers and announces over NATS."""

import hashlib

from service.registry_calls import (  # noqa: F401  (fixtures)
    ACTIVE,
    INACTIVE,
    REVOKED,
    SUSPENDED,
    app_version,
    application,
    bus,
    call,
    new_endpoint,
    pb,
    registry_stack,
)
from support.bus import Bus
from support.protos import api_key_pb2, application_pb2, configuration_pb2, token_pb2

# pylint: disable=redefined-outer-name


def token_request(version, token):
    request = token_pb2.EndpointTokenRequest(
        correlation_id="c", app_version_name=version, token=token
    )
    return "kaa.v1.service.registry.ecap.ep-token-request", request.SerializeToString()


def look_up(bus, version, token):
    answer = token_pb2.EndpointTokenResponse()
    answer.ParseFromString(bus.request(*token_request(version, token)))
    return answer


def test_a_token_stands_for_its_endpoint(call, bus, application, app_version):
    endpoint_id, token, token_id = new_endpoint(call, app_version)
    answer = look_up(bus, app_version, token)
    assert (answer.status_code, answer.application_name) == (200, application)
    assert (answer.endpoint_id, answer.token_id) == (endpoint_id, token_id)


def test_without_a_token_only_the_application_of_a_version_is_told(bus, application, app_version):
    known = look_up(bus, app_version, "")
    assert (known.status_code, known.application_name) == (404, application)
    assert (known.endpoint_id, known.token_id) == ("", 0)
    unknown = look_up(bus, "no-such-version", "")
    assert (unknown.status_code, unknown.application_name) == (404, "")


def test_many_tokens_are_asked_about_in_one_request(call, bus, application, app_version):
    made = [new_endpoint(call, app_version) for _ in range(3)]
    request = token_pb2.EndpointTokensRequest(correlation_id="c")
    for _, token, _ in made:
        request.tokens.add(app_version_name=app_version, token=token)
        request.tokens.add(app_version_name=app_version, token=f"not-{token}")
    subject = "kaa.v1.service.registry.ecap.ep-tokens-request"
    answer = token_pb2.EndpointTokensResponse()
    answer.ParseFromString(bus.request(subject, request.SerializeToString()))
    assert answer.status_code == 200
    assert [each.status_code for each in answer.answers] == [200, 404] * 3
    assert [each.endpoint_id for each in answer.answers[::2]] == [ids for ids, _, _ in made]
    assert {each.application_name for each in answer.answers} == {application}
    answer.ParseFromString(bus.request(subject, b""))
    assert answer.status_code == 400


def test_an_answer_carries_the_upload_rules_and_an_event_says_that_they_changed(
    registry_stack, call, bus, application, app_version
):
    _, token, _ = new_endpoint(call, app_version)
    assert look_up(bus, app_version, token).upload_rules.max_uploads_per_second == 0
    with Bus(registry_stack.nats) as listener:
        listener.subscribe("kaa.v1.events.registry.application.updated")
        call.UpdateApplication(
            pb.UpdateApplicationRequest(
                name=application, max_uploads_per_second=0.5, relaxed_resource_paths=True
            )
        )
        _, _, payload = listener.next_message()
    event = application_pb2.ApplicationEvent()
    event.ParseFromString(payload)
    assert event.application_name == application
    rules = look_up(bus, app_version, token).upload_rules
    assert (rules.max_uploads_per_second, rules.relaxed_resource_paths) == (0.5, True)


def test_the_first_look_up_makes_a_token_active(call, bus, app_version):
    endpoint_id, token, _ = new_endpoint(call, app_version)

    def state():
        got = call.GetEndpoint(pb.GetEndpointRequest(endpoint_id=endpoint_id)).tokens[0]
        return got.state, got.state_changed_at.ToNanoseconds()

    assert state()[0] == INACTIVE
    look_up(bus, app_version, token)
    first = state()
    assert first[0] == ACTIVE
    look_up(bus, app_version, token)
    assert state() == first, "it happens once"


def test_a_token_counts_for_every_version_of_its_application(
    registry_stack, call, bus, application, app_version
):
    endpoint_id, token, _ = new_endpoint(call, app_version)
    second = registry_stack.registry.create_app_version(application)
    assert look_up(bus, second, token).endpoint_id == endpoint_id


def test_unknown_versions_and_tokens_are_told_apart(registry_stack, call, bus, app_version):
    _, token, _ = new_endpoint(call, app_version)
    unknown = look_up(bus, "no-such-version", token)
    assert unknown.status_code == 404
    assert "version" in unknown.reason_phrase
    api = registry_stack.registry
    other = api.create_app_version(api.create_application())
    for version, text in ((app_version, "no-such-token"), (other, token), (app_version, "a\0b")):
        answer = look_up(bus, version, text)
        assert answer.status_code == 404
        assert "token" in answer.reason_phrase
        assert answer.token_id == 0


def test_suspended_and_revoked_tokens_are_forbidden(call, bus, app_version):
    _, token, token_id = new_endpoint(call, app_version)
    for state, word in ((SUSPENDED, "suspended"), (REVOKED, "revoked")):
        call.SetTokenState(pb.SetTokenStateRequest(token_id=token_id, state=state))
        answer = look_up(bus, app_version, token)
        assert (answer.status_code, answer.token_id) == (403, token_id)
        assert word in answer.reason_phrase


def test_requests_that_cannot_be_read_are_answered(bus):
    subject, _ = token_request("v", "t")
    for payload, status in ((b"\xff\xff\xff", 400), (b"x" * 5000, 503)):
        answer = token_pb2.EndpointTokenResponse()
        answer.ParseFromString(bus.request(subject, payload))
        assert answer.status_code == status


def test_the_registry_says_which_keys_are_valid(call, bus):
    made = call.CreateApiKey(pb.CreateApiKeyRequest(name="checked over nats"))

    def check(key):
        request = api_key_pb2.ApiKeyCheckRequest(key_sha256=hashlib.sha256(key.encode()).digest())
        answer = api_key_pb2.ApiKeyCheckResponse()
        answer.ParseFromString(
            bus.request(
                "kaa.v1.service.registry.api-key.check-request", request.SerializeToString()
            )
        )
        return answer

    valid = check(made.key)
    assert (valid.status_code, valid.key_name) == (200, "checked over nats")
    assert valid.key_id == made.metadata.key_id
    assert check("mr_other").status_code == 401
    call.RevokeApiKey(pb.RevokeApiKeyRequest(key_id=made.metadata.key_id))
    assert check(made.key).status_code == 401


def test_the_registry_says_what_the_rules_of_an_application_are(registry_stack, bus, application):
    def rules(name):
        request = configuration_pb2.ApplicationConfigurationRequest(application_name=name)
        answer = configuration_pb2.ApplicationConfigurationResponse()
        answer.ParseFromString(
            bus.request(
                "kaa.v1.service.registry.scmp.application-configuration-request",
                request.SerializeToString(),
            )
        )
        return answer

    before = rules(application)
    assert (before.status_code, before.series_rules.auto_extract) == (200, True)
    registry_stack.registry.set_auto_extract(application, False)
    after = rules(application)
    assert not after.series_rules.auto_extract
    assert after.series_rules.version == before.series_rules.version + 1
    assert rules("no-such-application").status_code == 404


def test_changes_are_told_to_everybody(registry_stack, call, bus, application, app_version):
    bus.subscribe("kaa.v1.events.registry.>")
    endpoint_id, _, token_id = new_endpoint(call, app_version)
    for state in (SUSPENDED, ACTIVE, REVOKED):
        call.SetTokenState(pb.SetTokenStateRequest(token_id=token_id, state=state))
    for word in ("activated", "revoked", "activated", "revoked"):
        subject, _, payload = bus.next_message()
        assert subject == f"kaa.v1.events.registry.endpoint.token.{word}"
        event = token_pb2.EndpointTokenEvent()
        event.ParseFromString(payload)
        assert (event.application_name, event.endpoint_id) == (application, endpoint_id)
        assert list(event.token_ids) == [token_id]
        assert event.correlation_id and event.timestamp_us > 1_700_000_000_000_000

    registry_stack.registry.set_auto_extract(application, False)
    subject, _, payload = bus.next_message()
    assert subject == "kaa.v1.events.registry.service.configuration.upsert"
    event = configuration_pb2.ConfigurationEvent()
    event.ParseFromString(payload)
    assert event.application_name == application

    made = call.CreateApiKey(pb.CreateApiKeyRequest(name="told to everybody"))
    call.RevokeApiKey(pb.RevokeApiKeyRequest(key_id=made.metadata.key_id))
    subject, _, payload = bus.next_message()
    assert subject == "kaa.v1.events.registry.api-key.revoked"
    event = api_key_pb2.ApiKeyEvent()
    event.ParseFromString(payload)
    assert list(event.key_ids) == [made.metadata.key_id]
