// SPDX-License-Identifier: Apache-2.0
//
// What the widgets of a dashboard share: the device chosen at the top, how far back, one stream of live points and one set of
// newest values for all of them.
import type { ComponentChildren } from "preact";
import { useEffect, useMemo, useState } from "preact/hooks";

import { query } from "../api/clients";
import { useCall } from "../api/call";
import { EndpointPicker } from "../devices/EndpointPicker";
import type { Widget } from "../gen/millrace/registry/v1/dashboard_pb";
import { useQueryParam } from "../router/query";
import { LastValues } from "../telemetry/last_values";
import { LiveFeed, openFeed } from "../telemetry/live_feed";
import { StreamBadge } from "../telemetry/RangeBar";
import { PRESETS } from "../telemetry/view";
import { text } from "../text/en";
import { FailureNotice } from "../ui/Notice";
import { Select } from "../ui/Select";
import { Skeleton } from "../ui/Skeleton";
import { WidgetPageProvider, type WidgetPage } from "../widgets/page";
import { endpointsOf, needsChoice } from "../widgets/sources";
import "./DashboardSources.css";

interface SourcesProps {
  app: string;
  widgets: readonly Widget[];
  children: ComponentChildren;
}

// A call takes no more; beyond, the whole application is listened to.
const NAMES_MAX = 1000;

export function DashboardSources({ app, widgets, children }: SourcesProps) {
  const [chosen, setChosen] = useQueryParam("endpoint");
  const [rangeName, setRange] = useQueryParam("range");
  const {
    value: series,
    failure,
    reload,
  } = useCall((signal) => query.listTimeSeries({ applicationName: app }, { signal }), [app]);
  const directory = useMemo(
    () => new Map((series?.timeSeries ?? []).map((one) => [one.name, one])),
    [series],
  );
  const live = useLive(app, widgets, chosen);
  const rangeMs = PRESETS.find(({ name }) => name === rangeName)?.ms;
  const page = useMemo<WidgetPage | undefined>(
    () => live && { app, chosen, directory, rangeMs, feed: live.feed, last: live.last },
    [app, chosen, directory, rangeMs, live],
  );
  const looksBack = widgets.some(({ kind }) => kind.case === "chart" || kind.case === "map");
  return (
    <>
      <div class="dsource">
        {widgets.some(({ sources }) => needsChoice(sources)) && (
          <div class="dsource-device">
            <EndpointPicker
              app={app}
              label={text.dashboards.device}
              value={chosen}
              onValue={(id) => setChosen(id, { push: true })}
            />
          </div>
        )}
        {looksBack && (
          <Select
            label={text.dashboards.range}
            value={rangeMs === undefined ? "" : rangeName}
            options={[
              { value: "", label: text.dashboards.rangeOwn },
              ...PRESETS.map(({ name }) => ({
                value: name,
                label: text.telemetry.rangeNames[name]!,
              })),
            ]}
            onValue={(name) => setRange(name)}
          />
        )}
        {live?.follows && (
          <span class="dsource-state">
            <StreamBadge state={live.feed.state.value} />
          </span>
        )}
      </div>
      {failure && <FailureNotice failure={failure} onRetry={reload} />}
      {live?.last.failure.value && (
        <FailureNotice failure={live.last.failure.value} onRetry={live.reloadLast} />
      )}
      {page === undefined || (series === undefined && failure === undefined) ? (
        <Skeleton height={360} />
      ) : (
        <WidgetPageProvider value={page}>{children}</WidgetPageProvider>
      )}
    </>
  );
}

interface Live {
  feed: LiveFeed;
  last: LastValues;
  // False: nothing is chosen that could be followed.
  follows: boolean;
  reloadLast: () => void;
}

// Another one as soon as the widgets show other devices or series.
function useLive(app: string, widgets: readonly Widget[], chosen: string): Live | undefined {
  const sources = widgets.flatMap((widget) => widget.sources);
  const endpoints = endpointsOf(sources, chosen).sort();
  const names = [...new Set(sources.map(({ timeSeriesName }) => timeSeriesName))]
    .filter(Boolean)
    .sort();
  const signature = JSON.stringify([app, endpoints, names]);
  const [live, setLive] = useState<Live | undefined>();
  useEffect(() => {
    const of = {
      applicationName: app,
      endpointIds: endpoints.length > NAMES_MAX ? [] : endpoints,
      timeSeriesNames: names.length > NAMES_MAX ? [] : names,
    };
    const follows = endpoints.length > 0 && names.length > 0;
    // An empty list would mean all devices.
    const feed = follows
      ? openFeed(app, of.endpointIds, of.timeSeriesNames)
      : new LiveFeed(nothing);
    const last = new LastValues(feed);
    const reloadLast = () => void last.load(of);
    if (follows) reloadLast();
    setLive({ feed, last, follows, reloadLast });
    return () => {
      last.close();
      feed.close();
    };
  }, [signature]);
  return live;
}

async function* nothing(): AsyncGenerator<never> {}
