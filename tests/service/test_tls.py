# SPDX-License-Identifier: Apache-2.0
"""query and registry over TLS: who is answered, who is not, and certificates that change."""

import signal
import subprocess

import grpc
import pytest

from support.api import RegistryApi, channel
from support.certificates import Certificate
from support.child import clean_environment
from support.paths import BIN
from support.protos import query_pb2, query_pb2_grpc, registry_pb2, registry_pb2_grpc
from support.stack import running_stack
from support.wait import wait_until

# pylint: disable=redefined-outer-name


class Encrypted:
    """query and a second registry with TLS, each with a certificate of its own."""

    def __init__(self, stack, folder):
        self.stack = stack
        self.certificates = {}
        for kind in ("query", "registry"):
            name = f"{kind}-tls"
            self.certificates[name] = Certificate(folder, name)
            stack.start(kind, name=name, **self.certificates[name].settings)

    def address(self, name):
        return f"localhost:{self.stack[name].port}"

    def channel(self, name, authority=None):
        """A new connection, of a client that trusts `authority` only."""
        trusted = (authority or self.certificates[name]).path.read_bytes()
        return grpc.secure_channel(
            self.address(name),
            grpc.ssl_channel_credentials(trusted),
            options=[("grpc.use_local_subchannel_pool", 1), ("grpc.enable_http_proxy", 0)],
        )

    @property
    def metadata(self):
        return (("authorization", f"Bearer {self.stack.admin_key}"),)

    def cli(self, *arguments):
        return subprocess.run(
            [BIN / "millrace", *arguments],
            env={
                **clean_environment(),
                "MILLRACE_REGISTRY_ADDRESS": self.address("registry-tls"),
                "MILLRACE_QUERY_ADDRESS": self.address("query-tls"),
                "MILLRACE_KEY_FILE": str(self.stack.admin_key_file),
            },
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )


@pytest.fixture(scope="module")
def encrypted(postgres, tmp_path_factory):
    with running_stack(postgres, "registry", "epts") as stack:  # epts makes the schema
        yield Encrypted(stack, tmp_path_factory.mktemp("tls"))


def applications(encrypted, one):
    return registry_pb2_grpc.RegistryStub(one).ListApplications(
        registry_pb2.ListApplicationsRequest(), metadata=encrypted.metadata, timeout=30
    )


def series(encrypted, one):
    return query_pb2_grpc.QueryStub(one).ListTimeSeries(
        query_pb2.ListTimeSeriesRequest(application_name="tls-app"),
        metadata=encrypted.metadata,
        timeout=30,
    )


def test_a_client_of_python_is_answered(encrypted):
    RegistryApi(encrypted.stack["registry"].address, encrypted.stack.admin_key).create_device()
    with encrypted.channel("registry-tls") as one:
        assert applications(encrypted, one).applications
    with encrypted.channel("query-tls") as one, pytest.raises(grpc.RpcError) as failure:
        series(encrypted, one)
    assert failure.value.code() is grpc.StatusCode.NOT_FOUND  # the key was checked, and it asked


@pytest.mark.parametrize("name", ["query-tls", "registry-tls"])
def test_who_does_not_trust_the_certificate_or_speaks_plainly_is_not_answered(encrypted, name):
    call = series if name == "query-tls" else applications
    other = next(one for key, one in encrypted.certificates.items() if key != name)
    with encrypted.channel(name, other) as wrong, channel(encrypted.address(name)) as plain:
        for one in (wrong, plain):
            with pytest.raises(grpc.RpcError) as failure:
                call(encrypted, one)
            assert failure.value.code() is grpc.StatusCode.UNAVAILABLE


def shown(address, *options):
    """What openssl prints; the server's certificate, if the handshake came so far."""
    done = subprocess.run(
        ["openssl", "s_client", "-connect", address, "-alpn", "h2", *options],
        input=b"",
        capture_output=True,
        timeout=60,
        check=False,
    )
    return done.stdout.decode(errors="replace")  # HTTP/2 follows


@pytest.mark.parametrize("name", ["query-tls", "registry-tls"])
def test_tls_1_2_and_later_only(encrypted, name):
    address = encrypted.address(name)
    for version in ("-tls1_2", "-tls1_3"):
        assert "BEGIN CERTIFICATE" in shown(address, version)
    old = shown(address, "-tls1_1", "-cipher", "DEFAULT@SECLEVEL=0")
    assert "BEGIN CERTIFICATE" not in old


def test_the_command_line(encrypted):
    authority = encrypted.certificates["registry-tls"].path
    done = encrypted.cli("app", "list", "--tls-ca", authority)
    assert (done.returncode, done.stderr) == (0, "")
    untrusted = encrypted.cli("app", "list", "--tls-ca", encrypted.certificates["query-tls"].path)
    assert untrusted.returncode == 1
    assert f"cannot call {encrypted.address('registry-tls')} over TLS" in untrusted.stderr
    assert "lead to an authority of --tls-ca or of this system" in untrusted.stderr
    system = encrypted.cli("--tls", "app", "list")
    assert system.returncode == 1
    assert "lead to an authority of --tls-ca or of this system" in system.stderr
    plain = encrypted.cli("app", "list")
    assert plain.returncode == 1
    assert "Where it speaks TLS: --tls" in plain.stderr
    missing = encrypted.cli("app", "list", "--tls-ca", "/no/such.pem")
    assert missing.returncode == 1
    assert "/no/such.pem: No such file or directory; see --tls-ca" in missing.stderr


@pytest.mark.parametrize("name", ["query-tls", "registry-tls"])
def test_a_certificate_is_replaced_by_sighup_without_a_restart(encrypted, name):
    service, certificate = encrypted.stack[name], encrypted.certificates[name]
    old = certificate.path.read_bytes()

    with encrypted.channel(name) as before:
        grpc.channel_ready_future(before).result(30)
        loaded = len(service.logged("certificate loaded"))
        certificate.renew()
        service.signal(signal.SIGHUP)
        wait_until(
            lambda: len(service.logged("certificate loaded")) == loaded + 1, "it is loaded"
        )
        with encrypted.channel(name) as after:
            grpc.channel_ready_future(after).result(30)
        key = certificate.key_path.read_bytes()
        certificate.key_path.write_bytes(old)
        service.signal(signal.SIGHUP)
        wait_until(
            lambda: service.logged("certificate not reloaded, the old one stays"), "it is refused"
        )
        assert service.metric("millrace_tls_failed_reloads_total") == 1
        with encrypted.channel(name) as still:
            grpc.channel_ready_future(still).result(30)
        certificate.key_path.write_bytes(key)
        assert service.metric("millrace_tls_certificate_expiry_time_seconds") > 1.7e9


def test_settings_that_cannot_work_are_refused_at_the_start(encrypted, tmp_path):
    good = Certificate(tmp_path, "good")
    for kind in ("query", "registry"):
        program = BIN / f"millrace-{kind}"

        def run(*flags, program=program):
            return subprocess.run(
                [program, *flags],
                env=clean_environment(),
                capture_output=True,
                text=True,
                timeout=60,
                check=False,
            )

        half = run("--check-config", f"--tls-certificate={good.path}")
        assert half.returncode == 2
        assert "tls-certificate is given without tls-key; give both or neither" in half.stderr
        done = run(
            f"--tls-certificate={good.path}",
            f"--tls-key={encrypted.certificates['query-tls'].key_path}",
            "--admin-listen=127.0.0.1:0",
        )
        assert done.returncode == 1
        assert "it does not belong to the first certificate of" in done.stderr
