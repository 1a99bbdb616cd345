# SPDX-License-Identifier: Apache-2.0
"""The registry's administration API, seen by a gRPC client."""

import re

import grpc
import pytest

from service.registry_calls import (  # noqa: F401  (fixtures)
    ACTIVE,
    INACTIVE,
    REVOKED,
    SUSPENDED,
    app_version,
    application,
    bad,
    call,
    fails,
    new_endpoint,
    pb,
    registry_stack,
)
from support.api import Caller, RegistryApi, channel
from support.protos import registry_pb2_grpc

# pylint: disable=redefined-outer-name

# Applications


def test_an_application_is_created_read_and_listed(call, application):
    made = call.CreateApplication(
        pb.CreateApplicationRequest(
            name=f"{application}-b", display_name="Größe № 1", auto_extract=True
        )
    )
    assert (made.name, made.display_name, made.auto_extract) == (f"{application}-b", "Größe № 1", True)
    assert made.rules_version == 1
    assert made.created_at.seconds > 1_700_000_000
    assert call.GetApplication(pb.GetApplicationRequest(name=made.name)) == made
    listed = call.ListApplications(pb.ListApplicationsRequest(page_size=1000)).applications
    assert made in listed
    assert [one.name for one in listed] == sorted(one.name for one in listed)


def test_an_application_is_unique(call, application):
    fails(
        grpc.StatusCode.ALREADY_EXISTS,
        f'"{application}"',
        call.CreateApplication,
        pb.CreateApplicationRequest(name=application),
    )


@pytest.mark.parametrize("name", ["", "Upper", "a b", "a.b", "ä", "x" * 64, "a\0b", "'; DROP"])
def test_an_application_needs_a_plain_name(call, name):
    bad("name", call.CreateApplication, pb.CreateApplicationRequest(name=name))
    bad("name", call.GetApplication, pb.GetApplicationRequest(name=name))
    bad("name", call.UpdateApplication, pb.UpdateApplicationRequest(name=name))


@pytest.mark.parametrize("text", ["x" * 201, "two\nlines", "a\0b"])
def test_a_display_name_is_short_and_plain(call, application, text):
    request = pb.CreateApplicationRequest(name=f"{application}-x", display_name=text)
    bad("display_name", call.CreateApplication, request)
    update = pb.UpdateApplicationRequest(name=application, display_name=text)
    bad("display_name", call.UpdateApplication, update)


def test_an_update_changes_only_what_is_set(call, application):
    before = call.UpdateApplication(
        pb.UpdateApplicationRequest(name=application, display_name="first", auto_extract=False)
    )
    same = call.UpdateApplication(pb.UpdateApplicationRequest(name=application))
    assert same == before
    renamed = call.UpdateApplication(
        pb.UpdateApplicationRequest(name=application, display_name="")
    )
    assert (renamed.display_name, renamed.auto_extract) == ("", False)
    assert renamed.rules_version == before.rules_version, "no rule changed"


def test_rules_have_a_version_that_grows_with_each_change(call, application):
    def set_to(on):
        request = pb.UpdateApplicationRequest(name=application, auto_extract=on)
        return call.UpdateApplication(request).rules_version

    first = set_to(False)
    assert set_to(False) == first
    assert set_to(True) == first + 1
    assert set_to(True) == first + 1


def test_an_unknown_application_is_not_found(call):
    for method, request in (
        (call.GetApplication, pb.GetApplicationRequest(name="nobody")),
        (call.UpdateApplication, pb.UpdateApplicationRequest(name="nobody", auto_extract=True)),
        (call.CreateAppVersion, pb.CreateAppVersionRequest(application_name="nobody", name="v")),
        (call.ListAppVersions, pb.ListAppVersionsRequest(application_name="nobody")),
        (call.ListEndpoints, pb.ListEndpointsRequest(application_name="nobody")),
    ):
        fails(grpc.StatusCode.NOT_FOUND, '"nobody"', method, request)


# Application versions


def test_an_app_version_is_created_and_listed(call, application):
    made = call.CreateAppVersion(
        pb.CreateAppVersionRequest(application_name=application, name=f"{application}-v1")
    )
    assert (made.name, made.application_name) == (f"{application}-v1", application)
    listed = call.ListAppVersions(pb.ListAppVersionsRequest(application_name=application))
    assert list(listed.app_versions) == [made]
    assert made in call.ListAppVersions(pb.ListAppVersionsRequest(page_size=1000)).app_versions


def test_an_app_version_is_unique_among_all_applications(registry_stack, call, app_version):
    other = registry_stack.registry.create_application()
    fails(
        grpc.StatusCode.ALREADY_EXISTS,
        f'"{app_version}"',
        call.CreateAppVersion,
        pb.CreateAppVersionRequest(application_name=other, name=app_version),
    )


@pytest.mark.parametrize("name", ["", "V1", "a/b", "x" * 64])
def test_an_app_version_needs_a_plain_name(call, application, name):
    request = pb.CreateAppVersionRequest(application_name=application, name=name)
    bad("name", call.CreateAppVersion, request)
    request = pb.CreateAppVersionRequest(application_name=name, name="v")
    bad("application_name", call.CreateAppVersion, request)


# Endpoints


def test_an_endpoint_gets_an_id_and_a_token_of_its_own(call, application, app_version):
    made = call.CreateEndpoint(pb.CreateEndpointRequest(app_version_name=app_version))
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", made.endpoint.endpoint_id)
    assert re.fullmatch(r"[A-Za-z0-9]{20}", made.token)
    assert made.endpoint.application_name == application
    assert made.endpoint.app_version_name == app_version
    (token,) = made.endpoint.tokens
    assert token.state == INACTIVE
    assert token.endpoint_id == made.endpoint.endpoint_id
    got = call.GetEndpoint(pb.GetEndpointRequest(endpoint_id=made.endpoint.endpoint_id))
    assert got == made.endpoint


def test_an_endpoint_takes_a_chosen_id_and_token(call, app_version):
    request = pb.CreateEndpointRequest(
        app_version_name=app_version, endpoint_id=f"{app_version}.A~1", token="My-Token!"
    )
    made = call.CreateEndpoint(request)
    assert made.endpoint.endpoint_id == f"{app_version}.A~1"
    assert made.token == "My-Token!"


def test_a_token_is_nowhere_but_in_the_answer(registry_stack, call, app_version):
    made = call.CreateEndpoint(pb.CreateEndpointRequest(app_version_name=app_version))
    dump = str(registry_stack.sql("SELECT token::text FROM registry.token"))
    assert made.token not in dump
    assert made.token not in registry_stack["registry"].log_text()


def test_an_endpoint_id_is_unique(call, app_version):
    request = pb.CreateEndpointRequest(app_version_name=app_version, endpoint_id=f"{app_version}-e")
    call.CreateEndpoint(request)
    fails(grpc.StatusCode.ALREADY_EXISTS, f'"{app_version}-e"', call.CreateEndpoint, request)


def test_a_token_is_unique_within_its_application_only(registry_stack, call, app_version):
    request = pb.CreateEndpointRequest(app_version_name=app_version, token="shared")
    call.CreateEndpoint(request)
    fails(grpc.StatusCode.ALREADY_EXISTS, "token", call.CreateEndpoint, request)
    api = registry_stack.registry
    other = api.create_app_version(api.create_application())
    call.CreateEndpoint(pb.CreateEndpointRequest(app_version_name=other, token="shared"))


def test_a_refused_endpoint_leaves_nothing_behind(call, app_version):
    call.CreateEndpoint(pb.CreateEndpointRequest(app_version_name=app_version, token="taken"))
    request = pb.CreateEndpointRequest(
        app_version_name=app_version, endpoint_id=f"{app_version}-half", token="taken"
    )
    fails(grpc.StatusCode.ALREADY_EXISTS, "token", call.CreateEndpoint, request)
    fails(
        grpc.StatusCode.NOT_FOUND,
        f'"{app_version}-half"',
        call.GetEndpoint,
        pb.GetEndpointRequest(endpoint_id=f"{app_version}-half"),
    )


def test_an_endpoint_needs_a_version_that_exists(call):
    fails(
        grpc.StatusCode.NOT_FOUND,
        '"no-such-version"',
        call.CreateEndpoint,
        pb.CreateEndpointRequest(app_version_name="no-such-version"),
    )


@pytest.mark.parametrize("endpoint_id", ["a b", "a/b", "a*", "é", "x" * 129])
def test_an_endpoint_id_is_plain(call, app_version, endpoint_id):
    request = pb.CreateEndpointRequest(app_version_name=app_version, endpoint_id=endpoint_id)
    bad("endpoint_id", call.CreateEndpoint, request)
    bad("endpoint_id", call.GetEndpoint, pb.GetEndpointRequest(endpoint_id=endpoint_id))


@pytest.mark.parametrize("token", ["a+b", "a#", "a/b", "a.b", "a b", "ä", "a\n", "x" * 129])
def test_a_token_fits_into_a_topic(call, app_version, token):
    request = pb.CreateEndpointRequest(app_version_name=app_version, token=token)
    bad("token", call.CreateEndpoint, request)


# Lists


def test_lists_come_in_pages_in_order(call, app_version, application):
    ids = [f"{application}-{n:02}" for n in range(25)]
    for endpoint_id in reversed(ids):
        call.CreateEndpoint(
            pb.CreateEndpointRequest(app_version_name=app_version, endpoint_id=endpoint_id)
        )
    seen, token, pages = [], "", 0
    while True:
        page = call.ListEndpoints(
            pb.ListEndpointsRequest(
                application_name=application, page_size=10, page_token=token
            )
        )
        seen += [endpoint.endpoint_id for endpoint in page.endpoints]
        pages += 1
        token = page.next_page_token
        if not token:
            break
    assert (seen, pages) == (ids, 3)
    assert all(len(endpoint.tokens) == 1 for endpoint in page.endpoints)


def test_a_page_that_is_just_full_is_the_last(call, application, app_version):
    for _ in range(2):
        call.CreateEndpoint(pb.CreateEndpointRequest(app_version_name=app_version))
    request = pb.ListEndpointsRequest(application_name=application, page_size=2)
    page = call.ListEndpoints(request)
    assert len(page.endpoints) == 2
    assert page.next_page_token == ""


def listed(call, **request):
    """(ids, total) of all pages, two entries each."""
    ids, token, totals = [], "", []
    while True:
        page = call.ListEndpoints(
            pb.ListEndpointsRequest(page_size=2, page_token=token, **request)
        )
        ids += [endpoint.endpoint_id for endpoint in page.endpoints]
        totals.append(page.total)
        token = page.next_page_token
        if not token:
            assert set(totals[1:]) <= {0}, "told with the first page only"
            return ids, totals[0]


def test_endpoints_are_found_by_id_version_and_token_state(registry_stack, call, application):
    api = registry_stack.registry
    first, second = (api.create_app_version(application) for _ in range(2))
    for version, name in ((first, "Pump_1"), (first, "pump-2"), (second, "PUMP.3"), (second, "vent")):
        api.create_endpoint(version, endpoint_id=f"{application}.{name}")
    everything = [f"{application}.{name}" for name in ("PUMP.3", "Pump_1", "pump-2", "vent")]
    assert listed(call, application_name=application) == (everything, 4)
    assert listed(call, application_name=application, search="uMp") == (everything[:3], 3)
    assert listed(call, search=f"{application}.pump") == (everything[:3], 3)
    assert listed(call, application_name=application, search="p_") == (everything[1:2], 1)
    for nothing in ("%", "\\", "_%", "é", "'; DROP TABLE registry.token; --", "x" * 128):
        assert listed(call, application_name=application, search=nothing) == ([], 0)
    assert listed(call, app_version_name=second) == ([everything[0], everything[3]], 2)
    tokens = call.GetEndpoint(pb.GetEndpointRequest(endpoint_id=everything[3])).tokens
    call.SetTokenState(pb.SetTokenStateRequest(token_id=tokens[0].token_id, state=SUSPENDED))
    mine = {"application_name": application}
    assert listed(call, token_state=SUSPENDED, **mine) == (everything[3:], 1)
    assert listed(call, token_state=INACTIVE, **mine) == (everything[:3], 3)
    assert listed(call, token_state=ACTIVE, **mine) == ([], 0)
    found = listed(call, search="VENT", app_version_name=second, token_state=SUSPENDED, **mine)
    assert found == (everything[3:], 1)
    assert listed(call, search="pump", token_state=SUSPENDED, **mine) == ([], 0)


def test_filters_of_endpoints_are_checked(registry_stack, call, application, app_version):
    make = pb.ListEndpointsRequest
    for text in ("x" * 129, "a\nb", "a\0b"):
        bad("search", call.ListEndpoints, make(search=text))
    for state in (-1, 5, 77):
        bad("token_state", call.ListEndpoints, make(token_state=state))
    bad("app_version_name", call.ListEndpoints, make(app_version_name="No Name"))
    missing = make(app_version_name="no-such-version")
    fails(grpc.StatusCode.NOT_FOUND, '"no-such-version"', call.ListEndpoints, missing)
    other = registry_stack.registry.create_application()
    elsewhere = make(application_name=other, app_version_name=app_version)
    fails(grpc.StatusCode.NOT_FOUND, f'"{app_version}"', call.ListEndpoints, elsewhere)
    for _ in range(2):
        registry_stack.registry.create_endpoint(app_version)
    token = call.ListEndpoints(make(app_version_name=app_version, page_size=1)).next_page_token
    for other_filter in (
        {},
        {"search": "a"},
        {"application_name": application},
        {"app_version_name": app_version, "search": "-"},
        {"app_version_name": app_version, "token_state": INACTIVE},
    ):
        bad("page_token", call.ListEndpoints, make(page_token=token, **other_filter))
    again = call.ListEndpoints(make(app_version_name=app_version, page_token=token))
    assert len(again.endpoints) == 1


def test_page_sizes_and_tokens_are_checked(registry_stack, call, application, app_version):
    for method, make in (
        (call.ListApplications, pb.ListApplicationsRequest),
        (call.ListAppVersions, pb.ListAppVersionsRequest),
        (call.ListEndpoints, pb.ListEndpointsRequest),
    ):
        bad("page_size", method, make(page_size=-1))
        bad("page_size", method, make(page_size=1001))
        bad("page_token", method, make(page_token="no token of ours"))
    registry_stack.registry.create_app_version(application)
    token = call.ListAppVersions(
        pb.ListAppVersionsRequest(application_name=application, page_size=1)
    ).next_page_token
    assert app_version and token
    bad("page_token", call.ListAppVersions, pb.ListAppVersionsRequest(page_token=token))


# Tokens


def test_an_endpoint_may_have_several_tokens(call, app_version):
    endpoint_id, _, first = new_endpoint(call, app_version)
    made = call.CreateToken(pb.CreateTokenRequest(endpoint_id=endpoint_id))
    assert re.fullmatch(r"[A-Za-z0-9]{20}", made.token)
    assert made.metadata.endpoint_id == endpoint_id
    endpoint = call.GetEndpoint(pb.GetEndpointRequest(endpoint_id=endpoint_id))
    assert [token.token_id for token in endpoint.tokens] == [first, made.metadata.token_id]


def test_tokens_of_an_endpoint_are_bounded(call, app_version):
    endpoint_id, _, token_id = new_endpoint(call, app_version)
    request = pb.CreateTokenRequest(endpoint_id=endpoint_id)
    for _ in range(19):
        call.CreateToken(request)
    fails(grpc.StatusCode.FAILED_PRECONDITION, "revoke one first", call.CreateToken, request)
    call.SetTokenState(pb.SetTokenStateRequest(token_id=token_id, state=REVOKED))
    call.CreateToken(request)


def test_a_token_needs_an_endpoint_and_a_good_text(call, app_version):
    endpoint_id, token, _ = new_endpoint(call, app_version)
    request = pb.CreateTokenRequest(endpoint_id="nobody")
    fails(grpc.StatusCode.NOT_FOUND, '"nobody"', call.CreateToken, request)
    bad("endpoint_id", call.CreateToken, pb.CreateTokenRequest(endpoint_id="a b"))
    bad("token", call.CreateToken, pb.CreateTokenRequest(endpoint_id=endpoint_id, token="a.b"))
    request = pb.CreateTokenRequest(endpoint_id=endpoint_id, token=token)
    fails(grpc.StatusCode.ALREADY_EXISTS, "token", call.CreateToken, request)


def test_a_token_changes_its_state_until_it_is_revoked(call, app_version):
    _, _, token_id = new_endpoint(call, app_version)

    def set_to(state):
        return call.SetTokenState(pb.SetTokenStateRequest(token_id=token_id, state=state))

    for state in (ACTIVE, SUSPENDED, SUSPENDED, ACTIVE, REVOKED, REVOKED):
        assert set_to(state).state == state
    for state in (ACTIVE, SUSPENDED):
        fails(
            grpc.StatusCode.FAILED_PRECONDITION,
            "it is revoked",
            call.SetTokenState,
            pb.SetTokenStateRequest(token_id=token_id, state=state),
        )


def test_the_time_of_a_state_is_that_of_the_last_change(call, app_version):
    _, _, token_id = new_endpoint(call, app_version)
    request = pb.SetTokenStateRequest(token_id=token_id, state=SUSPENDED)
    first = call.SetTokenState(request)
    assert first.state_changed_at.ToNanoseconds() > first.created_at.ToNanoseconds()
    assert call.SetTokenState(request) == first


def test_a_token_is_named_by_its_text_within_an_application(call, application, app_version):
    endpoint_id, token, token_id = new_endpoint(call, app_version)
    which = pb.TokenInApplication(application_name=application, token=token)
    done = call.SetTokenState(pb.SetTokenStateRequest(token=which, state=SUSPENDED))
    assert (done.token_id, done.endpoint_id) == (token_id, endpoint_id)


def test_a_token_that_cannot_be_found_is_an_error(registry_stack, call, application, app_version):
    _, token, token_id = new_endpoint(call, app_version)
    other = registry_stack.registry.create_application()
    set_state = call.SetTokenState

    def by_text(name, text):
        which = pb.TokenInApplication(application_name=name, token=text)
        return pb.SetTokenStateRequest(token=which, state=REVOKED)

    not_found = grpc.StatusCode.NOT_FOUND
    fails(not_found, "99999999", set_state, pb.SetTokenStateRequest(token_id=99999999, state=ACTIVE))
    fails(not_found, f'"{other}"', set_state, by_text(other, token))
    fails(not_found, '"nobody"', set_state, by_text("nobody", token))
    bad("token.application_name", set_state, by_text("Bad Name", token))
    bad("token.token", set_state, by_text(application, "a.b"))
    bad("token_id", set_state, pb.SetTokenStateRequest(token_id=-1, state=ACTIVE))
    fails(
        grpc.StatusCode.INVALID_ARGUMENT,
        "token_id or token",
        set_state,
        pb.SetTokenStateRequest(state=ACTIVE),
    )
    for state in (pb.TOKEN_STATE_UNSPECIFIED, INACTIVE, 77):
        bad("state", set_state, pb.SetTokenStateRequest(token_id=token_id, state=state))


# API keys


def test_every_method_wants_a_key(registry_stack):
    address = registry_stack["registry"].address
    methods = [m.name for m in pb.DESCRIPTOR.services_by_name["Registry"].methods]
    assert len(methods) == 30
    with channel(address) as link:
        stub = registry_pb2_grpc.RegistryStub(link)
        for key, words in ((None, "authorization: Bearer"), ("mr_wrong", "unknown or revoked")):
            caller = Caller(stub, key)
            for method in methods:
                request = pb.DESCRIPTOR.services_by_name["Registry"].methods_by_name[method]
                message = getattr(pb, request.input_type.name)()
                fails(grpc.StatusCode.UNAUTHENTICATED, words, getattr(caller, method), message)
        with pytest.raises(grpc.RpcError) as failure:
            stub.ListApiKeys(
                pb.ListApiKeysRequest(), timeout=30, metadata=[("authorization", "Basic x")]
            )
        assert failure.value.code() is grpc.StatusCode.UNAUTHENTICATED


def test_a_key_works_until_it_is_revoked(registry_stack, call):
    made = call.CreateApiKey(pb.CreateApiKeyRequest(name="until revoked"))
    assert re.fullmatch(r"mr_[A-Za-z0-9]{40}", made.key)
    address = registry_stack["registry"].address
    owner = RegistryApi(address, made.key)
    listed = owner.call.ListApiKeys(pb.ListApiKeysRequest()).api_keys
    assert made.metadata in listed
    assert not made.metadata.HasField("revoked_at")
    revoked = call.RevokeApiKey(pb.RevokeApiKeyRequest(key_id=made.metadata.key_id))
    assert revoked.HasField("revoked_at")
    fails(
        grpc.StatusCode.UNAUTHENTICATED,
        "unknown or revoked",
        owner.call.ListApiKeys,
        pb.ListApiKeysRequest(),
    )
    owner.channel.close()
    assert call.RevokeApiKey(pb.RevokeApiKeyRequest(key_id=made.metadata.key_id)) == revoked
    assert revoked in call.ListApiKeys(pb.ListApiKeysRequest()).api_keys


def test_a_key_is_told_what_it_is(registry_stack, call, application):
    address = registry_stack["registry"].address
    for request in (
        pb.CreateApiKeyRequest(name=f"{application} admin"),
        pb.CreateApiKeyRequest(name=f"{application} bound", application_names=[application]),
    ):
        made = call.CreateApiKey(request)
        owner = RegistryApi(address, made.key)
        assert owner.call.GetOwnApiKey(pb.GetOwnApiKeyRequest()) == made.metadata
        call.RevokeApiKey(pb.RevokeApiKeyRequest(key_id=made.metadata.key_id))
        fails(
            grpc.StatusCode.UNAUTHENTICATED,
            "unknown or revoked",
            owner.call.GetOwnApiKey,
            pb.GetOwnApiKeyRequest(),
        )
        owner.channel.close()


def test_a_key_is_nowhere_but_in_the_answer(registry_stack, call):
    made = call.CreateApiKey(pb.CreateApiKeyRequest(name="secret"))
    assert made.key not in str(registry_stack.sql("SELECT api_key::text FROM registry.api_key"))
    log = registry_stack["registry"].log_text()
    assert made.key not in log
    assert registry_stack.admin_key not in log


def test_names_of_valid_keys_are_unique(call):
    request = pb.CreateApiKeyRequest(name="same name")
    first = call.CreateApiKey(request)
    fails(grpc.StatusCode.ALREADY_EXISTS, '"same name"', call.CreateApiKey, request)
    call.RevokeApiKey(pb.RevokeApiKeyRequest(key_id=first.metadata.key_id))
    call.CreateApiKey(request)


def test_keys_are_checked(call):
    for name in ("", "x" * 101, "two\nlines"):
        bad("name", call.CreateApiKey, pb.CreateApiKeyRequest(name=name))
    bad("key_id", call.RevokeApiKey, pb.RevokeApiKeyRequest(key_id=0))
    for field, more in (
        ("role", {"role": 4}),
        ("application_names", {"role": 3, "application_names": ["a"]}),
        ("application_names", {"application_names": ["a", "a"]}),
        ("application_names", {"application_names": [f"a{n}" for n in range(101)]}),
    ):
        bad(field, call.CreateApiKey, pb.CreateApiKeyRequest(name="limited", **more))
    unknown = pb.CreateApiKeyRequest(name="limited", application_names=["no-such-app"])
    fails(grpc.StatusCode.NOT_FOUND, '"no-such-app"', call.CreateApiKey, unknown)
    request = pb.RevokeApiKeyRequest(key_id=99999999)
    fails(grpc.StatusCode.NOT_FOUND, "99999999", call.RevokeApiKey, request)
