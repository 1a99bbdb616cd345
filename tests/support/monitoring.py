# SPDX-License-Identifier: Apache-2.0
"""What deploy/prometheus and deploy/grafana contain, for the tests that read them."""

import json
import re

import yaml

from support.paths import ROOT

PROMETHEUS = ROOT / "deploy/prometheus"
CONFIG = PROMETHEUS / "prometheus.yml"
RULE_FILES = sorted((PROMETHEUS / "rules").glob("*.yml"))
BOARD_FILES = sorted((ROOT / "deploy/grafana/boards").glob("*.json"))

# Fires always, so that somebody notices when nothing does any more.
ALWAYS_FIRING = "MillraceAlertsAlive"

_METRIC = re.compile(r"(?<![\w:])(?:millrace|process|prometheus)_\w+")
_SELECTOR = re.compile(r"(?<![\w:])((?:millrace|process)_\w+)\{([^}]*)\}")
_MATCHER = re.compile(r'(\w+)\s*(=~|!~|!=|=)\s*"([^"]*)"')


def rules():
    """Every rule as it is written."""
    for path in RULE_FILES:
        for group in yaml.safe_load(path.read_text(encoding="utf-8"))["groups"]:
            yield from group["rules"]


def alerts():
    return [rule for rule in rules() if "alert" in rule]


def boards():
    """[(path, board)]"""
    return [(path, json.loads(path.read_text(encoding="utf-8"))) for path in BOARD_FILES]


def panels(board):
    return [panel for panel in board["panels"] if panel["type"] != "row"]


def expressions():
    """[(where it stands, PromQL)] of rules and boards."""
    found = [(rule.get("alert") or rule["record"], rule["expr"]) for rule in rules()]
    for path, board in boards():
        for panel in panels(board):
            for target in panel["targets"]:
                # Grafana puts a window there that holds four scrapes.
                expression = target["expr"].replace("$__rate_interval", "1m")
                found.append((f"{path.name}, {panel['title']}", expression))
    return found


def metrics_in(expression):
    """Names that services or Prometheus export; labels and values of labels are not among them."""
    return set(_METRIC.findall(re.sub(r'"[^"]*"', '""', expression)))


def selectors_in(expression):
    """[(metric, label, operator, value)]"""
    return [
        (metric, *matcher)
        for metric, matchers in _SELECTOR.findall(expression)
        for matcher in _MATCHER.findall(matchers)
    ]
