# SPDX-License-Identifier: Apache-2.0
"""HTTP clients that devices and gateways really use: curl, Python's requests, fetch, wrk."""

import gzip
import json
import os
import re
import subprocess
import zlib

import pytest
import requests

from service.receiver_scene import MIB, uploads_of
from support.certificates import Certificate
from support.paths import ROOT
from support.ports import free_port
from support.stack import running_stack


@pytest.fixture(scope="module", name="certificate")
def certificate_fixture(tmp_path_factory):
    return Certificate(tmp_path_factory.mktemp("tls"), "receiver")


@pytest.fixture(name="pair", scope="module")
def pair_fixture(postgres, certificate):
    with running_stack(postgres, "registry") as pair:
        port = free_port()
        service = pair.start(
            "http-receiver", https_listen=f"127.0.0.1:{port}", **certificate.settings
        )
        service.ports["https"] = port
        yield pair


@pytest.fixture(name="identity")
def identity_fixture(pair):
    return pair.registry.create_device()


@pytest.fixture(name="url", params=["http", "https"])
def url_fixture(request, pair, identity):
    """Of an endpoint of the test's own, over both."""
    host = "127.0.0.1" if request.param == "http" else "localhost"
    return f"{request.param}://{host}:{pair['http-receiver'].ports[request.param]}/{identity.path}"


def run(*command, environment=None):
    done = subprocess.run(
        command, capture_output=True, check=False, timeout=120, env=environment
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.decode()


def stored(pair, identity):
    return [event.data_samples for event in uploads_of(pair, identity)]


def curl(url, certificate, *arguments):
    """(status, header and body)"""
    text = run(
        *("curl", "--silent", "--show-error", "--include", "--max-time", "60"),
        *("--cacert", certificate.path, "--write-out", "%{http_code}", url, *arguments),
    )
    return int(text[-3:]), text[:-3]


def test_curl(pair, identity, url, certificate, tmp_path):
    packed, large = tmp_path / "packed", tmp_path / "large"
    packed.write_bytes(gzip.compress(b"2"))
    large.write_bytes(b'"' + b"x" * (MIB - 2) + b'"')
    ways = [
        ["--data", '{"a":1}'],
        ["--data-binary", f"@{packed}", "--header", "Content-Encoding: gzip"],
        ["--data", "3", "--header", "Transfer-Encoding: chunked"],
        ["--data", "4", "--header", "Expect: 100-continue"],
        ["--data", "5", "--http1.0"],
        ["--data", "6", "--http2"],  # offered, and not taken
        ["--data-binary", f"@{large}"],
    ]
    for arguments in ways:
        status, text = curl(url, certificate, *arguments)
        assert status == 200, text
        assert re.search(r"(?im)^x-request-id: \S+\r$", text), text
    expected = [b'{"a":1}', b"2", b"3", b"4", b"5", b"6", large.read_bytes()]
    assert stored(pair, identity) == expected
    status, text = curl(url, certificate, "--data", "no JSON")
    assert status == 400 and '{"statusCode":400,"reasonPhrase":"' in text
    assert curl(url, certificate, "--head")[0] == 405
    too_large = tmp_path / "too-large"
    too_large.write_bytes(b" " * (3 * MIB))
    assert curl(url, certificate, "--data-binary", f"@{too_large}")[0] == 413


def test_python_requests(pair, identity, url, certificate):
    with requests.Session() as session:
        session.trust_env = False  # which may name other authorities
        session.verify = str(certificate.path)
        assert session.post(url, json={"a": 1}, timeout=60).status_code == 200
        assert session.post(url, data=iter([b"[2", b",3]"]), timeout=60).status_code == 200
        for coding, packed in (("gzip", gzip.compress(b"4")), ("deflate", zlib.compress(b"5"))):
            headers = {"Content-Encoding": coding, "X-Request-Id": f"requests-{coding}"}
            answer = session.post(url, data=packed, headers=headers, timeout=60)
            assert (answer.status_code, answer.content) == (200, b"")
            assert answer.headers["X-Request-Id"] == f"requests-{coding}"
        refused = session.post(url, data="no JSON", timeout=60)
        assert refused.json()["statusCode"] == refused.status_code == 400
        assert session.options(url, timeout=60).headers["Allow"] == "POST, OPTIONS"
        assert session.get(url, timeout=60).status_code == 405
    assert stored(pair, identity) == [b'{"a": 1}', b"[2,3]", b"4", b"5"]


def test_fetch_of_node(pair, identity, url, certificate):
    environment = {**os.environ, "NODE_EXTRA_CA_CERTS": str(certificate.path)}
    results = json.loads(
        run("node", ROOT / "tests/support/fetch_upload.mjs", url, environment=environment)
    )
    for way in ("text", "json", "chunked", "gzip", "deflate", "id"):
        assert (results[way]["status"], results[way]["text"]) == (200, ""), way
    assert results["id"]["id"] == "fetch-1"
    assert results["refused"]["status"] == 400
    assert results["many"] == [200] * 20
    expected = [b"1", b'[{"a":2}]', b'{"a":3}', b"4", b"5", b"6"]
    assert stored(pair, identity) == expected + [b"7"] * 20


def test_wrk(pair, identity, url):
    before = pair["http-receiver"].metric("millrace_intake_uploads_total", code="200")
    text = run(
        *("wrk", "-t1", "-c16", "-d1s", "-s", ROOT / "tests/load/post.lua", url),
    )
    result = json.loads(text[text.index("RESULT ") + 7 :])
    assert result["requests"] > 0
    assert result["refused"] == result["broken"] == 0
    accepted = pair["http-receiver"].metric("millrace_intake_uploads_total", code="200") - before
    # Those under way when wrk ended were accepted, too.
    assert result["requests"] <= accepted <= result["requests"] + 16
