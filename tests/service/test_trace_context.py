# SPDX-License-Identifier: Apache-2.0
"""One upload followed through the suite by the traceparent its device sent."""

import http.client
import json

import pytest

from support.bus import Bus
from support.device import HttpDevice
from support.protos import data_samples_pb2
from support.stack import running_stack
from support.wait import wait_until

TRACE_ID = "0af7651916cd43dd8448eb211c80319c"
PARENT_ID = "b7ad6b7169203331"
TRACEPARENT = f"00-{TRACE_ID}-{PARENT_ID}-01"
SAMPLES = "kaa.v1.events.*.endpoint.data-collection.data-samples-received.>"
POINTS = "kaa.v1.events.epts.endpoint.data-collection.data-points-received.>"


@pytest.fixture(name="door", scope="module")
def door_fixture(postgres):
    """(receiver, device, bus) of a suite without epts, for tests that look at what enters only."""
    with running_stack(postgres, "registry", "http-receiver") as suite:
        receiver = suite["http-receiver"]
        device = HttpDevice(receiver, suite.registry.create_device())
        with Bus(suite.nats) as bus:
            bus.subscribe(SAMPLES)
            yield receiver, device, bus
        device.close()


@pytest.fixture(name="suite")
def suite_fixture(make_stack):
    """The way of a sample over HTTP, talkative, with its points announced."""
    suite = make_stack("registry")
    suite.start("http-receiver", log_level="debug")
    suite.start("epts", log_level="debug", data_points_events="on")
    return suite


@pytest.fixture(name="device")
def device_fixture(suite):
    device = HttpDevice(suite["http-receiver"], suite.registry.create_device())
    yield device
    device.close()


@pytest.fixture(name="bus")
def bus_fixture(suite):
    with Bus(suite.nats) as bus:
        bus.subscribe(SAMPLES)
        bus.subscribe(POINTS)
        yield bus


def next_upload(bus):
    """(headers, upload) of the next message on its way into the stream, which holds one upload."""
    _, _, payload = bus.next_message()
    (upload,) = data_samples_pb2.DataSamplesBatch.FromString(payload).events
    return bus.headers, upload


def line_of(service, event, correlation_id):
    """The log line of this event about this upload, once it is there."""

    def matching():
        return [
            line for line in service.logged(event) if line["correlation_id"] == correlation_id
        ]

    (line,) = wait_until(matching, f"{service.name} logs {event!r}")
    return line


def post(device, sample, **headers):
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    assert device.post(sample, headers=names).status == 200


def test_a_trace_follows_an_upload_through_all_services(suite, device, bus):
    post(device, '{"a":1}', traceparent=TRACEPARENT)

    headers, upload = next_upload(bus)
    assert headers["traceparent"] == upload.traceparent == TRACEPARENT
    assert upload.correlation_id == TRACE_ID
    assert headers["nats-msg-id"]

    subject, _, _ = bus.next_message()
    assert subject.endswith(".auto~a")
    version, trace_id, parent_id, flags = bus.headers["traceparent"].split("-")
    assert (version, trace_id, flags) == ("00", TRACE_ID, "01")
    assert len(parent_id) == 16 and parent_id != PARENT_ID

    accepted = line_of(suite["http-receiver"], "upload accepted", TRACE_ID)
    assert accepted["trace_id"] == TRACE_ID
    stored = line_of(suite["epts"], "upload stored", TRACE_ID)
    assert stored["trace_id"] == TRACE_ID
    assert (stored["stored"], stored["rejected"]) == (1, 0)


def test_a_rejected_sample_has_the_trace_as_its_correlation_id(suite, device):
    post(device, '{"a":1e400}', traceparent=TRACEPARENT)
    rejected = "SELECT reason, correlation_id FROM time_series.rejected_sample"
    rows = wait_until(lambda: suite.sql(rejected), "the sample is rejected")
    assert rows == [("number_out_of_range", TRACE_ID)]
    line = line_of(suite["epts"], "upload rejected", TRACE_ID)
    assert (line["trace_id"], line["rejected"]) == (TRACE_ID, 1)


def test_a_request_id_and_a_trace_are_both_kept(suite, device, bus):
    post(device, '{"a":1}', traceparent=TRACEPARENT, X_Request_Id="abc-1")
    headers, upload = next_upload(bus)
    assert headers["traceparent"] == upload.traceparent == TRACEPARENT
    assert upload.correlation_id == "abc-1"
    for service, event in (("http-receiver", "upload accepted"), ("epts", "upload stored")):
        assert line_of(suite[service], event, "abc-1")["trace_id"] == TRACE_ID


def test_without_a_trace_there_is_none_anywhere(suite, device, bus):
    post(device, '{"a":1}')
    headers, upload = next_upload(bus)
    assert "traceparent" not in headers
    assert upload.traceparent == ""
    bus.next_message()
    assert "traceparent" not in bus.headers
    for service, event in (("http-receiver", "upload accepted"), ("epts", "upload stored")):
        assert "trace_id" not in line_of(suite[service], event, upload.correlation_id)


@pytest.mark.parametrize(
    "invalid",
    [
        "nonsense",
        TRACEPARENT.upper(),
        TRACEPARENT + "-00",
        f"ff-{TRACE_ID}-{PARENT_ID}-01",
        f"00-{'0' * 32}-{PARENT_ID}-01",
    ],
)
def test_an_invalid_trace_is_ignored(door, invalid):
    _, device, bus = door
    post(device, '{"a":1}', traceparent=invalid)
    headers, upload = next_upload(bus)
    assert "traceparent" not in headers
    assert upload.traceparent == ""
    assert upload.correlation_id not in ("", TRACE_ID)


def test_a_repeated_trace_is_ignored(door):
    receiver, device, bus = door
    connection = http.client.HTTPConnection("127.0.0.1", receiver.port, timeout=60)
    connection.putrequest("POST", device.path)
    for _ in range(2):
        connection.putheader("traceparent", TRACEPARENT)
    connection.putheader("Content-Length", "1")
    connection.endheaders(b"1")
    assert connection.getresponse().status == 200
    connection.close()
    headers, upload = next_upload(bus)
    assert "traceparent" not in headers
    assert upload.traceparent == ""


def test_a_later_version_is_handed_on_as_ours(door):
    _, device, bus = door
    post(device, "1", traceparent=f"01-{TRACE_ID}-{PARENT_ID}-0f-what-comes-then")
    headers, upload = next_upload(bus)
    assert headers["traceparent"] == upload.traceparent == TRACEPARENT


def test_epts_stores_an_upload_whose_trace_nobody_would_write(suite, bus):
    application = suite.registry.create_application()
    hostile = ["x" * 100_000, f"00-{TRACE_ID}-{PARENT_ID}-\0", f"{TRACEPARENT}\r\nevil: 1", "ff"]
    events = [
        data_samples_pb2.DataSamplesEvent(
            correlation_id=f"hostile-{number}",
            receipt_time_us=1_790_000_000_000_000 + number,
            application_name=application,
            app_version_name=f"{application}-v1",
            endpoint_id=f"ep-{number}",
            data_samples=b'{"a":1}',
            sample_count=1,
            traceparent=traceparent,
        )
        for number, traceparent in enumerate(hostile)
    ]
    payload = data_samples_pb2.DataSamplesBatch(events=events).SerializeToString()
    with Bus(suite.nats) as sender:
        subject = SAMPLES.replace("*", "test").replace(">", "0")
        assert "error" not in json.loads(sender.request(subject, payload))
    bus.next_message()
    for _ in hostile:
        bus.next_message()
        assert "traceparent" not in bus.headers
    for number, _ in enumerate(hostile):
        assert "trace_id" not in line_of(suite["epts"], "upload stored", f"hostile-{number}")
    assert suite["epts"].metric("millrace_epts_terminated_total") == 0
