# SPDX-License-Identifier: Apache-2.0
"""The HTTP receiver against well-behaved and other devices, with a real registry and NATS."""

import concurrent.futures
import gzip
import signal
import socket
import zlib

import pytest

from service.receiver_scene import MIB, check_error, messages_in_stream, uploads_of
from support.bus import Bus
from support.device import HttpDevice
from support.stack import running_stack
from support.wait import wait_until

JSON_PATH = "kp1/{version}/dcx/{token}/json"


@pytest.fixture(name="pair", scope="module")
def pair_fixture(postgres):
    """Registry and receiver, for all tests of this file that kill nothing."""
    with running_stack(postgres, "registry", "http-receiver") as pair:
        yield pair


@pytest.fixture(name="identity")
def identity_fixture(pair):
    """An endpoint of the test's own."""
    return pair.registry.create_device()


@pytest.fixture(name="device")
def device_fixture(pair, identity):
    device = HttpDevice(pair["http-receiver"], identity)
    yield device
    device.close()


# --- accepted ---


@pytest.mark.parametrize(
    "content_type",
    [None, "application/json", "application/x-www-form-urlencoded", "text/plain; charset=klingon"],
)
def test_an_upload_is_in_the_stream_when_it_is_answered(pair, identity, device, content_type):
    body = b'[{"temperature":23,"humidity":48},{"temperature":24}]'
    headers = {"Content-Type": content_type} if content_type else {}
    answer = device.post(body, headers=headers)
    assert (answer.status, answer.body) == (200, b"")
    (event,) = uploads_of(pair, identity)
    assert event.data_samples == body
    assert event.sample_count == 2
    assert event.application_name == identity.application
    assert event.app_version_name == identity.app_version
    assert event.receipt_time_us > 1_600_000_000_000_000
    assert 0 < len(event.correlation_id) <= 64


@pytest.mark.parametrize(
    "form",
    [
        "/kpc/{path}",
        "/{path}/23",
        "/kpc/{path}/0",
        "/{path}?a=b",
        "/{path}/7?",
        "http://any.example:1/{path}",
        "HTTPS://any.example/kpc/{path}?a",
    ],
)
def test_other_forms_of_the_path_mean_the_same(pair, identity, device, form):
    assert device.post("1", path=form.format(path=identity.path)).status == 200
    assert [event.data_samples for event in uploads_of(pair, identity)] == [b"1"]


def test_percent_encoded_names_are_decoded(pair, identity, device):
    encoded = "".join(f"%{byte:02x}" for byte in identity.token.encode())
    assert device.post("1", path=device.path.replace(identity.token, encoded)).status == 200
    assert len(uploads_of(pair, identity)) == 1


def test_a_plain_value_becomes_a_sample(pair, identity, device):
    path = device.path.replace("/json", "/plain/altitude")
    assert device.post("2061m", path=path).status == 200
    (event,) = uploads_of(pair, identity)
    assert event.data_samples == b'{"altitude-value":2061,"altitude-unit":"m"}'
    assert device.post("high", path=path).status == 400


def test_an_empty_batch_is_accepted_and_stores_nothing(pair, identity, device):
    assert device.post("[]").status == 200
    assert not uploads_of(pair, identity)


def test_a_byte_order_mark_is_stripped(pair, identity, device):
    assert device.post(b'\xef\xbb\xbf{"a":1}').status == 200
    assert uploads_of(pair, identity)[0].data_samples == b'{"a":1}'


def test_a_body_of_the_largest_size_is_taken(pair, identity, device):
    body = b'"' + b"x" * (MIB - 2) + b'"'
    assert device.post(body).status == 200
    assert uploads_of(pair, identity)[0].data_samples == body


@pytest.mark.parametrize("encoding", ["gzip", "x-gzip"])
def test_gzip_is_inflated(pair, identity, device, encoding):
    body = b'[{"a":1},{"a":2}]'
    answer = device.post(gzip.compress(body), headers={"Content-Encoding": encoding})
    assert answer.status == 200
    assert uploads_of(pair, identity)[0].data_samples == body


def bare_deflate(body):
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(body) + packer.flush()


@pytest.mark.parametrize("compress", [zlib.compress, bare_deflate])
def test_deflate_is_inflated_with_and_without_the_header_of_zlib(pair, identity, device, compress):
    body = b'[{"a":1},{"a":2}]'
    answer = device.post(compress(body), headers={"Content-Encoding": "deflate"})
    assert answer.status == 200
    assert uploads_of(pair, identity)[0].data_samples == body


def test_identity_is_no_encoding(pair, identity, device):
    assert device.post("7", headers={"Content-Encoding": "identity"}).status == 200
    assert uploads_of(pair, identity)[0].data_samples == b"7"


def test_uploads_of_one_endpoint_never_share_an_instant(pair, identity, device):
    for _ in range(20):
        assert device.post("[1,2,3]").status == 200
    times = [event.receipt_time_us for event in uploads_of(pair, identity)]
    assert all(later - earlier >= 3 for earlier, later in zip(times, times[1:]))


# --- refused ---


def path_of(identity, **changes):
    names = {"version": identity.app_version, "token": identity.token, **changes}
    return "/" + JSON_PATH.format(**names)


NOT_JSON = {
    "empty": (b"", "nothing there"),
    "blank": (b" \n", "nothing there"),
    "form": (b"temperature=23", "byte 1"),
    "NaN": (b'{"a":NaN}', "byte 5"),
    "two values": (b'{"a":1}{"a":2}', "byte 7: more text after the value"),
    "cut": (b'[{"a":1},{"a"', "byte 13"),
    "Latin-1": (b'{"a":"\xff"}', "not UTF-8"),
    "UTF-8 of a surrogate": (b'{"a":"\xed\xa0\x80"}', "not UTF-8"),
    "high surrogate": (b'"\\ud800"', "half of a surrogate pair"),
    "low surrogate": (b'"\\udc00"', "half of a surrogate pair"),
    "NUL": (b"[1]\x00", "a NUL byte"),
    "deep arrays": (b"[" * 100_000, "nested deeper than 64 levels"),
    "deep objects": (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "nested deeper than 64 levels"),
}


@pytest.mark.parametrize("case", NOT_JSON)
def test_what_is_not_json_is_a_bad_request(pair, identity, device, case):
    body, phrase = NOT_JSON[case]
    check_error(device.post(body), 400, phrase)
    assert not uploads_of(pair, identity)


@pytest.mark.parametrize("changes", [{"version": "unknown-v1"}, {"token": "unknown"}])
def test_unknown_names_are_not_found(identity, device, changes):
    answer = device.post("1", path=path_of(identity, **changes))
    check_error(answer, 404, "")
    assert answer.error["reasonPhrase"]


def test_a_token_is_known_in_its_application_only(pair, identity, device):
    other = pair.registry.create_device()
    answer = device.post("1", path=path_of(identity, version=other.app_version))
    check_error(answer, 404, "")


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/metrics",
        "/kp1/{version}/dcx/{token}",
        "/kp1/{version}/dcx/{token}/json/",
        "/kp1/{version}/dcx/{token}/json/2147483648",
        "/kp1/{version}/dcx/{token}/protobuf",
        "/kp1/{version}/epmx/{token}/get",
        "/kp1/{version}/dcx/{token}%2Fjson",
        "/kp1/{version}/dcx/a.b/json",
        "/kp1/{version}/dcx/%00/json",
        "/kp1/{version}/dcx/%zz/json",
        "//kp1/{version}/dcx/{token}/json",
    ],
)
def test_other_paths_are_not_found(identity, device, path):
    path = path.format(version=identity.app_version, token=identity.token)
    check_error(device.post("1", path=path), 404, "unknown path")


def test_too_many_samples_are_too_large(device):
    assert device.post("[" + ",".join(["1"] * 10_000) + "]").status == 200
    check_error(device.post("[" + ",".join(["1"] * 10_001) + "]"), 413, "10000 samples")


def test_damaged_gzip_is_a_bad_request(device):
    for body in (b"[1]", b"", gzip.compress(b"[1]")[:-1], zlib.compress(b"[1]")):
        check_error(device.post(body, headers={"Content-Encoding": "gzip"}), 400, "gzip")


def test_a_gzip_bomb_is_too_large(device):
    bomb = gzip.compress(b" " * (200 * MIB))
    assert len(bomb) < MIB
    bombs = {"gzip": bomb, "deflate": zlib.compress(b" " * (200 * MIB))}
    for encoding, body in bombs.items():
        answer = device.post(body, headers={"Content-Encoding": encoding})
        check_error(answer, 413, "inflates to more than 1048576 bytes")


def test_other_encodings_are_unsupported(device):
    for encoding in ("br", "gzip, gzip"):
        answer = device.post(b"x", headers={"Content-Encoding": encoding})
        check_error(answer, 415, f'"{encoding}"')
        assert answer.headers["Accept-Encoding"] == "gzip, deflate"


def test_suspended_and_revoked_tokens_are_forbidden(pair, identity, device):
    assert device.post("1").status == 200
    pair.registry.set_token_state(identity, "SUSPENDED")
    wait_until(lambda: device.post("1").status == 403, "the suspension is in force")
    check_error(device.post("1"), 403, "suspended")
    pair.registry.set_token_state(identity, "ACTIVE")
    wait_until(lambda: device.post("1").status == 200, "the token is active again")
    pair.registry.set_token_state(identity, "REVOKED")
    wait_until(lambda: device.post("1").status == 403, "the revocation is in force")
    check_error(device.post("1"), 403, "revoked")


def test_uploads_and_samples_are_counted(pair, identity):
    service = pair.start("http-receiver", name="counted")
    device = HttpDevice(service, identity)
    assert [device.post(body).status for body in ("[1,2,3]", "[]", "x")] == [200, 200, 400]
    assert service.metric("millrace_intake_uploads_total", code="200") == 2
    assert service.metric("millrace_intake_uploads_total", code="400") == 1
    assert service.metric("millrace_intake_samples_total", outcome="accepted") == 3
    assert service.metric("millrace_intake_message_uploads_count") == 1
    assert service.metric("millrace_http_responses_total", code="200") == 2
    assert service.metric("millrace_intake_waiting_bytes") == 0


# --- what the receiver needs is away ---


def test_without_the_registry_known_tokens_go_on_working(make_stack):
    stack = make_stack("registry", "http-receiver")
    known, unknown = stack.registry.create_device(), stack.registry.create_device()
    device = HttpDevice(stack["http-receiver"], known)
    assert device.post("1").status == 200
    stack["registry"].kill()
    assert device.post("2").status == 200
    check_error(device.post("3", path=f"/{unknown.path}"), 503, "")
    stack["registry"].start()
    wait_until(lambda: device.post("3", path=f"/{unknown.path}").status == 200, "it is known")


def test_without_the_bus_uploads_are_unavailable_until_it_is_back(make_stack):
    stack = make_stack("registry")
    service = stack.start("http-receiver", publish_deadline="1s", publish_retry_after="200ms")
    identity = stack.registry.create_device()
    device = HttpDevice(service, identity)
    assert device.post("1").status == 200
    stack.nats.kill()
    check_error(device.post("2"), 503, "")
    stack.nats.start()
    wait_until(lambda: device.post("3").status == 200, "uploads are accepted again")
    stored = [event.data_samples for event in uploads_of(stack, identity)]
    assert stored[0] == b"1" and stored[-1] == b"3"


def test_a_full_stream_is_unavailable_until_there_is_room(make_stack):
    stack = make_stack("registry")
    service = stack.start("http-receiver", stream_max_size="1MiB")
    identity = stack.registry.create_device()
    device = HttpDevice(service, identity)
    body = '"' + "x" * 200_000 + '"'
    answers = [device.post(body) for _ in range(6)]
    check_error(answers[-1], 503, "full")
    accepted = sum(answer.status == 200 for answer in answers)
    assert accepted == len(uploads_of(stack, identity)) >= 4
    with Bus(stack.nats) as bus:
        bus.jetstream("STREAM.PURGE.DATA_SAMPLES")
    assert device.post(body).status == 200


def test_the_servers_max_payload_bounds_uploads(make_stack, tmp_path):
    config = tmp_path / "nats.conf"
    config.write_text("max_payload: 64KB\njetstream {}\n", encoding="utf-8")
    stack = make_stack("registry", nats_config=config)
    service = stack.start("http-receiver")
    device = HttpDevice(service, stack.registry.create_device())
    assert service.logged("upload limit lowered")
    assert device.post('"' + "x" * 60_000 + '"').status == 200
    check_error(device.post('"' + "x" * 65_000 + '"'), 413, "the limit is 64512")


def test_while_the_bus_is_slow_uploads_travel_together(make_stack):
    stack = make_stack("registry")
    service = stack.start("http-receiver", publishes_in_flight=2)
    identity = stack.registry.create_device()
    assert HttpDevice(service, identity).post("0").status == 200
    stack.nats.freeze()
    try:
        with concurrent.futures.ThreadPoolExecutor(30) as pool:
            uploads = [
                pool.submit(lambda i=i: HttpDevice(service, identity).post(str(i)).status)
                for i in range(1, 31)
            ]
            waiting = 30 * 512  # and their bodies
            wait_until(
                lambda: service.metric("millrace_intake_waiting_bytes") >= waiting, "all wait"
            )
            stack.nats.signal(signal.SIGCONT)
            assert [upload.result() for upload in uploads] == [200] * 30
    finally:
        stack.nats.signal(signal.SIGCONT)
    assert messages_in_stream(stack) == 4  # the first, two that were in flight, the rest
    stored = sorted(int(event.data_samples) for event in uploads_of(stack, identity))
    assert stored == list(range(31))


def refuses_connections(service):
    try:
        socket.create_connection(("127.0.0.1", service.port), 60).close()
    except ConnectionRefusedError:
        return True
    return False


def test_stopping_finishes_what_was_received(make_stack):
    stack = make_stack("registry", "http-receiver")
    service = stack["http-receiver"]
    identity = stack.registry.create_device()
    assert HttpDevice(service, identity).post("1").status == 200
    stack.nats.freeze()
    try:
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            upload = pool.submit(lambda: HttpDevice(service, identity).post("2"))
            wait_until(
                lambda: service.metric("millrace_intake_waiting_bytes") > 0, "the upload waits"
            )
            service.ask_to_stop()
            wait_until(lambda: refuses_connections(service), "it accepts nothing new")
            stack.nats.signal(signal.SIGCONT)
            assert upload.result().status == 200
    finally:
        stack.nats.signal(signal.SIGCONT)
    assert service.wait() == 0
    assert [event.data_samples for event in uploads_of(stack, identity)] == [b"1", b"2"]
