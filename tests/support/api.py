# SPDX-License-Identifier: Apache-2.0
"""The gRPC APIs as a client sees them, and the verbs that most tests need."""

import dataclasses
import itertools
import os

# The children of tests are made by fork and exec; grpc must not try to follow them.
os.environ.setdefault("GRPC_ENABLE_FORK_SUPPORT", "0")

import grpc  # noqa: E402  pylint: disable=wrong-import-position

from support.protos import (  # noqa: E402
    api_key_pb2,
    query_pb2,
    query_pb2_grpc,
    registry_pb2,
    registry_pb2_grpc,
)

_numbers = itertools.count(1)


class Caller:
    """A stub whose calls carry the key and a deadline: caller.GetApplication(request).

    `patient`: a call waits for a server that is away; else it fails at once.
    """

    def __init__(self, stub, key, timeout=30.0, patient=True):
        self._stub = stub
        self._timeout = timeout
        self._patient = patient
        self._metadata = (("authorization", f"Bearer {key}"),) if key is not None else ()

    def __getattr__(self, method):
        call = getattr(self._stub, method)

        def invoke(request, timeout=self._timeout):
            # After a restart of the service the channel is still backing off.
            return call(
                request, timeout=timeout, metadata=self._metadata, wait_for_ready=self._patient
            )

        return invoke


def channel(address, more=None):
    """`more`: further options of gRPC, by name."""
    options = {
        "grpc.max_reconnect_backoff_ms": 500,
        "grpc.max_receive_message_length": 64 << 20,
        "grpc.enable_http_proxy": 0,
        # A new channel is a new connection, not the one that another channel still believes in.
        "grpc.use_local_subchannel_pool": 1,
        **(more or {}),
    }
    return grpc.insecure_channel(address, options=list(options.items()))


@dataclasses.dataclass(frozen=True)
class Identity:
    """What a device and a reader of its data must know."""

    application: str
    app_version: str
    endpoint_id: str
    token: str

    @property
    def path(self):
        """MQTT topic; with a / before it, HTTP path."""
        return f"kp1/{self.app_version}/dcx/{self.token}/json"


class RegistryApi:
    """`call` has every method of the contract, the rest are shorthands."""

    def __init__(self, address, key):
        self.channel = channel(address)
        self.call = Caller(registry_pb2_grpc.RegistryStub(self.channel), key)

    def create_application(self, name=None, auto_extract=True):
        name = name or f"app-{os.getpid()}-{next(_numbers)}"
        self.call.CreateApplication(
            registry_pb2.CreateApplicationRequest(name=name, auto_extract=auto_extract)
        )
        return name

    def set_auto_extract(self, application, on):
        return self.call.UpdateApplication(
            registry_pb2.UpdateApplicationRequest(name=application, auto_extract=on)
        )

    def create_app_version(self, application, name=None):
        name = name or f"{application}-v{next(_numbers)}"
        self.call.CreateAppVersion(
            registry_pb2.CreateAppVersionRequest(application_name=application, name=name)
        )
        return name

    def create_endpoint(self, app_version, endpoint_id="", token=""):
        """(endpoint id, token)"""
        made = self.call.CreateEndpoint(
            registry_pb2.CreateEndpointRequest(
                app_version_name=app_version, endpoint_id=endpoint_id, token=token
            )
        )
        return made.endpoint.endpoint_id, made.token

    def create_device(self, auto_extract=True, application=None, app_version=None):
        """An endpoint, with an application and a version of its own unless given."""
        application = application or self.create_application(auto_extract=auto_extract)
        app_version = app_version or self.create_app_version(application)
        endpoint_id, token = self.create_endpoint(app_version)
        return Identity(application, app_version, endpoint_id, token)

    def create_key(self, role="UNSPECIFIED", applications=(), name=None):
        """The key in clear. `role`: "READER", "OPERATOR" or "ADMIN"."""
        return self.call.CreateApiKey(
            registry_pb2.CreateApiKeyRequest(
                name=name or f"key-{os.getpid()}-{next(_numbers)}",
                role=api_key_pb2.ApiKeyRole.Value(f"API_KEY_ROLE_{role}"),
                application_names=applications,
            )
        ).key

    def set_token_state(self, identity, state):
        """`state`: "SUSPENDED", "ACTIVE" or "REVOKED"."""
        which = registry_pb2.TokenInApplication(
            application_name=identity.application, token=identity.token
        )
        return self.call.SetTokenState(
            registry_pb2.SetTokenStateRequest(
                token=which, state=registry_pb2.TokenState.Value(f"TOKEN_STATE_{state}")
            )
        )


class QueryApi:
    """`call` has every method of the contract, the rest are shorthands."""

    def __init__(self, address, key, patient=True, options=None):
        self.channel = channel(address, options)
        self.call = Caller(query_pb2_grpc.QueryStub(self.channel), key, patient=patient)

    def series(self, identity):
        """Names of the series that exist for the endpoint."""
        answer = self.call.ListTimeSeries(
            query_pb2.ListTimeSeriesRequest(
                application_name=identity.application, endpoint_ids=[identity.endpoint_id]
            )
        )
        return [series.name for series in answer.time_series]

    def points(self, identity, *series, from_us=0, to_us=4_000_000_000_000_000, **more):
        """{series: [(time in µs, value)]}; every series is there, also without points.

        The value of a series with the one value `value` stands alone, otherwise a dict.
        """
        request = query_pb2.GetDataPointsRequest(
            application_name=identity.application,
            endpoint_ids=[identity.endpoint_id],
            time_series_names=series,
            **more,
        )
        getattr(request, "from").FromMicroseconds(from_us)
        request.to.FromMicroseconds(to_us)
        found = {name: [] for name in series}
        for chunk in self.call.GetDataPoints(request):
            found[chunk.time_series_name] += _rows(chunk)
        return found

    def values(self, identity, series):
        """The values of one series in order of time."""
        return [value for _, value in self.points(identity, series)[series]]

    def last(self, application, endpoint_ids=(), series=()):
        """{(endpoint id, series): (time in µs, {value name: value})}"""
        answer = self.call.GetLastDataPoints(
            query_pb2.GetLastDataPointsRequest(
                application_name=application, endpoint_ids=endpoint_ids, time_series_names=series
            )
        )
        return {
            (point.endpoint_id, point.time_series_name): (
                point.timestamp.ToMicroseconds(),
                {v.name: getattr(v, v.WhichOneof("kind")) for v in point.values},
            )
            for point in answer.data_points
        }

    def rejected(self, application, endpoint_id=""):
        answer = self.call.ListRejectedSamples(
            query_pb2.ListRejectedSamplesRequest(
                application_name=application, endpoint_id=endpoint_id, page_size=1000
            )
        )
        return list(answer.rejected_samples)


def _rows(chunk):
    columns = {}
    for column in chunk.columns:
        values = column.numbers or column.strings or column.booleans
        present = column.present or [True] * len(values)
        columns[column.name] = [v if there else None for v, there in zip(values, present)]
    rows = []
    for i, time_us in enumerate(chunk.timestamps_us):
        values = {name: column[i] for name, column in columns.items()}
        rows.append((time_us, values["value"] if set(values) == {"value"} else values))
    return rows
