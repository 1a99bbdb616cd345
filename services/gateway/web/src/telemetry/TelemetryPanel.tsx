// SPDX-License-Identifier: Apache-2.0
//
// "Device telemetry": a line per value of each series of one endpoint, live.
import { useEffect, useMemo, useRef, useState } from "preact/hooks";

import { paths } from "../router/paths";
import { useQueryParam } from "../router/query";
import { text } from "../text/en";
import { ButtonLink } from "../ui/Button";
import { Empty } from "../ui/Empty";
import { FailureNotice } from "../ui/Notice";
import { Skeleton } from "../ui/Skeleton";
import { AXIS_MODES, type AxisMode } from "./axis_groups";
import { shownAtFirst, shownFromQuery, shownToQuery, type CatalogEntry } from "./catalog";
import { Chart } from "./Chart";
import { ChartController } from "./chart_controller";
import { ChartNote } from "./ChartNote";
import { LastValues } from "./last_values";
import { Legend } from "./Legend";
import type { DrawnLine } from "./lines";
import { openFeed } from "./live_feed";
import { lineStyle } from "./palette";
import { TelemetryTools } from "./TelemetryTools";
import { useCatalog } from "./use_catalog";
import { useRange } from "./use_range";
import { MINUTE_MS } from "./view";
import "./TelemetryPanel.css";

interface PanelProps {
  app: string;
  endpointId: string;
}

const PLOT_HEIGHT = 420;
const PLOT_HEIGHT_WITHOUT_LINES = 64;
const BAND_HEIGHT = 44;

export function TelemetryPanel({ app, endpointId }: PanelProps) {
  return <Panel app={app} endpointId={endpointId} key={`${app}/${endpointId}`} />;
}

// What lives as long as the view: one stream, one picture, the newest values.
function usePanelParts(app: string, endpointId: string) {
  const draw = useRef(() => {});
  const [parts] = useState(() => {
    const feed = openFeed(app, [endpointId], []);
    const last = new LastValues(feed);
    const controller = new ChartController({
      applicationName: app,
      feed,
      onChange: () => draw.current(),
    });
    void last.load({ applicationName: app, endpointIds: [endpointId], timeSeriesNames: [] });
    return { feed, last, controller };
  });
  useEffect(
    () => () => {
      parts.controller.close();
      parts.last.close();
      parts.feed.close();
    },
    [parts],
  );
  return { ...parts, draw };
}

function Panel({ app, endpointId }: PanelProps) {
  const { feed, last, controller, draw } = usePanelParts(app, endpointId);
  const { entries, failure, reload } = useCatalog(app, endpointId, feed);
  const range = useRange(controller);
  const [seriesQuery, setSeriesQuery] = useQueryParam("series");
  const [axesQuery, setAxes] = useQueryParam("axes");
  const axisMode: AxisMode = AXIS_MODES.find((mode) => mode === axesQuery) ?? "auto";
  const shown = useShown(entries, seriesQuery, endpointId);
  const { lines, styles } = useLines(entries, shown);
  useEffect(() => controller.setLines(lines), [controller, lines]);
  // What a device sends first would be a dot at the edge of an hour.
  const isNew = entries !== undefined && !entries.some(({ hasData }) => hasData);
  useEffect(() => {
    if (isNew) range.propose({ kind: "last", ms: 5 * MINUTE_MS });
  }, [isNew]);

  if (entries === undefined) {
    if (failure !== undefined) return <FailureNotice failure={failure} onRetry={reload} />;
    return <Skeleton height={PLOT_HEIGHT + 60} />;
  }
  if (isNew) return <NoTelemetry app={app} endpointId={endpointId} />;
  const bands = lines.filter(({ type }) => type !== "number").length;
  const plot = bands < lines.length || bands === 0 ? PLOT_HEIGHT : PLOT_HEIGHT_WITHOUT_LINES;
  return (
    <div class="tele">
      <TelemetryTools
        request={{
          applicationName: app,
          endpointIds: [endpointId],
          timeSeriesNames: [...new Set(lines.map(({ series }) => series))],
          span: controller.span,
        }}
        controller={controller}
        range={range}
        stream={feed.state.value}
        axisMode={axisMode}
        onAxisMode={(mode) => setAxes(mode === "auto" ? undefined : mode)}
      />
      <div class="tele-body">
        <div class="tele-chart card">
          <div
            class="tele-stage"
            style={{ height: `${plot + bands * BAND_HEIGHT + (bands > 0 ? 6 : 0)}px` }}
          >
            <Chart
              controller={controller}
              onDraw={draw}
              lines={lines}
              axisMode={axisMode}
              label={text.telemetry.chart(endpointId)}
              onSpan={range.move}
              onBack={range.back}
            />
            <ChartNote controller={controller} last={last} lines={lines} onSpan={range.choose} />
          </div>
        </div>
        <div class="tele-legend card">
          <Legend
            entries={entries}
            shown={shown}
            styles={styles}
            last={last}
            now={() => feed.now()}
            onShown={(keys) => setSeriesQuery(shownToQuery(keys, entries))}
          />
        </div>
      </div>
    </div>
  );
}

function useShown(
  entries: readonly CatalogEntry[] | undefined,
  query: string,
  endpointId: string,
): ReadonlySet<string> {
  return useMemo(() => {
    if (entries === undefined) return new Set<string>();
    const known = new Set(entries.map(({ key }) => key));
    const chosen = shownFromQuery(query, endpointId) ?? shownAtFirst(entries);
    return new Set(chosen.filter((key) => known.has(key)));
  }, [entries, query, endpointId]);
}

// A line has its colour from when it is first shown, and keeps it while the page is open.
function useLines(entries: readonly CatalogEntry[] | undefined, shown: ReadonlySet<string>) {
  const places = useRef(new Map<string, number>());
  for (const { key, type } of entries ?? []) {
    if (type !== "number" || !shown.has(key) || places.current.has(key)) continue;
    places.current.set(key, places.current.size);
  }
  const styles = (key: string) => lineStyle(places.current.get(key));
  const drawn = (entries ?? []).filter(({ key }) => shown.has(key));
  // The same array while nothing that is drawn has changed: a new one begins the picture anew.
  const signature = JSON.stringify(
    drawn.map(({ key, type, unit, name }) => [key, type, unit, name, styles(key)]),
  );
  const lines = useMemo(
    () => drawn.map((entry): DrawnLine => ({ ...entry, label: entry.name, ...styles(entry.key) })),
    [signature],
  );
  return { lines, styles };
}

function NoTelemetry({ app, endpointId }: PanelProps) {
  return (
    <Empty
      icon="dashboard"
      title={text.telemetry.emptyTitle}
      actions={
        <>
          <ButtonLink kind="primary" href={paths.device(app, endpointId, "connect")}>
            {text.telemetry.connectDevice}
          </ButtonLink>
          <ButtonLink href={paths.seriesRules(app)}>{text.telemetry.checkRules}</ButtonLink>
        </>
      }
    >
      {text.telemetry.emptyWords}
    </Empty>
  );
}
