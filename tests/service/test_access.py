# SPDX-License-Identifier: Apache-2.0
"""Who may do what: every method of registry and query with keys of each role, bound and not."""

import collections
import dataclasses
import hashlib

import grpc
import pytest

from service.access_rows import (
    ADMIN,
    OPERATOR,
    QUERY,
    READER,
    REGISTRY,
    ROLE_NAMES,
    UNIMPLEMENTED,
    Place,
    fresh,
    make_dashboard,
)
from support.api import Caller, channel
from support.bus import Bus
from support.device import HttpDevice
from support.protos import (
    api_key_pb2,
    query_pb2,
    query_pb2_grpc,
    registry_pb2,
    registry_pb2_grpc,
)
from support.stack import running_stack
from support.wait import wait_until

# pylint: disable=redefined-outer-name

SERVICES = {
    "Registry": (registry_pb2, registry_pb2_grpc.RegistryStub, "registry", REGISTRY),
    "Query": (query_pb2, query_pb2_grpc.QueryStub, "query", QUERY),
}
ROWS = [(service, *name) for service, (*_, rows) in SERVICES.items() for name in rows]
ROLES = [READER, OPERATOR, ADMIN]
OK, NOT_FOUND, DENIED = (
    grpc.StatusCode.OK,
    grpc.StatusCode.NOT_FOUND,
    grpc.StatusCode.PERMISSION_DENIED,
)
Answer = collections.namedtuple("Answer", "code words message")


class World:
    """Three applications; keys are bound to `own` and `second`."""

    def __init__(self, stack):
        self.stack = stack
        self.own, self.second, self.foreign = (Place.make(stack.registry) for _ in range(3))
        self.absent = Place.absent()
        self.keys = {}
        self.channels = {}

    def key(self, role, bound):
        if (role, bound) not in self.keys:
            names = [self.own.application, self.second.application] if bound else []
            self.keys[role, bound] = self.stack.registry.create_key(
                ROLE_NAMES[role].upper(), names
            )
        return self.keys[role, bound]

    def caller(self, service, role, bound):
        _, stub, program, _ = SERVICES[service]
        if service not in self.channels:
            self.channels[service] = channel(self.stack[program].address)
        return Caller(stub(self.channels[service]), self.key(role, bound))

    def give_dashboard(self, place):
        """A new one, to the place that has lost its own."""
        for name in ("own", "second", "foreign"):
            if getattr(self, name) is place:
                dashboard_id = make_dashboard(self.stack.registry, place.application)
                setattr(self, name, dataclasses.replace(place, dashboard_id=dashboard_id))

    def ask(self, row, role, bound, place):
        service, method, variant = row
        entry = SERVICES[service][3][method, variant]
        call = getattr(self.caller(service, role, bound), method)
        try:
            answer = call(entry.request(place), timeout=2 if entry.endless else 60)
            message = answer if hasattr(answer, "DESCRIPTOR") else list(answer)
            if entry.takes_dashboard:
                self.give_dashboard(place)
        except grpc.RpcError as error:
            if error.code() is grpc.StatusCode.UNIMPLEMENTED and method in UNIMPLEMENTED:
                pytest.skip(f"{method} is not answered yet")
            if entry.endless and error.code() is grpc.StatusCode.DEADLINE_EXCEEDED:
                return Answer(OK, "", None)
            return Answer(error.code(), error.details(), None)
        return Answer(OK, "", message)


@pytest.fixture(scope="module")
def world(postgres):
    with running_stack(postgres, "registry", "http-receiver", "epts", "query") as stack:
        yield World(stack)


def row_of(row):
    service, method, variant = row
    return SERVICES[service][3][method, variant]


@pytest.mark.parametrize("service", SERVICES)
def test_every_method_of_the_contract_has_a_row(service):
    messages, _, _, rows = SERVICES[service]
    methods = {method.name for method in messages.DESCRIPTOR.services_by_name[service].methods}
    assert {method for method, _ in rows} == methods


def test_what_is_not_answered_yet_is_not_answered(world):
    """Else its rows would go on being passed over."""
    for method in UNIMPLEMENTED:
        entry = QUERY[method, ""]
        with pytest.raises(grpc.RpcError) as failure:
            answer = getattr(world.caller("Query", ADMIN, False), method)(entry.request(world.own))
            list(answer)
        assert failure.value.code() is grpc.StatusCode.UNIMPLEMENTED, method


@pytest.mark.parametrize("role", ROLES, ids=ROLE_NAMES.get)
@pytest.mark.parametrize("row", ROWS, ids=" ".join)
def test_a_role_may_do_what_is_its_own_and_no_more(world, row, role):
    needed = row_of(row).role
    for place in (world.own, world.foreign):
        answer = world.ask(row, role, False, place)
        if role >= needed:
            assert answer.code is row_of(row).code, answer.words
        else:
            assert answer.code is DENIED, answer
            assert ROLE_NAMES[needed] in answer.words


@pytest.mark.parametrize("role", [READER, OPERATOR], ids=ROLE_NAMES.get)
@pytest.mark.parametrize("row", ROWS, ids=" ".join)
def test_to_a_bound_key_other_applications_do_not_exist(world, row, role):
    entry = row_of(row)
    own, foreign, absent = (
        world.ask(row, role, True, place) for place in (world.own, world.foreign, world.absent)
    )
    if role < entry.role or entry.about_all:
        assert {answer.code for answer in (own, foreign, absent)} == {DENIED}
        assert own.words == foreign.words == absent.words, "the same, whatever is asked for"
        return
    assert own.code is OK, own.words
    if entry.request(world.own) == entry.request(world.foreign):
        return  # names no application: see the lists below
    assert foreign.code is absent.code is NOT_FOUND, (foreign, absent)
    assert world.foreign.hidden_in(foreign.words) == world.absent.hidden_in(absent.words)
    assert "<>" in world.foreign.hidden_in(foreign.words), "it names what was asked for"


LISTS = {
    "ListApplications": (registry_pb2.ListApplicationsRequest, "applications", "name"),
    "ListAppVersions": (registry_pb2.ListAppVersionsRequest, "app_versions", "application_name"),
    "ListEndpoints": (registry_pb2.ListEndpointsRequest, "endpoints", "application_name"),
}


@pytest.mark.parametrize("page_size", [1, 2, 1000])
@pytest.mark.parametrize("method", LISTS)
def test_lists_have_what_a_bound_key_may_see_all_of_it_and_nothing_else(world, method, page_size):
    message, field, application = LISTS[method]
    places = (world.own, world.foreign, world.second)
    for place in places:  # one after another, so that theirs lie between each other
        world.stack.registry.create_endpoint(place.app_version, endpoint_id=fresh("listed"))

    def listed(caller, size):
        entries, token = [], ""
        while True:
            page = getattr(caller, method)(message(page_size=size, page_token=token))
            assert len(getattr(page, field)) <= size
            entries += getattr(page, field)
            token = page.next_page_token
            if not token:
                return entries
            assert getattr(page, field), "no page but the last may be empty"

    everything = listed(world.caller("Registry", ADMIN, False), 1000)
    mine = {world.own.application, world.second.application}
    wanted = [entry for entry in everything if getattr(entry, application) in mine]
    assert len(everything) > len(wanted) >= 2
    assert listed(world.caller("Registry", READER, True), page_size) == wanted


def test_a_name_that_is_taken_is_all_that_a_bound_key_learns(world):
    caller = world.caller("Registry", OPERATOR, True)
    for method, request in (
        (
            caller.CreateAppVersion,
            registry_pb2.CreateAppVersionRequest(
                application_name=world.own.application, name=world.foreign.app_version
            ),
        ),
        (
            caller.CreateEndpoint,
            registry_pb2.CreateEndpointRequest(
                app_version_name=world.own.app_version, endpoint_id=world.foreign.endpoint_id
            ),
        ),
    ):
        with pytest.raises(grpc.RpcError) as failure:
            method(request)
        assert failure.value.code() is grpc.StatusCode.ALREADY_EXISTS
        words = failure.value.details().replace(world.foreign.app_version, "")
        assert world.foreign.application not in words
    # A token is unique in its application only: the foreign one may be used again.
    caller.CreateToken(
        registry_pb2.CreateTokenRequest(
            endpoint_id=world.own.endpoint_id, token=world.foreign.token
        )
    )


def refused_uploads(caller, **request):
    answer = caller.ExplainEndpoint(query_pb2.ExplainEndpointRequest(**request))
    return [
        sample
        for sample in answer.samples
        if sample.fate == query_pb2.ExplainedSample.FATE_REFUSED
    ]


def test_refused_uploads_of_a_foreign_endpoint_are_not_explained(world):
    receiver = world.stack["http-receiver"]
    for identity in (world.own, world.foreign):
        device = HttpDevice(receiver, identity)
        assert device.post("{no json").status == 400
    admin = world.caller("Query", ADMIN, False)
    wait_until(
        lambda: refused_uploads(
            admin,
            endpoint_id=world.foreign.endpoint_id,
            application_name=world.foreign.application,
        ),
        "the refusal is known",
    )
    bound = world.caller("Query", READER, True)
    mine = {"application_name": world.own.application}
    assert refused_uploads(bound, endpoint_id=world.own.endpoint_id, **mine)
    assert not refused_uploads(bound, endpoint_id=world.foreign.endpoint_id, **mine)


def test_a_key_that_is_revoked_is_refused_with_its_limits(world):
    registry = world.stack.registry
    made = registry.call.CreateApiKey(
        registry_pb2.CreateApiKeyRequest(
            name=fresh("gone"), application_names=[world.own.application]
        )
    )
    assert made.metadata.role == READER
    assert list(made.metadata.application_names) == [world.own.application]
    caller = Caller(query_pb2_grpc.QueryStub(channel(world.stack["query"].address)), made.key)
    request = query_pb2.ListTimeSeriesRequest(application_name=world.own.application)
    caller.ListTimeSeries(request)
    registry.call.RevokeApiKey(registry_pb2.RevokeApiKeyRequest(key_id=made.metadata.key_id))

    def code():
        try:
            caller.ListTimeSeries(request)
        except grpc.RpcError as error:
            return error.code()
        return OK

    wait_until(lambda: code() is grpc.StatusCode.UNAUTHENTICATED, "query knows it")


def test_a_program_that_knows_no_limits_is_told_nothing_of_a_key_that_has_some(world):
    def check(role, bound, **more):
        digest = hashlib.sha256(world.key(role, bound).encode()).digest()
        request = api_key_pb2.ApiKeyCheckRequest(key_sha256=digest, **more)
        answer = api_key_pb2.ApiKeyCheckResponse()
        with Bus(world.stack.nats) as bus:
            subject = "kaa.v1.service.registry.api-key.check-request"
            answer.ParseFromString(bus.request(subject, request.SerializeToString()))
        return answer

    assert check(ADMIN, False).status_code == 200
    for role, bound in ((READER, False), (OPERATOR, True)):
        old = check(role, bound)
        assert old.status_code == 401 and "upgrade" in old.reason_phrase
        new = check(role, bound, heeds_limits=True)
        assert (new.status_code, new.role) == (200, role)
        names = [world.own.application, world.second.application] if bound else []
        assert sorted(new.application_names) == sorted(names)


@pytest.mark.parametrize("service", SERVICES)
def test_the_key_may_stand_alone_as_grafana_sends_it(world, service):
    messages, stub, program, _ = SERVICES[service]
    call, request = {
        "Registry": ("GetApplication", {"name": world.own.application}),
        "Query": ("ListTimeSeries", {"application_name": world.own.application}),
    }[service]
    key = world.key(READER, True)
    with channel(world.stack[program].address) as link:

        def code(*metadata):
            try:
                getattr(stub(link), call)(
                    getattr(messages, f"{call}Request")(**request), timeout=30, metadata=metadata
                )
            except grpc.RpcError as error:
                return error.code()
            return OK

        bearer = ("authorization", f"Bearer {key}")
        assert code(("api-key", key)) is OK
        assert code(("api-key", key), bearer) is OK
        assert code(("api-key", key + "x"), bearer) is grpc.StatusCode.UNAUTHENTICATED
        assert code(("api-key", "mr_nobody")) is grpc.StatusCode.UNAUTHENTICATED
