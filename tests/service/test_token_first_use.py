# SPDX-License-Identifier: Apache-2.0
"""An endpoint token that was never used is inactive, works, and is active from its first use on."""

import pytest

from support.device import HttpDevice, MqttDevice
from support.protos import registry_pb2 as pb


def token_state(stack, device):
    endpoint = stack.registry.call.GetEndpoint(
        pb.GetEndpointRequest(endpoint_id=device.endpoint_id)
    )
    return endpoint.tokens[0].state


def send_over_http(stack, device):
    assert HttpDevice(stack["http-receiver"], device).send([{"a": 1}]).status == 200


def send_over_mqtt(stack, device):
    with MqttDevice(stack["mqtt-receiver"], device) as client:
        client.send([{"a": 1}], qos=1)


@pytest.mark.parametrize("send", [send_over_http, send_over_mqtt])
def test_the_first_upload_makes_a_token_active(shared_stack, send):
    device = shared_stack.registry.create_device()
    assert token_state(shared_stack, device) == pb.TOKEN_STATE_INACTIVE
    send(shared_stack, device)
    assert token_state(shared_stack, device) == pb.TOKEN_STATE_ACTIVE
