# SPDX-License-Identifier: Apache-2.0
"""What the tests of the registry's interfaces share: one registry for a file, and its verbs."""

import grpc
import pytest

from support.bus import Bus
from support.protos import registry_pb2
from support.stack import running_stack

pb = registry_pb2
INACTIVE, ACTIVE, SUSPENDED, REVOKED = (
    pb.TOKEN_STATE_INACTIVE,
    pb.TOKEN_STATE_ACTIVE,
    pb.TOKEN_STATE_SUSPENDED,
    pb.TOKEN_STATE_REVOKED,
)


@pytest.fixture(scope="module")
def registry_stack(postgres):
    """One registry for all tests of this file; they use names of their own."""
    with running_stack(postgres, "registry") as one:
        yield one


@pytest.fixture
def call(registry_stack):
    return registry_stack.registry.call


@pytest.fixture
def application(registry_stack):
    return registry_stack.registry.create_application()


@pytest.fixture
def app_version(registry_stack, application):
    return registry_stack.registry.create_app_version(application)


@pytest.fixture
def bus(registry_stack):
    with Bus(registry_stack.nats) as one:
        yield one


def fails(code, words, method, request):
    with pytest.raises(grpc.RpcError) as failure:
        method(request)
    assert failure.value.code() is code, failure.value.details()
    assert words in failure.value.details()


def bad(field, method, request):
    fails(grpc.StatusCode.INVALID_ARGUMENT, f"field {field}", method, request)


def new_endpoint(call, app_version):
    made = call.CreateEndpoint(pb.CreateEndpointRequest(app_version_name=app_version))
    return made.endpoint.endpoint_id, made.token, made.endpoint.tokens[0].token_id
