# SPDX-License-Identifier: Apache-2.0
"""Dashboards, seen by a gRPC client."""

import random

import grpc
import pytest

from service.registry_calls import (  # noqa: F401  (fixtures)
    application,
    bad,
    call,
    fails,
    pb,
    registry_stack,
)
from support.protos import dashboard_pb2

# pylint: disable=redefined-outer-name

ABSENT = "00000000-0000-4000-8000-000000000000"


def a_dashboard(application, title="Pumps", **more):
    made = dashboard_pb2.Dashboard(application_name=application, title=title, **more)
    widget = made.widgets.add(title="Temperature")
    widget.placement.columns, widget.placement.rows = 6, 4
    widget.chart.range_seconds = 3600
    widget.sources.add(time_series_name="auto~temperature", color="#1f77b4")
    return made


def create(call, application, title="Pumps"):
    request = pb.CreateDashboardRequest(dashboard=a_dashboard(application, title))
    return call.CreateDashboard(request)


def test_a_dashboard_is_made_changed_and_deleted(call, application):
    given = a_dashboard(application, dashboard_id=ABSENT, version=77, updated_by="me")
    made = call.CreateDashboard(pb.CreateDashboardRequest(dashboard=given))
    assert made.dashboard_id != ABSENT
    assert (made.application_name, made.title, made.version) == (application, "Pumps", 1)
    assert made.updated_by == "admin"
    assert made.created_at == made.updated_at
    assert made.widgets == given.widgets
    get = pb.GetDashboardRequest(dashboard_id=made.dashboard_id)
    assert call.GetDashboard(get) == made
    get.dashboard_id = made.dashboard_id.upper()
    assert call.GetDashboard(get) == made, "the same UUID"

    made.title = "Pumps and valves"
    del made.widgets[:]
    update = pb.UpdateDashboardRequest(dashboard=made, expected_version=1)
    changed = call.UpdateDashboard(update)
    assert (changed.version, changed.title, len(changed.widgets)) == (2, made.title, 0)
    assert changed.created_at == made.created_at
    assert changed.updated_at.ToNanoseconds() > made.updated_at.ToNanoseconds()
    assert call.UpdateDashboard(update) == changed, "repeated because the answer was lost"
    update.dashboard.title = "Valves"
    words = "its version is 2, not expected_version 1"
    fails(grpc.StatusCode.FAILED_PRECONDITION, words, call.UpdateDashboard, update)
    update.expected_version = 0
    assert call.UpdateDashboard(update).version == 3

    delete = pb.DeleteDashboardRequest(dashboard_id=made.dashboard_id)
    call.DeleteDashboard(delete)
    for method, request in (
        (call.DeleteDashboard, delete),
        (call.GetDashboard, get),
        (call.UpdateDashboard, update),
    ):
        fails(grpc.StatusCode.NOT_FOUND, "cannot find dashboard", method, request)


def test_dashboards_are_listed_by_title_without_their_widgets(call, application):
    titles = ["b", "a", "b", "Ü" * 200, "b", "B"]
    made = [create(call, application, title) for title in titles]
    listed, token = [], ""
    while True:
        page = call.ListDashboards(
            pb.ListDashboardsRequest(application_name=application, page_size=2, page_token=token)
        )
        listed += page.dashboards
        token = page.next_page_token
        if not token:
            break
    assert [one.title for one in listed] == sorted(titles, key=str.encode)
    assert {one.dashboard_id for one in listed} == {one.dashboard_id for one in made}
    assert not any(one.widgets for one in listed)
    assert {(one.version, one.updated_by) for one in listed} == {(1, "admin")}


def test_requests_about_dashboards_are_checked(registry_stack, call, application):
    other = registry_stack.registry.create_application()
    made = create(call, application)
    create(call, application)
    for name in ("", "No Name", "x" * 64):
        request = pb.CreateDashboardRequest(dashboard=a_dashboard(name))
        bad("dashboard.application_name", call.CreateDashboard, request)
        bad("application_name", call.ListDashboards, pb.ListDashboardsRequest(application_name=name))
    nobody = pb.CreateDashboardRequest(dashboard=a_dashboard("nobody"))
    fails(grpc.StatusCode.NOT_FOUND, '"nobody"', call.CreateDashboard, nobody)
    nobody = pb.ListDashboardsRequest(application_name="nobody")
    fails(grpc.StatusCode.NOT_FOUND, '"nobody"', call.ListDashboards, nobody)
    for wrong in ("", "x", f"{ABSENT}0", ABSENT.replace("-", "/"), "' OR true"):
        bad("dashboard_id", call.GetDashboard, pb.GetDashboardRequest(dashboard_id=wrong))
        bad("dashboard_id", call.DeleteDashboard, pb.DeleteDashboardRequest(dashboard_id=wrong))
        request = pb.UpdateDashboardRequest(dashboard=a_dashboard("", dashboard_id=wrong))
        bad("dashboard.dashboard_id", call.UpdateDashboard, request)
    made.application_name = other
    moved = pb.UpdateDashboardRequest(dashboard=made)
    bad("dashboard.application_name", call.UpdateDashboard, moved)
    made.application_name = ""
    bad("expected_version", call.UpdateDashboard, pb.UpdateDashboardRequest(expected_version=-1, dashboard=made))
    token = call.ListDashboards(
        pb.ListDashboardsRequest(application_name=application, page_size=1)
    ).next_page_token
    assert token
    for request in (
        pb.ListDashboardsRequest(application_name=other, page_token=token),
        pb.ListDashboardsRequest(application_name=application, page_token=token[:-1]),
    ):
        bad("page_token", call.ListDashboards, request)


@pytest.mark.parametrize(
    "field, change",
    [
        ("dashboard.title", lambda one: one.ClearField("title")),
        ("dashboard.widgets[0]:", lambda one: one.widgets[0].ClearField("chart")),
        (
            "dashboard.widgets[0].gauge.minimum",
            lambda one: setattr(one.widgets[0].gauge, "minimum", float("nan")),
        ),
        (
            "dashboard.widgets[0].sources[0].color",
            lambda one: setattr(one.widgets[0].sources[0], "color", "url(x)"),
        ),
        ("dashboard.widgets", lambda one: one.widgets.extend(list(one.widgets) * 100)),
    ],
)
def test_a_dashboard_beyond_a_bound_changes_nothing(call, application, field, change):
    made = create(call, application)
    wrong = dashboard_pb2.Dashboard()
    wrong.CopyFrom(made)
    change(wrong)
    bad(field, call.CreateDashboard, pb.CreateDashboardRequest(dashboard=wrong))
    bad(field, call.UpdateDashboard, pb.UpdateDashboardRequest(dashboard=wrong))
    listed = call.ListDashboards(pb.ListDashboardsRequest(application_name=application))
    assert [one.version for one in listed.dashboards] == [1]


@pytest.mark.filterwarnings("ignore:Unexpected end-group tag")
def test_bytes_that_are_no_dashboard_harm_nothing(registry_stack, call, application):
    """Requests with bytes changed at random: each is refused, or what is stored can be read."""
    chance = random.Random(20261)
    good = pb.CreateDashboardRequest(dashboard=a_dashboard(application)).SerializeToString()
    answered = 0
    for _ in range(300):
        bytes_ = bytearray(good)
        for _ in range(chance.randint(1, 6)):
            bytes_[chance.randrange(len(bytes_))] = chance.randrange(256)
        request = pb.CreateDashboardRequest()
        try:
            request.ParseFromString(bytes(bytes_))
            made = call.CreateDashboard(request)
        except (grpc.RpcError, ValueError) as error:
            if isinstance(error, grpc.RpcError):
                assert error.code() in (
                    grpc.StatusCode.INVALID_ARGUMENT,
                    grpc.StatusCode.NOT_FOUND,
                ), error.details()
            continue
        except Exception as error:  # pylint: disable=broad-except
            assert type(error).__name__ == "DecodeError", error
            continue
        answered += 1
        assert call.GetDashboard(pb.GetDashboardRequest(dashboard_id=made.dashboard_id)) == made
    assert answered, "some are good"
    assert registry_stack["registry"].running


def test_an_application_has_a_thousand_dashboards_at_most(registry_stack, call, application):
    registry_stack.sql(
        "INSERT INTO registry.dashboard (dashboard_id, application_key, title, widgets, updated_by)"
        " SELECT gen_random_uuid(), application_key, 'n' || n, '', 'x'"
        " FROM registry.application, generate_series(1, 999) n WHERE name = %s",
        (application,),
    )
    create(call, application)
    request = pb.CreateDashboardRequest(dashboard=a_dashboard(application))
    fails(grpc.StatusCode.FAILED_PRECONDITION, "which is the limit", call.CreateDashboard, request)
    other = registry_stack.registry.create_application()
    create(call, other)
