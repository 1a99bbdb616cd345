# SPDX-License-Identifier: Apache-2.0
"""A Prometheus with our rules scrapes real services. promtool's tests say when alerts fire; this
says that the series they look at are there, with the labels they are asked for.
"""

import json
import re
import urllib.parse
import urllib.request

import pytest
import yaml

from support import monitoring
from support.certificates import Certificate
from support.child import Child
from support.device import HttpDevice
from support.ports import free_port
from support.service import PROGRAMS
from support.wait import wait_until

# These come into being with the first failure, which a healthy stack does not have.
MADE_BY_FAILURE = {"millrace_rpc_requests_total", "millrace_registry_look_ups_total"}
MADE_BY_FAILURE |= {"millrace_registry_events_total"}


class Prometheus(Child):
    def __init__(self, stack, folder):
        self.port = free_port()
        config = yaml.safe_load(monitoring.CONFIG.read_text(encoding="utf-8"))
        # Names of services are no names of this machine, and a test does not wait for 15 s.
        config["global"] = {"scrape_interval": "1s", "evaluation_interval": "1s"}
        config["rule_files"] = [str(monitoring.PROMETHEUS / "rules/*.yml")]
        del config["alerting"]
        for job in config["scrape_configs"]:
            name = job["job_name"]
            port = self.port if name == "prometheus" else stack[name].ports["admin"]
            job.pop("dns_sd_configs", None)
            job["static_configs"] = [{"targets": [f"127.0.0.1:{port}"]}]
        (folder / "prometheus.yml").write_text(yaml.safe_dump(config), encoding="utf-8")
        super().__init__(
            "prometheus",
            [
                "prometheus",
                f"--config.file={folder}/prometheus.yml",
                f"--storage.tsdb.path={folder}/data",
                f"--web.listen-address=127.0.0.1:{self.port}",
            ],
            folder / "prometheus.log",
        )

    def get(self, path, **arguments):
        query = urllib.parse.urlencode(arguments, doseq=True)
        address = f"http://127.0.0.1:{self.port}/api/v1/{path}?{query}"
        with urllib.request.urlopen(address, timeout=30) as answer:
            return json.load(answer)["data"]

    def ask(self, expression):
        return self.get("query", query=expression)["result"]

    def rules(self):
        return [rule for group in self.get("rules")["groups"] for rule in group["rules"]]

    def alerts(self):
        return {alert["labels"]["alertname"]: alert for alert in self.get("alerts")["alerts"]}


@pytest.fixture(name="stack")
def fixture_stack(make_stack, tmp_path):
    one = make_stack("registry", "http-receiver", "mqtt-receiver")
    one.start("epts", data_points_events="on")  # the events' metrics exist only then
    one.start("query")
    # The metrics of certificates exist only where there is one.
    one.start("gateway", **Certificate(tmp_path, "gateway").settings)
    device = one.registry.create_device(auto_extract=True)
    HttpDevice(one["http-receiver"], device).send([{"temperature": 23}])
    wait_until(lambda: one.query.values(device, "auto~temperature") == [23.0], "a point is stored")
    return one


@pytest.fixture(name="prometheus")
def fixture_prometheus(stack, tmp_path):
    server = Prometheus(stack, tmp_path)
    server.start()
    try:
        wait_until(lambda: len(server.ask("up == 1")) == len(PROGRAMS) + 1, "all are scraped")
        yield server
    finally:
        server.kill()


def check_matcher(prometheus, where, metric, label, operator, value):
    found = {series.get(label) for series in prometheus.get("series", **{"match[]": metric})}
    assert None not in found, f"{where}: {metric} has no label {label}"
    if metric in MADE_BY_FAILURE or operator in ("!=", "!~"):
        return
    for wanted in value.split("|") if operator == "=~" else [value]:
        assert any(re.fullmatch(wanted, there) for there in found), (
            f"{where}: {metric} has no {label}={wanted}, but {sorted(found)}"
        )


def test_rules_and_boards_find_what_services_export(stack, prometheus):
    def all_evaluated():
        rules = prometheus.rules()
        assert len(rules) == len(list(monitoring.rules()))
        return all(rule["health"] != "unknown" for rule in rules)

    wait_until(all_evaluated, "every rule was evaluated", within=120)
    faults = {rule["name"]: rule["lastError"] for rule in prometheus.rules() if "lastError" in rule}
    assert faults == {}

    for where, expression in monitoring.expressions():
        prometheus.ask(expression)  # a bad one is answered with 422
        for metric in monitoring.metrics_in(expression):
            if metric not in MADE_BY_FAILURE:
                assert prometheus.ask(f"count({metric})"), f"{where}: there is no {metric}"
        for matcher in monitoring.selectors_in(expression):
            check_matcher(prometheus, where, *matcher)

    # What the alerts compare with is the setting. epts exports -1 until it has asked NATS for the
    # stream, and the recording rule has nothing until a scrape after that.
    wait_until(lambda: prometheus.ask("millrace:stream_max_bytes"), "the stream's size is recorded")
    (size,) = prometheus.ask("millrace:stream_max_bytes")
    assert float(size["value"][1]) == 8 << 30

    # A healthy stack wakes nobody.
    assert {
        name for name, alert in prometheus.alerts().items() if alert["state"] == "firing"
    } == {monitoring.ALWAYS_FIRING}

    # A dead service is noticed; two minutes later that alert would fire.
    stack["epts"].kill()

    def down_alert():
        # A scrape of another service that came late is in it too, until the next one.
        down = prometheus.alerts().get("MillraceServiceDown")
        return down if down and down["labels"]["job"] == "epts" else None

    down = wait_until(down_alert, "the death of epts is seen")
    assert down["annotations"]["description"] == "0 instances of epts answer at their admin port."
    stack["epts"].start()
    wait_until(lambda: "MillraceServiceDown" not in prometheus.alerts(), "its return is seen")
