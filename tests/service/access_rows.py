# SPDX-License-Identifier: Apache-2.0
"""Every method of both APIs: what role it needs, and a request about something of an application.

A method without a row fails test_access.py. A request is built from a Place; `Place.absent()` names
what does not exist.
"""

import dataclasses
import itertools
from typing import Callable

import grpc
from google.protobuf.timestamp_pb2 import Timestamp

from support.protos import api_key_pb2, client_credentials_pb2, dashboard_pb2, query_pb2, registry_pb2

READER, OPERATOR, ADMIN = (
    api_key_pb2.API_KEY_ROLE_READER,
    api_key_pb2.API_KEY_ROLE_OPERATOR,
    api_key_pb2.API_KEY_ROLE_ADMIN,
)
ROLE_NAMES = {READER: "reader", OPERATOR: "operator", ADMIN: "admin"}
_numbers = itertools.count(1)


def fresh(word):
    return f"{word}-{next(_numbers)}"


def make_dashboard(registry, application):
    """Its id."""
    return registry.call.CreateDashboard(
        registry_pb2.CreateDashboardRequest(
            dashboard=dashboard_pb2.Dashboard(application_name=application, title="one")
        )
    ).dashboard_id


@dataclasses.dataclass(frozen=True)
class Place:
    """An application with one of everything."""

    application: str
    app_version: str
    endpoint_id: str
    token: str
    token_id: int
    dashboard_id: str

    @staticmethod
    def make(registry):
        identity = registry.create_device()
        endpoint = registry.call.GetEndpoint(
            registry_pb2.GetEndpointRequest(endpoint_id=identity.endpoint_id)
        )
        return Place(
            **vars(identity),
            token_id=endpoint.tokens[0].token_id,
            dashboard_id=make_dashboard(registry, identity.application),
        )

    @staticmethod
    def absent():
        nobody = "00000000-0000-4000-8000-000000000000"
        return Place("no-app", "no-version", "no-endpoint", "no-token", 987654321, nobody)

    @property
    def path(self):
        """Where its device sends, as in Identity."""
        return f"kp1/{self.app_version}/dcx/{self.token}/json"

    def hidden_in(self, words):
        """`words` without the names of this place, to be compared with those about another one."""
        for value in sorted(map(str, dataclasses.astuple(self)), key=len, reverse=True):
            words = words.replace(value, "<>")
        return words


@dataclasses.dataclass(frozen=True)
class Row:
    role: int
    request: Callable
    # About no application, so closed to keys that are bound to some.
    about_all: bool = False
    # Goes on until the client ends it.
    endless: bool = False
    # Afterwards the place has no dashboard any more.
    takes_dashboard: bool = False
    # The answer to whoever may ask.
    code: grpc.StatusCode = grpc.StatusCode.OK


_pb = registry_pb2


def _set_state(**which):
    return _pb.SetTokenStateRequest(state=_pb.TOKEN_STATE_ACTIVE, **which)


def _in_application(place):
    return _pb.TokenInApplication(application_name=place.application, token=place.token)


# (method, what is special about the request)
REGISTRY = {
    ("CreateApplication", ""): Row(
        ADMIN, lambda place: _pb.CreateApplicationRequest(name=fresh("made"))
    ),
    ("GetApplication", ""): Row(
        READER, lambda place: _pb.GetApplicationRequest(name=place.application)
    ),
    ("ListApplications", ""): Row(READER, lambda place: _pb.ListApplicationsRequest()),
    ("UpdateApplication", ""): Row(
        OPERATOR, lambda place: _pb.UpdateApplicationRequest(name=place.application)
    ),
    ("ApplySeriesRules", ""): Row(
        OPERATOR, lambda place: _pb.ApplySeriesRulesRequest(application_name=place.application)
    ),
    ("ApplySeriesRules", "validated only"): Row(
        OPERATOR,
        lambda place: _pb.ApplySeriesRulesRequest(
            application_name=place.application, validate_only=True
        ),
    ),
    ("GetSeriesRules", ""): Row(
        READER, lambda place: _pb.GetSeriesRulesRequest(application_name=place.application)
    ),
    ("ListSeriesRulesVersions", ""): Row(
        READER, lambda place: _pb.ListSeriesRulesVersionsRequest(application_name=place.application)
    ),
    ("DiffSeriesRules", ""): Row(
        READER, lambda place: _pb.DiffSeriesRulesRequest(application_name=place.application)
    ),
    ("CreateAppVersion", ""): Row(
        OPERATOR,
        lambda place: _pb.CreateAppVersionRequest(
            application_name=place.application, name=fresh("made")
        ),
    ),
    ("ListAppVersions", "all"): Row(READER, lambda place: _pb.ListAppVersionsRequest()),
    ("ListAppVersions", "of one"): Row(
        READER, lambda place: _pb.ListAppVersionsRequest(application_name=place.application)
    ),
    ("CreateEndpoint", ""): Row(
        OPERATOR, lambda place: _pb.CreateEndpointRequest(app_version_name=place.app_version)
    ),
    ("GetEndpoint", ""): Row(
        READER, lambda place: _pb.GetEndpointRequest(endpoint_id=place.endpoint_id)
    ),
    ("ListEndpoints", "all"): Row(READER, lambda place: _pb.ListEndpointsRequest()),
    ("ListEndpoints", "of one"): Row(
        READER, lambda place: _pb.ListEndpointsRequest(application_name=place.application)
    ),
    ("ListEndpoints", "of a version"): Row(
        READER, lambda place: _pb.ListEndpointsRequest(app_version_name=place.app_version)
    ),
    ("SetEndpointQuota", ""): Row(
        OPERATOR, lambda place: _pb.SetEndpointQuotaRequest(endpoint_id=place.endpoint_id)
    ),
    ("CreateToken", ""): Row(
        OPERATOR, lambda place: _pb.CreateTokenRequest(endpoint_id=place.endpoint_id)
    ),
    ("SetTokenState", "by number"): Row(
        OPERATOR, lambda place: _set_state(token_id=place.token_id)
    ),
    ("SetTokenState", "by text"): Row(
        OPERATOR, lambda place: _set_state(token=_in_application(place))
    ),
    ("CreateApiKey", ""): Row(
        ADMIN,
        lambda place: _pb.CreateApiKeyRequest(
            name=fresh("made"), application_names=[place.application]
        ),
    ),
    ("CreateDashboard", ""): Row(
        OPERATOR,
        lambda place: _pb.CreateDashboardRequest(
            dashboard=dashboard_pb2.Dashboard(application_name=place.application, title="another")
        ),
    ),
    ("UpdateDashboard", ""): Row(
        OPERATOR,
        lambda place: _pb.UpdateDashboardRequest(
            dashboard=dashboard_pb2.Dashboard(dashboard_id=place.dashboard_id, title=fresh("title"))
        ),
    ),
    ("GetDashboard", ""): Row(
        READER, lambda place: _pb.GetDashboardRequest(dashboard_id=place.dashboard_id)
    ),
    ("ListDashboards", ""): Row(
        READER, lambda place: _pb.ListDashboardsRequest(application_name=place.application)
    ),
    ("DeleteDashboard", ""): Row(
        OPERATOR,
        lambda place: _pb.DeleteDashboardRequest(dashboard_id=place.dashboard_id),
        takes_dashboard=True,
    ),
    ("GetOwnApiKey", ""): Row(READER, lambda place: _pb.GetOwnApiKeyRequest()),
    ("ListApiKeys", ""): Row(ADMIN, lambda place: _pb.ListApiKeysRequest()),
    ("RevokeApiKey", ""): Row(
        ADMIN,
        lambda place: _pb.RevokeApiKeyRequest(key_id=987654321),
        code=grpc.StatusCode.NOT_FOUND,
    ),
    ("CreateClientCredentials", ""): Row(
        ADMIN,
        lambda place: _pb.CreateClientCredentialsRequest(
            basic=_pb.BasicCredentials(user_name=fresh("made"))
        ),
    ),
    ("ListClientCredentials", ""): Row(ADMIN, lambda place: _pb.ListClientCredentialsRequest()),
    ("SetClientCredentialsState", ""): Row(
        ADMIN,
        lambda place: _pb.SetClientCredentialsStateRequest(
            credentials_id=987654321, state=_pb.TOKEN_STATE_SUSPENDED
        ),
        code=grpc.StatusCode.NOT_FOUND,
    ),
    ("GetClientAuthentication", ""): Row(
        ADMIN, lambda place: _pb.GetClientAuthenticationRequest()
    ),
    ("UpdateClientAuthentication", ""): Row(
        ADMIN,
        lambda place: _pb.UpdateClientAuthenticationRequest(
            transports=[
                client_credentials_pb2.TransportAuthentication(
                    transport=client_credentials_pb2.CLIENT_TRANSPORT_TCP
                )
            ]
        ),
    ),
}

_q = query_pb2


def _range(request):
    getattr(request, "from").CopyFrom(Timestamp(seconds=0))
    request.to.CopyFrom(Timestamp(seconds=1))
    return request


def _points_of(message, place, **more):
    return _range(
        message(
            application_name=place.application,
            endpoint_ids=[place.endpoint_id],
            time_series_names=["auto~a"],
            **more,
        )
    )


def _of(message, place, **more):
    return message(application_name=place.application, **more)


QUERY = {
    ("ListTimeSeries", ""): Row(READER, lambda place: _of(_q.ListTimeSeriesRequest, place)),
    ("GetDataPoints", ""): Row(READER, lambda place: _points_of(_q.GetDataPointsRequest, place)),
    ("Aggregate", ""): Row(
        READER,
        lambda place: _points_of(
            _q.AggregateRequest,
            place,
            aggregations=[_q.Aggregation(function=_q.AGGREGATE_FUNCTION_COUNT)],
        ),
    ),
    ("GetChart", ""): Row(READER, lambda place: _points_of(_q.GetChartRequest, place)),
    ("Subscribe", ""): Row(READER, lambda place: _of(_q.SubscribeRequest, place), endless=True),
    ("GetLastDataPoints", ""): Row(READER, lambda place: _of(_q.GetLastDataPointsRequest, place)),
    ("ListEndpointActivity", ""): Row(
        READER,
        lambda place: _of(
            _q.ListEndpointActivityRequest, place, endpoint_ids=[place.endpoint_id]
        ),
    ),
    ("PutDataPoints", ""): Row(
        OPERATOR,
        lambda place: _q.PutDataPointsRequest(
            app_version_name=place.app_version,
            series=[
                _q.EndpointSeriesPoints(
                    endpoint_id=place.endpoint_id,
                    time_series_name="put",
                    data_points=[
                        _q.PutPoint(
                            timestamp_us=1_700_000_000_000_000,
                            values=[_q.NamedValue(name="value", number=1)],
                        )
                    ],
                )
            ],
        ),
    ),
    ("ListRejectedSamples", ""): Row(
        READER, lambda place: _of(_q.ListRejectedSamplesRequest, place)
    ),
    ("ReplayRejectedSamples", ""): Row(
        OPERATOR, lambda place: _of(_q.ReplayRejectedSamplesRequest, place)
    ),
    ("TrySeriesRules", "given"): Row(
        READER,
        lambda place: _of(_q.TrySeriesRulesRequest, place, given=_q.GivenSamples(data_samples=b"{}")),
    ),
    ("TrySeriesRules", "rejected"): Row(
        READER,
        lambda place: _of(
            _q.TrySeriesRulesRequest, place, rejected=_q.RecentRejectedSamples()
        ),
    ),
    ("ExplainEndpoint", "endpoint"): Row(
        READER, lambda place: _of(_q.ExplainEndpointRequest, place, endpoint_id=place.endpoint_id)
    ),
    ("ExplainEndpoint", "version"): Row(
        READER, lambda place: _q.ExplainEndpointRequest(app_version_name=place.app_version)
    ),
    ("Diagnose", ""): Row(READER, lambda place: _q.DiagnoseRequest(), about_all=True),
}

# Methods of the contract that query does not answer yet.
UNIMPLEMENTED = set()
