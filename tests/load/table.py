# SPDX-License-Identifier: Apache-2.0
"""Figures of several runs, printed as one table of medians."""

import statistics
import sys


class Table:
    """Figures by name, one for each run."""

    def __init__(self):
        self.rows = {}

    def add(self, name, value):
        self.rows.setdefault(name, []).append(value)
        print(f"  {name}: {_text(value)}", file=sys.stderr)

    def median(self, name):
        return statistics.median(self.rows[name])

    def print(self):
        print("| figure | median | smallest | largest | runs |\n|---|---:|---:|---:|---:|")
        for name, values in self.rows.items():
            cells = (_text(value) for value in (self.median(name), min(values), max(values)))
            print(f"| {name} | {' | '.join(cells)} | {len(values)} |")

    def ratio(self, name, of):
        if name in self.rows and of in self.rows:
            print(f"\n{name} / {of}: {self.median(name) / self.median(of):.2f}")


def _text(value):
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
