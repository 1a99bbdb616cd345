# SPDX-License-Identifier: Apache-2.0
"""Applications with random rows, for tests of Aggregate and GetChart that compare query with
support/reference.py. Rows lie around moments at which clocks were changed."""

import datetime

from service.query_rows import Rows
from support.reference import BOOLEAN, NUMBER, STRING, Write, columns_of, to_us

DAY_US = 86_400_000_000
# Where clocks change within the days that follow, or midnight is left out or comes twice, or a day.
CHANGES = [
    ("Europe/Berlin", (2018, 3, 24)),
    ("Europe/Berlin", (2018, 10, 27)),
    ("America/Sao_Paulo", (2018, 2, 16)),
    ("America/Sao_Paulo", (2018, 11, 3)),
    ("Asia/Beirut", (2018, 3, 24)),
    ("Australia/Lord_Howe", (2018, 9, 30)),
    ("Pacific/Apia", (2011, 12, 28)),
    ("America/St_Johns", (2010, 11, 5)),
    ("Asia/Kathmandu", (2018, 6, 1)),
    ("", (2018, 12, 30)),
]
PARTITIONS = [
    ("2010-05-01", "2011-06-01"),
    ("2011-07-01", "2012-07-01"),
    ("2017-07-01", "2018-07-01"),
    ("2018-07-01", "2019-07-01"),
]
SPANS_US = [2_000_000, 3_600_000_000, 3 * DAY_US, 40 * DAY_US, 150 * DAY_US]

A = ("multi", "a", NUMBER)
B = ("multi", "b", BOOLEAN)
C = ("multi", "c", STRING)
VALUE = ("auto~plain", "value", NUMBER)
# The rules changed its type, twice.
CHANGED = [("changed", "v", kind) for kind in (NUMBER, STRING, BOOLEAN)]
LAYOUTS = [(A, B, VALUE), (A, C), (VALUE,), (CHANGED[0],), (CHANGED[1],), (CHANGED[2], VALUE)]
SERIES = ["multi", "auto~plain", "changed"]


def in_order(members):
    """As layouts list them: numbers and booleans, then strings."""
    return sorted(members, key=lambda member: (member[2] == STRING, member))


class Scene:
    """An application whose every point is known."""

    def __init__(self, stack, number, random):
        self.rows = Rows(stack)
        self.zone, day = CHANGES[number % len(CHANGES)]
        self.span_us = random.choice(SPANS_US)
        self.start_us = to_us(
            datetime.datetime(*day, random.randrange(24), tzinfo=datetime.timezone.utc)
        )
        # A coarse grid makes instants meet, in several layouts and at the ends of windows.
        self.grid_us = max(1, self.span_us // random.choice([60, 2000]))
        # Makes the keys of all values, rising in the order in which layouts list them.
        self.rows.layout(*in_order({member for layout in LAYOUTS for member in layout}))
        self.keys = [self.rows.layout(*in_order(layout)) for layout in LAYOUTS]
        self.endpoints = [f"ep-{i}" for i in range(random.randint(1, 4))]
        self.writes = [
            write for endpoint in self.endpoints for write in self._fill(endpoint, random)
        ]
        self.columns = columns_of(self.writes)

    def _fill(self, endpoint, random):
        count = random.choice([0, 1, 5, 80, 250])
        written = set()
        counter = 0
        for _ in range(count):
            # Layouts follow each other, and now and then one comes back.
            time_us = self.start_us + random.randrange(self.span_us) // self.grid_us * self.grid_us
            late = random.random() < 0.3
            progress = (time_us - self.start_us) / self.span_us
            layout = random.randrange(len(LAYOUTS)) if late else int(progress * len(LAYOUTS))
            written.add((time_us, layout))
        if not written:
            return []
        # The order of writing is not that of time: late corrections have higher seqs.
        order = sorted(written, key=lambda one: one[0] + random.randrange(self.span_us // 3 + 1))
        frames, values = [], []
        for time_us, layout in order:
            counter = 0 if random.random() < 0.05 else counter + random.randrange(50)
            values.append({m: self._value(m, counter, random) for m in LAYOUTS[layout]})
            members = in_order(LAYOUTS[layout])
            numbers = [values[-1][m] for m in members if m[2] != STRING]
            texts = [values[-1][m] for m in members if m[2] == STRING] or None
            frames.append((self.keys[layout], time_us, numbers, texts))
        seqs = self.rows.write(endpoint, frames)
        return [
            Write(endpoint, frame[1], seq, written_values)
            for frame, seq, written_values in zip(frames, seqs, values)
        ]

    @staticmethod
    def _value(member, counter, random):
        if random.random() < 0.1:
            return None
        if member[2] == BOOLEAN:
            return random.randrange(2)
        if member[2] == STRING:
            return random.choice(["", "x", "grün", "long " * 5])
        return counter if member == VALUE else random.choice([0.25, -3, 7, 1e6, 1.5])

    def range(self, random):
        """[from, to) in µs: around the rows, sometimes at one of them, sometimes beyond."""
        ends = sorted(
            random.choice(
                [
                    self.start_us + random.randrange(-self.span_us // 5, self.span_us * 6 // 5),
                    self.start_us + random.randrange(self.span_us) // self.grid_us * self.grid_us,
                ]
            )
            for _ in range(2)
        )
        return ends[0], ends[1]
