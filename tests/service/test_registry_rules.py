# SPDX-License-Identifier: Apache-2.0
"""Series rules: applied as a whole, in versions, told to everybody at once."""

import grpc
import pytest

from service.registry_calls import (  # noqa: F401  (fixtures)
    application,
    bad,
    bus,
    call,
    fails,
    pb,
    registry_stack,
)
from support.protos import configuration_pb2

# pylint: disable=redefined-outer-name

config = configuration_pb2


def rules_with(*series, **more):
    """A series of each name, with one value at the path of the same name."""
    return config.SeriesRules(
        series=[
            config.SeriesRule(name=name, values=[config.ValueRule(path=name)]) for name in series
        ],
        **more,
    )


def apply(call, application, rules, **more):
    request = pb.ApplySeriesRulesRequest(application_name=application, series_rules=rules, **more)
    return call.ApplySeriesRules(request)


def newest(call, application):
    return call.GetSeriesRules(pb.GetSeriesRulesRequest(application_name=application))


def test_rules_are_applied_read_and_listed(call, application):
    made = apply(call, application, rules_with("a", "b", retention_seconds=86400), comment="first")
    assert made.series_rules.version == 2
    assert (made.created_by, made.comment) == ("admin", "first")
    assert [series.name for series in made.series_rules.series] == ["a", "b"]
    assert made.series_rules.series[0].values[0].type == config.VALUE_TYPE_NUMBER
    assert newest(call, application) == made
    request = pb.ListSeriesRulesVersionsRequest(application_name=application)
    listed = call.ListSeriesRulesVersions(request).versions
    assert [one.series_rules.version for one in listed] == [2, 1]
    assert listed[0] == made
    assert call.GetApplication(pb.GetApplicationRequest(name=application)).rules_version == 2


def test_every_fault_is_told_and_nothing_is_changed(call, application):
    rules = rules_with("a", "b", "b", retention_seconds=5)
    rules.series[0].values[0].path = "a..b"
    request = pb.ApplySeriesRulesRequest(application_name=application, series_rules=rules)
    with pytest.raises(grpc.RpcError) as failure:
        call.ApplySeriesRules(request)
    assert failure.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    _, *faults = failure.value.details().split("\n")
    assert [fault.split(": ")[0] for fault in faults] == [
        "names.a.values[0].path",
        "names.b",
        "retention",
    ]
    assert newest(call, application).series_rules.version == 1


def test_nobody_overwrites_what_they_have_not_seen(call, application):
    apply(call, application, rules_with("a"), expected_version=1)
    request = pb.ApplySeriesRulesRequest(
        application_name=application, series_rules=rules_with("b"), expected_version=1
    )
    fails(grpc.StatusCode.FAILED_PRECONDITION, "newest version is 2", call.ApplySeriesRules, request)
    assert apply(call, application, rules_with("b"), expected_version=2).series_rules.version == 3


def test_a_switch_of_the_application_is_a_version_too(call, application):
    apply(call, application, rules_with("a"))
    call.UpdateApplication(pb.UpdateApplicationRequest(name=application, auto_extract=True))
    rules = newest(call, application).series_rules
    assert (rules.version, rules.auto_extract, rules.series[0].name) == (3, True, "a")


def test_the_largest_rules_reach_everybody(call, bus, application):
    rules = rules_with("a")
    for number in range(500):
        rules.series[0].values.add(path=f"a{number}", name=f"v{number}", description="x" * 500)
    made = apply(call, application, rules)
    assert made.ByteSize() > 250_000
    request = config.ApplicationConfigurationRequest(application_name=application)
    answer = config.ApplicationConfigurationResponse.FromString(
        bus.request(
            "kaa.v1.service.registry.scmp.application-configuration-request",
            request.SerializeToString(),
        )
    )
    assert answer.series_rules == made.series_rules
    for number in range(50):
        rules.series[0].values.add(path=f"b{number}", name=f"w{number}", description="x" * 500)
    request = pb.ApplySeriesRulesRequest(application_name=application, series_rules=rules)
    fails(grpc.StatusCode.INVALID_ARGUMENT, "at most 262144", call.ApplySeriesRules, request)


def test_a_diff_names_the_fields_of_the_file(call, application):
    apply(call, application, rules_with("a"))
    request = pb.DiffSeriesRulesRequest(
        application_name=application, to=rules_with("a", auto_extract=True)
    )
    (change,) = call.DiffSeriesRules(request).changes
    assert (change.field, change.before, change.after) == ("auto-extract", "false", "true")


@pytest.mark.parametrize("text", ["x" * 201, "two\nlines"])
def test_a_comment_is_short_and_plain(call, application, text):
    request = pb.ApplySeriesRulesRequest(application_name=application, comment=text)
    bad("comment", call.ApplySeriesRules, request)


def test_what_is_not_there_is_not_found(call, application):
    for method, request in (
        (call.ApplySeriesRules, pb.ApplySeriesRulesRequest(application_name="nobody")),
        (call.GetSeriesRules, pb.GetSeriesRulesRequest(application_name="nobody")),
        (call.ListSeriesRulesVersions, pb.ListSeriesRulesVersionsRequest(application_name="nobody")),
        (call.DiffSeriesRules, pb.DiffSeriesRulesRequest(application_name="nobody")),
    ):
        fails(grpc.StatusCode.NOT_FOUND, '"nobody"', method, request)
    request = pb.GetSeriesRulesRequest(application_name=application, version=7)
    fails(grpc.StatusCode.NOT_FOUND, "version 7", call.GetSeriesRules, request)
    request = pb.GetSeriesRulesRequest(application_name=application, version=-1)
    bad("version", call.GetSeriesRules, request)


def test_a_change_is_announced(call, bus, application):
    bus.subscribe("kaa.v1.events.registry.service.configuration.upsert")
    apply(call, application, rules_with("a"))
    _, _, payload = bus.next_message()
    assert config.ConfigurationEvent.FromString(payload).application_name == application
