# SPDX-License-Identifier: Apache-2.0
"""A client that does what the Grafana plugin "simple grpc datasource" does between Grafana and a
server: finds the version by reflection, sends its key as `api-key`, puts pages together, and makes
data frames of them. What it loses, this loses too.
"""

from support.reflection import Reflected, Reflection

VERSIONS = ("grafanav4", "grafanav3", "grafanav2", "grafana")


class Plugin:
    """Over TLS the channel has the key."""

    def __init__(self, channel, key=None):
        metadata = () if key is None else (("api-key", key),)
        reflection = Reflection(channel, metadata)
        self.version = next(
            version for version in VERSIONS if reflection.has(f"{version}.GrafanaQueryAPI")
        )
        self.api = Reflected(channel, f"{self.version}.GrafanaQueryAPI", metadata)

    def _dimensions(self, dimensions):
        return [
            self.api.new("Dimension", key=key, value=value)
            for key, values in dimensions.items()
            for value in ([values] if isinstance(values, str) else values)
        ]

    def dimension_keys(self):
        request = self.api.new("ListDimensionKeysRequest")
        return [result.key for result in self.api.ListDimensionKeys(request).results]

    def dimension_values(self, key, text="", **selected):
        dimensions = self._dimensions(selected)
        # A slip of the plugin's: as many empty ones before those that were selected.
        empty = [self.api.new("Dimension") for _ in dimensions]
        request = self.api.new(
            "ListDimensionValuesRequest",
            dimension_key=key,
            filter=text,
            selected_dimensions=empty + dimensions,
        )
        return [result.value for result in self.api.ListDimensionValues(request).results]

    def metrics(self, text="", **dimensions):
        request = self.api.new(
            "ListMetricsRequest", dimensions=self._dimensions(dimensions), filter=text
        )
        return {one.name: one.description for one in self.api.ListMetrics(request).Metrics}

    def options(self, query_type):
        request = self.api.new("GetOptionsRequest")
        request.queryType = request.QueryType.Value(query_type)
        return {option.id: option for option in self.api.GetQueryOptions(request).options}

    def last(self, metrics, **dimensions):
        """[(metric, labels, time in µs, value)]"""
        request = self.api.new(
            "GetMetricValueRequest", dimensions=self._dimensions(dimensions), metrics=metrics
        )
        return [
            (
                frame.metric,
                {label.key: label.value for label in field.labels},
                frame.timestamp.ToMicroseconds(),
                field.stringValue or field.value,
            )
            for frame in self.api.GetMetricValue(request).frames
            for field in frame.fields
        ]

    def history(self, metrics, from_us, to_us, max_items=0, **dimensions):
        """{metric: DataFrame}. The plugin leaves the size of pages to the server; 0 is that."""
        request = self._page("GetMetricHistoryRequest", metrics, from_us, to_us, dimensions)
        request.maxItems = max_items
        return self._all_pages(self.api.GetMetricHistory, request)

    def aggregate(self, metrics, from_us, to_us, *, options, interval_ms, max_items, **dimensions):
        request = self._page("GetMetricAggregateRequest", metrics, from_us, to_us, dimensions)
        request.intervalMs, request.maxItems = interval_ms, max_items
        request.options.update(options)
        return self._all_pages(self.api.GetMetricAggregate, request)

    def _page(self, kind, metrics, from_us, to_us, dimensions):
        request = self.api.new(kind, dimensions=self._dimensions(dimensions), metrics=metrics)
        request.startDate.FromMicroseconds(from_us)
        request.endDate.FromMicroseconds(to_us)
        return request

    def _all_pages(self, method, request):
        frames, self.pages = {}, 0
        while True:
            answer = method(request)
            self.pages += 1
            assert answer.ByteSize() < 4 << 20, "the plugin's client takes no larger messages"
            for frame in answer.frames:
                _append(frames, frame)
            if not answer.nextToken:
                return {metric: DataFrame(frame) for metric, frame in frames.items()}
            request.startingToken = answer.nextToken


def _append(frames, new):
    """By the names of metrics and fields alone; strings are not appended."""
    known = frames.setdefault(new.metric, new)
    if known is new:
        return
    by_name = {}
    for field in known.fields:
        by_name.setdefault(field.name, field)
    for field in new.fields:
        if field.name in by_name:
            by_name[field.name].values.extend(field.values)
        else:
            known.fields.add().CopyFrom(field)
    known.timestamps.extend(new.timestamps)


class DataFrame:
    """Grafana refuses a frame whose fields are not all as long as its times."""

    def __init__(self, frame):
        self.times_us = [time.ToMicroseconds() for time in frame.timestamps]
        self.fields = {}
        self.labels = {}
        self.config = {}
        for field in frame.fields:
            values = list(field.stringValues or field.values)
            assert len(values) == len(self.times_us), (frame.metric, field.name)
            assert field.name not in self.fields, "a second field of this name"
            self.fields[field.name] = values
            self.labels[field.name] = {label.key: label.value for label in field.labels}
            self.config[field.name] = field.config
        self.notices = [notice.text for notice in frame.meta.Notices]

    def points(self, field):
        """[(time in µs, value)] without the places where there is none."""
        return [(t, v) for t, v in zip(self.times_us, self.fields[field]) if v == v and v != ""]
