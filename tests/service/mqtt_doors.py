# SPDX-License-Identifier: Apache-2.0
"""What the tests with clients of others share: a receiver that listens on every transport.

Fixtures: doors, device (an endpoint of the test's own), stored (waits for its points).
"""

import dataclasses
from pathlib import Path

import pytest

from support.certificates import Certificate
from support.ports import free_port
from support.wait import wait_until

TRANSPORTS = ["tcp", "tls", "ws", "wss"]
QOS = [0, 1, 2]

every_transport = pytest.mark.parametrize("transport", TRANSPORTS)
every_qos = pytest.mark.parametrize("qos", QOS)


@dataclasses.dataclass(frozen=True)
class Doors:
    """A receiver that listens on every transport."""

    ports: dict
    authority: Path

    def url(self, transport):
        scheme = {"tcp": "mqtt", "tls": "mqtts"}.get(transport, transport)
        path = "/ws" if transport.startswith("ws") else ""
        return f"{scheme}://127.0.0.1:{self.ports[transport]}{path}"


@pytest.fixture(scope="module")
def doors(shared_stack, tmp_path_factory):
    certificate = Certificate(tmp_path_factory.mktemp("certificate"), "mqtt-receiver")
    ports = {transport: free_port() for transport in TRANSPORTS}
    names = {"tcp": "mqtt_listen", "tls": "mqtts_listen", "ws": "ws_listen", "wss": "wss_listen"}
    listens = {names[transport]: f"127.0.0.1:{port}" for transport, port in ports.items()}
    shared_stack.start(
        "mqtt-receiver", name="mqtt-receiver-doors", **listens, **certificate.settings
    )
    return Doors(ports, certificate.path)


@pytest.fixture
def device(shared_stack):
    return shared_stack.registry.create_device()


@pytest.fixture
def stored(shared_stack, device):  # pylint: disable=redefined-outer-name
    """stored(1, 2): the device's points of the field n are these, in this order."""

    def wait(*values):
        wait_until(
            lambda: shared_stack.query.values(device, "auto~n") == list(values),
            f"the points are {values}",
        )

    return wait
