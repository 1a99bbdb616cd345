# SPDX-License-Identifier: Apache-2.0
"""Alert rules, boards and the runbook fit each other and the services. No service is run here:
tests/service/test_prometheus.py has a Prometheus that scrapes them.
"""

import re
import subprocess
from pathlib import Path

import pytest
import yaml

from support import monitoring
from support.paths import ROOT
from support.service import PROGRAMS

HERE = Path(__file__).resolve().parent
RULE_TESTS = sorted(HERE.glob("*.test.yml"))
# Not of a service: made by Prometheus about its targets and itself.
OF_PROMETHEUS = {"prometheus_rule_evaluation_failures_total"}


def promtool(*words, cwd=HERE):
    done = subprocess.run(
        ["promtool", *map(str, words)], cwd=cwd, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def exported_names():
    """Names on /metrics, from the calls that register them; a histogram has three."""
    names = set()
    for path in (ROOT / "services").rglob("*.cpp"):
        if path.name.endswith(("_test.cpp", "_itest.cpp", "_bench.cpp")):
            continue
        calls = re.findall(
            r'\b(counter|gauge|histogram|counters_of)\(\s*(?:registry,\s*)?"((?:millrace|process)_\w+)"',
            path.read_text("utf-8"),
        )
        for kind, name in calls:
            names.update(
                {f"{name}{end}" for end in ("_bucket", "_sum", "_count")}
                if kind == "histogram"
                else {name}
            )
    return names


def test_prometheus_takes_configuration_and_rules():
    promtool("check", "config", monitoring.CONFIG)
    promtool("check", "rules", *monitoring.RULE_FILES)


@pytest.mark.timeout(900)  # some seconds of CPU, which a busy machine stretches
@pytest.mark.parametrize("path", RULE_TESTS, ids=lambda path: path.name)
def test_alerts_fire_when_they_must(path):
    promtool("test", "rules", path.name)


def test_every_alert_is_tested_before_while_and_after_it_fires():
    seen = {}  # alert: for each test, whether it fires, in order of time
    for path in RULE_TESTS:
        for test in yaml.safe_load(path.read_text("utf-8"))["tests"]:
            checks = test["promql_expr_test"]
            checks.sort(key=lambda check: int(check["eval_time"][:-1]))
            alert = re.search(r'alertname="(\w+)"', checks[0]["expr"])[1]
            fires = [bool(check["exp_samples"]) for check in checks]
            seen.setdefault(alert, []).append(fires)
    names = {alert["alert"] for alert in monitoring.alerts()}
    assert set(seen) == names
    untested = {
        name
        for name in names - {monitoring.ALWAYS_FIRING}
        if not any(True in run and not run[0] and not run[-1] for run in seen[name])
    }
    assert untested == set()


@pytest.mark.parametrize("alert", monitoring.alerts(), ids=lambda alert: alert["alert"])
def test_an_alert_says_how_bad_it_is_and_what_to_do(alert):
    name, notes = alert["alert"], alert["annotations"]
    allowed = ("none",) if name == monitoring.ALWAYS_FIRING else ("critical", "warning")
    assert alert["labels"]["severity"] in allowed
    assert set(notes) == {"summary", "description", "runbook"}
    assert "$value" in notes["description"]
    assert notes["runbook"] == f"docs/operations.md#{name.lower()}"


def test_the_runbook_has_a_section_for_each_alert_and_no_other():
    text = (ROOT / "docs/operations.md").read_text("utf-8")
    sections = re.findall(r"^### (Millrace\w+)$", text, re.MULTILINE)
    assert sorted(sections) == sorted(alert["alert"] for alert in monitoring.alerts())
    headings = re.findall(r"^##+ (.+)$", text, re.MULTILINE)
    anchors = {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
    assert set(re.findall(r"\]\(#([^)]+)\)", text)) <= anchors


def test_every_metric_in_rules_and_boards_exists():
    names = exported_names() | OF_PROMETHEUS
    assert len(names) > 60  # the pattern still finds the registrations
    for where, expression in monitoring.expressions():
        missing = monitoring.metrics_in(expression) - names
        assert not missing, f"{where}: no service exports {missing}"


def test_every_recorded_series_is_recorded():
    recorded = {rule["record"] for rule in monitoring.rules() if "record" in rule}
    used = set()
    for _, expression in monitoring.expressions():
        used.update(re.findall(r"(?<![\w:])\w+:\w+(?::\w+)*", re.sub(r'"[^"]*"', "", expression)))
    assert used == recorded


def test_every_service_is_scraped_under_its_name():
    config = yaml.safe_load(monitoring.CONFIG.read_text("utf-8"))
    jobs = {job["job_name"]: job for job in config["scrape_configs"]}
    assert set(jobs) == {*PROGRAMS, "prometheus"}
    for name in PROGRAMS:
        (lookup,) = jobs[name]["dns_sd_configs"]
        assert lookup["names"] == [name]
        readme = (ROOT / "services" / name / "README.md").read_text("utf-8")
        assert f"| `admin-listen` | host:port | `127.0.0.1:{lookup['port']}` |" in readme


@pytest.mark.parametrize(
    "path, board", monitoring.boards(), ids=lambda part: getattr(part, "name", "")
)
def test_a_board_has_a_stable_uid_and_explains_its_panels(path, board):
    assert board["uid"] == f"millrace-{path.stem}"  # links to the board hold
    assert board["title"] and board["description"]
    shown = monitoring.panels(board)
    titles = [panel["title"] for panel in shown]
    assert len(set(titles)) == len(titles)
    assert len({panel["id"] for panel in board["panels"]}) == len(board["panels"])
    for panel in shown:
        assert panel["description"], panel["title"]
        assert panel["fieldConfig"]["defaults"]["unit"], panel["title"]
        assert panel["datasource"]["uid"] == "millrace-prometheus", panel["title"]
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= 24, panel["title"]


def test_prometheus_can_read_the_expressions_of_boards(tmp_path):
    asked = [
        {"record": f"board:expression:{number}", "expr": expression}
        for number, (_, expression) in enumerate(monitoring.expressions())
    ]
    file = tmp_path / "boards.yml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "boards", "rules": asked}]}), "utf-8")
    promtool("check", "rules", file)


def test_grafana_finds_the_data_source_of_the_boards():
    folder = ROOT / "deploy/grafana"
    sources = yaml.safe_load(
        (folder / "provisioning/datasources/millrace.yml").read_text("utf-8")
    )["datasources"]
    assert {source["uid"] for source in sources} == {"millrace-prometheus", "millrace-postgres"}
    readme = (folder / "README.md").read_text("utf-8")
    for path in folder.rglob("provisioning/**/*.yml"):
        for variable in re.findall(r"\$\{(\w+)\}", path.read_text("utf-8")):
            assert f"`{variable}`" in readme, f"{path.name}: README.md does not name {variable}"
