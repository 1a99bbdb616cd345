# SPDX-License-Identifier: Apache-2.0
"""The MQTT receiver and the clients of mosquitto: pub, sub and rr, over TCP and TLS."""

import json
import shutil
import subprocess

import pytest

from service.mqtt_doors import (  # noqa: F401  (fixtures)
    Doors,
    device,
    doors,
    every_qos,
    stored,
)
from support.certificates import Certificate
from support.child import clean_environment
from support.protos import client_credentials_pb2, registry_pb2
from support.stack import ALL, running_stack
from support.wait import wait_until


pytestmark = pytest.mark.skipif(
    not shutil.which("mosquitto_pub"), reason="mosquitto-clients are not installed"
)
VERSIONS = ["mqttv31", "mqttv311", "mqttv5"]


def mosquitto(program, doors, *words, transport="tcp", **options):
    """Starts it; `words` follow the address."""
    command = [program, "-h", "127.0.0.1", "-p", str(doors.ports[transport]), *words]
    if transport == "tls":
        command += ["--cafile", str(doors.authority)]
    return subprocess.Popen(
        ["setpriv", "--pdeathsig", "KILL", "--", *command],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=clean_environment(),
        **options,
    )


def ended(process, text=b""):
    """(exit status, what it printed)"""
    output, _ = process.communicate(text, timeout=60)
    return process.returncode, output.decode()


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("transport", ["tcp", "tls"])
@every_qos
def test_mosquitto_pub_is_served(doors, device, stored, version, transport, qos):
    lines = "".join(f'{{"n":{number}}}\n' for number in range(100)).encode()
    words = ["-V", version, "-q", str(qos), "-t", device.path, "-l"]
    status, output = ended(mosquitto("mosquitto_pub", doors, *words, transport=transport), lines)
    assert (status, output) == (0, "")
    stored(*range(100))


@pytest.mark.parametrize("version", VERSIONS)
@every_qos
def test_a_will_is_stored_when_its_client_is_killed(doors, device, stored, version, qos):
    will = ["--will-topic", device.path, "--will-payload", '{"n": 99}', "--will-qos", str(qos)]
    words = ["-V", version, "-q", "1", "-t", device.path, "-l", *will]
    client = mosquitto("mosquitto_pub", doors, *words)
    client.stdin.write(b'{"n": 1}\n')
    client.stdin.flush()
    stored(1)
    client.kill()
    client.communicate()
    stored(1, 99)


@pytest.mark.parametrize("version", VERSIONS)
def test_a_will_is_not_stored_when_its_client_says_goodbye(doors, device, stored, version):
    will = ["--will-topic", device.path, "--will-payload", '{"n": 99}']
    words = ["-V", version, "-q", "1", "-t", device.path, *will]
    assert ended(mosquitto("mosquitto_pub", doors, *words, "-m", '{"n": 1}'))[0] == 0
    assert ended(mosquitto("mosquitto_pub", doors, *words, "-m", '{"n": 2}'))[0] == 0
    stored(1, 2)


@pytest.mark.parametrize("version", VERSIONS)
def test_mosquitto_sub_is_told_what_is_granted(doors, device, version):
    words = ["-V", version, "-d", "-W", "1"]
    granted = mosquitto("mosquitto_sub", doors, *words, "-q", "2", "-t", f"{device.path}/+/status")
    refused = mosquitto("mosquitto_sub", doors, *words, "-t", "#")
    status, output = ended(granted)
    assert status == 27 and "Subscribed (mid: 1): 2" in output, output  # 27: the second is over
    status, output = ended(refused)
    assert status != 27 and "denied" in output, output


@pytest.mark.skipif(not shutil.which("mosquitto_rr"), reason="mosquitto_rr is not installed")
@pytest.mark.parametrize("version", ["mqttv311", "mqttv5"])
def test_mosquitto_rr_gets_its_answer(doors, device, version):
    """It subscribes to the response topic, publishes, and prints the answer."""
    topic = f"{device.path}/7"
    words = ["-V", version, "-q", "1", "-t", topic, "-e", f"{topic}/error", "-W", "20"]
    status, output = ended(mosquitto("mosquitto_rr", doors, *words, "-m", "nonsense"))
    assert status == 0, output
    assert json.loads(output)["statusCode"] == 400


def test_mosquitto_with_another_authority_does_not_connect(doors, device, tmp_path):
    other = Certificate(tmp_path, "other")
    words = ["-t", device.path, "-m", "1", "--cafile", str(other.path)]
    status, output = ended(
        mosquitto("mosquitto_pub", Doors({"tcp": doors.ports["tls"]}, other.path), *words)
    )
    assert status != 0 and "TLS" in output.upper() or "certificate" in output, output


# --- credentials ---


@pytest.fixture(name="guarded", scope="module")
def guarded_fixture(postgres):
    """(stack, Doors): over TCP this receiver wants a user name and a password."""
    with running_stack(postgres, *ALL) as stack:
        rule = client_credentials_pb2.TransportAuthentication(
            transport=client_credentials_pb2.CLIENT_TRANSPORT_TCP, password_required=True
        )
        stack.registry.call.UpdateClientAuthentication(
            registry_pb2.UpdateClientAuthenticationRequest(transports=[rule])
        )
        doors = Doors({"tcp": stack["mqtt-receiver"].port}, None)
        wait_until(
            lambda: ended(mosquitto("mosquitto_pub", doors, "-t", "a", "-m", "1"))[0] != 0,
            "the receiver has heard of the rule",
        )
        stack.registry.call.CreateClientCredentials(
            registry_pb2.CreateClientCredentialsRequest(
                basic=registry_pb2.BasicCredentials(
                    user_name="station", password="a long enough secret"
                )
            )
        )
        yield stack, doors


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    "shown, is_served",
    [
        (["-u", "station", "-P", "a long enough secret"], True),
        (["-u", "station", "-P", "another"], False),
        (["-u", "nobody", "-P", "a long enough secret"], False),
        (["-u", "station"], False),
        ([], False),
    ],
    ids=["right", "wrong password", "wrong user", "no password", "nothing"],
)
def test_mosquitto_pub_shows_credentials(guarded, version, shown, is_served):
    stack, doors = guarded
    identity = stack.registry.create_device()
    words = ["-V", version, "-q", "1", "-t", identity.path, "-m", '{"n": 1}']
    status, output = ended(mosquitto("mosquitto_pub", doors, *words, *shown))
    if is_served:
        assert (status, output) == (0, "")
        wait_until(lambda: stack.query.values(identity, "auto~n") == [1], "the point is there")
    else:
        assert status != 0 and "bad user name or password" in output.lower(), output
        assert stack.query.series(identity) == []
