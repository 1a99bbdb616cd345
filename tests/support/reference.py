# SPDX-License-Identifier: Apache-2.0
"""What query should answer, computed in plain Python from the rows that were written: slow, short,
and sharing nothing with the services. Time zones are those of Python's zoneinfo."""

import bisect
import dataclasses
import datetime
import math
import zoneinfo

UTC = datetime.timezone.utc
EPOCH = datetime.datetime(1970, 1, 1, tzinfo=UTC)
MICRO = datetime.timedelta(microseconds=1)
NUMBER, STRING, BOOLEAN = 1, 2, 3


def to_us(moment):
    return (moment - EPOCH) // MICRO


def from_us(time_us):
    return EPOCH + time_us * MICRO


# Points


@dataclasses.dataclass(frozen=True)
class Write:
    """One row: what it says of each value of its layout, None is an explicit null."""

    endpoint: str
    time_us: int
    seq: int
    values: dict  # (series, value name, type) → number, text or None


def columns_of(writes):
    """{(endpoint, series, value name, type): [(time in µs, value)]}, in order of time. At one
    instant only the latest write of a name counts, whatever its type; nulls are no points."""
    latest = {}
    for write in writes:
        for (series, name, kind), value in write.values.items():
            place = (write.endpoint, series, name, write.time_us)
            if place not in latest or latest[place][0] < write.seq:
                latest[place] = (write.seq, kind, value)
    columns = {}
    for (endpoint, series, name, time_us), (_, kind, value) in sorted(latest.items()):
        column = columns.setdefault((endpoint, series, name, kind), [])
        if value is not None:
            column.append((time_us, value))
    return columns


# Windows


def _first_instant(day, zone):
    """Of a local date, in microseconds: its midnight, the earlier of two, or where the clock goes
    on when it skips midnight."""
    midnight = datetime.datetime.combine(day, datetime.time(), tzinfo=zone)
    if midnight.astimezone(UTC).astimezone(zone).replace(tzinfo=None) == midnight.replace(
        tzinfo=None
    ):
        return to_us(midnight.astimezone(UTC))
    naive = midnight.replace(tzinfo=UTC)
    before, after = (midnight.replace(fold=fold).utcoffset() for fold in (0, 1))
    low, high = to_us(naive - after), to_us(naive - before)
    while low < high:
        middle = (low + high) // 2
        if from_us(middle).astimezone(zone).utcoffset() == after:
            high = middle
        else:
            low = middle + 1
    return low


def _calendar_days(unit, count, first, last):
    """Days that windows begin with, from before `first` to behind `last`."""
    if unit in ("day", "week"):
        step = count * (7 if unit == "week" else 1)
        origin = datetime.date(1969, 12, 29) if unit == "week" else datetime.date(1970, 1, 1)
        day = origin + datetime.timedelta((first - origin).days // step * step)
        while True:
            yield day
            if day > last:
                return
            day += datetime.timedelta(step)
    step = count * (12 if unit == "year" else 1)
    month = ((first.year - 1970) * 12 + first.month - 1) // step * step
    while True:
        day = datetime.date(1970 + month // 12, month % 12 + 1, 1)
        yield day
        if day > last:
            return
        month += step


class Windows:
    """`kind`: None (the whole range), ("every", microseconds) or (unit, count)."""

    def __init__(self, kind, zone_name, start_us, end_us):
        zone = zoneinfo.ZoneInfo(zone_name or "UTC")
        if kind is None:
            self.starts = [start_us, end_us]
        elif kind[0] == "every":
            offset = min(
                datetime.datetime(2000, month, 1, tzinfo=UTC).astimezone(zone).utcoffset()
                for month in (1, 7)
            )
            origin = -(offset // MICRO)
            first = (start_us - origin) // kind[1]
            last = (end_us - 1 - origin) // kind[1]
            self.starts = [origin + i * kind[1] for i in range(first, last + 2)]
        else:
            # A date may come again after the next one began.
            margin = datetime.timedelta(2)
            first = from_us(start_us).astimezone(zone).date() - margin
            last = from_us(end_us).astimezone(zone).date() + margin
            days = _calendar_days(*kind, first, last)
            self.starts = sorted({_first_instant(day, zone) for day in days})

    def index(self, time_us):
        return bisect.bisect_right(self.starts, time_us) - 1


# Aggregates


def percentile(values, percent):
    ordered = sorted(values)
    position = percent / 100 * (len(ordered) - 1)
    below = math.floor(position)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (position - below)


@dataclasses.dataclass
class Part:
    """One endpoint within one window."""

    points: list  # (time in µs, value)
    before: tuple  # the newest point before the window, or None
    start_us: int
    end_us: int  # of the window, cut by the range

    def delta(self):
        if not self.points:
            return 0
        return self.points[-1][1] - (self.before or self.points[0])[1]

    def increase(self):
        values = [value for _, value in self.points]
        if self.before and values:
            values = [self.before[1], *values]
        return sum(b - a if b >= a else b for a, b in zip(values, values[1:]))

    def held(self):
        """[(value, µs)]"""
        points = list(self.points)
        if self.before:
            points.insert(0, (self.start_us, self.before[1]))
        ends = [time_us for time_us, _ in points[1:]] + [self.end_us]
        return [(value, end - time_us) for (time_us, value), end in zip(points, ends)]


def _number(function, percent, parts):
    ordered = sorted(
        (time_us, order, value)
        for order, part in enumerate(parts)
        for time_us, value in part.points
    )
    values = [value for _, _, value in ordered]
    if function == "min":
        return min(values)
    if function == "max":
        return max(values)
    if function == "avg":
        return math.fsum(values) / len(values)
    if function == "sum":
        return math.fsum(values)
    if function == "count":
        return len(values)
    if function == "first":
        return values[0]
    if function == "last":
        return values[-1]
    if function == "stddev":
        if len(values) == 1:
            return 0
        mean = math.fsum(values) / len(values)
        return math.sqrt(math.fsum((v - mean) ** 2 for v in values) / (len(values) - 1))
    if function == "percentile":
        return percentile(values, percent)
    if function == "delta":
        return math.fsum(part.delta() for part in parts)
    increase = math.fsum(part.increase() for part in parts)
    if function == "increase":
        return increase
    if function == "rate":
        return increase / ((parts[0].end_us - parts[0].start_us) / 1e6)
    assert function == "time_weighted_avg"
    held = [one for part in parts for one in part.held()]
    duration = sum(us for _, us in held)
    if duration == 0:
        return math.fsum(values) / len(values)
    return math.fsum(value * us for value, us in held) / duration


def _text(function, parts):
    ordered = sorted(
        (time_us, order, value)
        for order, part in enumerate(parts)
        for time_us, value in part.points
    )
    if function == "count":
        return len(ordered)
    if function in ("first", "last"):
        return ordered[0 if function == "first" else -1][2]
    return None


def _windows_with_points(windows, columns, start_us, end_us):
    """{index of window: [Part of each column]}; a column without points in a window is a part of
    it when it has a value from before."""
    found = sorted({windows.index(t) for c in columns for t, _ in c if start_us <= t < end_us})
    parts = {}
    for index in found:
        first = max(windows.starts[index], start_us)
        last = min(windows.starts[index + 1], end_us)
        for column in columns:
            times = [time_us for time_us, _ in column]
            low, high = bisect.bisect_left(times, first), bisect.bisect_left(times, last)
            before = column[low - 1] if low else None
            parts.setdefault(index, []).append(Part(column[low:high], before, first, last))
    return parts


def _filled(fill, windows, rows, start_us, end_us):
    if fill == "none" or not rows:
        return sorted(rows.items())
    first, last = windows.index(start_us), windows.index(end_us - 1)
    width = len(next(iter(rows.values())))
    answer = []
    known = sorted(rows)
    for index in range(first, last + 1):
        if index in rows:
            answer.append((index, rows[index]))
            continue
        place = bisect.bisect(known, index)
        before = known[place - 1] if place else None
        after = known[place] if place < len(known) else None
        cells = [None] * width
        if fill == "previous" and before is not None:
            cells = rows[before]
        elif fill == "linear" and before is not None and after is not None:
            from_us_, to_us_ = windows.starts[before], windows.starts[after]
            share = (windows.starts[index] - from_us_) / (to_us_ - from_us_)
            cells = [
                None if a is None or b is None or isinstance(a, str) else a + (b - a) * share
                for a, b in zip(rows[before], rows[after])
            ]
        answer.append((index, cells))
    return answer


@dataclasses.dataclass
class Aggregate:
    """A request; the range is half-open."""

    endpoints: list
    series: list
    value_names: list
    start_us: int
    end_us: int
    window: tuple
    time_zone: str
    functions: list  # (name, percentile)
    fill: str
    across: bool

    def answer(self, columns):
        """[(endpoint, series, value name, type, window's start in µs, [cell])]"""
        if self.start_us >= self.end_us:
            return []
        windows = Windows(self.window, self.time_zone, self.start_us, self.end_us)
        endpoints = list(dict.fromkeys(self.endpoints))
        groups = [sorted(endpoints, key=str.encode)] if self.across else [[e] for e in endpoints]
        # By the bytes of names, then by type.
        names = sorted(
            {key[1:] for key in columns}, key=lambda k: (k[0].encode(), k[1].encode(), k[2])
        )
        answer = []
        for group in groups:
            for series, name, kind in names:
                if series not in self.series or self.value_names and name not in self.value_names:
                    continue
                if kind == STRING and not any(
                    f in ("count", "first", "last") for f, _ in self.functions
                ):
                    continue
                of_group = [columns.get((e, series, name, kind), []) for e in group]
                for start, cells in self._rows(windows, of_group, kind):
                    answer.append(
                        ("" if self.across else group[0], series, name, kind, start, cells)
                    )
        return answer

    def _rows(self, windows, of_group, kind):
        rows = {}
        for index, parts in _windows_with_points(
            windows, of_group, self.start_us, self.end_us
        ).items():
            rows[index] = [
                _text(function, parts) if kind == STRING else _number(function, percent, parts)
                for function, percent in self.functions
            ]
        filled = _filled(self.fill, windows, rows, self.start_us, self.end_us)
        return [(windows.starts[index], cells) for index, cells in filled]


# Charts


def chart_faults(points, shown, max_points, step_us):
    """What is wrong with a picture of `points`, in words; both are [(time in µs, value)]."""
    if len(points) <= max_points:
        return [] if shown == points and step_us == 0 else ["few points, and not all are shown"]
    faults = []
    if len(shown) > max_points:
        faults.append(f"{len(shown)} points")
    if shown != sorted(set(shown)) or not set(shown) <= set(points):
        faults.append("points that are not stored, or not in order")
    if step_us <= 0:
        return [*faults, f"step of {step_us}"]
    # Where there is but one part it begins with the range.
    part = (lambda t: 0) if max_points < 8 else (lambda t: t // step_us)
    all_by_part, shown_by_part = {}, {}
    for one in points:
        all_by_part.setdefault(part(one[0]), []).append(one)
    for one in shown:
        shown_by_part.setdefault(part(one[0]), []).append(one)
    if len(all_by_part) > max_points // 4:
        faults.append(f"{len(all_by_part)} parts")
    for index, everything in all_by_part.items():
        picked = shown_by_part.get(index, [])
        if not picked or (picked[0], picked[-1]) != (everything[0], everything[-1]):
            faults.append(f"the ends of part {index}")
            continue
        for extreme in (min, max):
            if extreme(v for _, v in picked) != extreme(v for _, v in everything):
                faults.append(f"the {extreme.__name__} of part {index}")
    return faults
