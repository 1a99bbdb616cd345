// SPDX-License-Identifier: Apache-2.0
//
// A chart of a dashboard: the same as the device's, with its names below and its range from the widget or the page.
import { useEffect, useRef, useState } from "preact/hooks";

import type { ChartWidget as Settings } from "../gen/millrace/registry/v1/dashboard_pb";
import { formatMoment } from "../format/time";
import { Chart } from "../telemetry/Chart";
import { ChartController } from "../telemetry/chart_controller";
import { ChartNote } from "../telemetry/ChartNote";
import type { DrawnLine } from "../telemetry/lines";
import { HOUR_MS, type TimeRange } from "../telemetry/view";
import { text } from "../text/en";
import { Button } from "../ui/Button";
import { useSourceLines, useWidgetPage } from "./page";
import type { Source } from "./sources";
import { ValueWords } from "./ValueWords";
import "./ChartWidget.css";

interface ChartWidgetProps {
  settings: Pick<Settings, "rangeSeconds">;
  sources: readonly Source[];
  title: string;
}

export function rangeOf(rangeSeconds: bigint, pageMs: number | undefined): number {
  return pageMs ?? (rangeSeconds > 0n ? Number(rangeSeconds) * 1000 : HOUR_MS);
}

// After the last movement of a hand.
const SETTLE_MS = 200;

export function ChartWidget({ settings, sources, title }: ChartWidgetProps) {
  const page = useWidgetPage();
  const lines = useSourceLines(sources);
  const draw = useRef(() => {});
  const [controller, setController] = useState<ChartController>();
  useEffect(() => {
    const made = new ChartController({
      applicationName: page.app,
      feed: page.feed,
      onChange: () => draw.current(),
    });
    setController(made);
    return () => made.close();
  }, [page.app, page.feed]);
  const ms = rangeOf(settings.rangeSeconds, page.rangeMs);
  return controller === undefined ? null : (
    <Picture controller={controller} draw={draw} lines={lines} ms={ms} title={title} />
  );
}

interface PictureProps {
  controller: ChartController;
  draw: { current: () => void };
  lines: readonly DrawnLine[];
  ms: number;
  title: string;
}

function Picture({ controller, draw, lines, ms, title }: PictureProps) {
  const { last } = useWidgetPage();
  const [zoom, setZoom] = useState<TimeRange | undefined>();
  const timer = useRef(0);
  // The range comes first: lines are fetched for it.
  useEffect(() => {
    setZoom(undefined);
    controller.setRange({ kind: "last", ms });
  }, [controller, ms]);
  useEffect(() => controller.setLines(lines), [controller, lines]);
  useEffect(() => () => clearTimeout(timer.current), []);
  const show = (range: TimeRange) => {
    controller.setRange(range);
    clearTimeout(timer.current);
    timer.current = window.setTimeout(() => setZoom(range), SETTLE_MS);
  };
  const live = () => {
    clearTimeout(timer.current);
    setZoom(undefined);
    controller.setRange({ kind: "last", ms });
  };
  return (
    <div class="wchart">
      {zoom?.kind === "fixed" && (
        <div class="wchart-zoom small">
          <span class="muted">
            {formatMoment(zoom.from)} – {formatMoment(zoom.to)}
          </span>
          <Button size="s" icon="play" onClick={live}>
            {text.telemetry.backToLive}
          </Button>
        </div>
      )}
      <div class="wchart-picture">
        <Chart
          controller={controller}
          onDraw={draw}
          lines={lines}
          axisMode="auto"
          label={text.widgets.chartOf(title)}
          onSpan={(span) => show({ kind: "fixed", ...span })}
          onBack={live}
          wheelNeedsCtrl
        />
        <ChartNote controller={controller} last={last} lines={lines} onSpan={show} />
      </div>
      <ul class="wchart-names">
        {lines.map((line) => (
          <li key={line.key}>
            {line.type === "number" && (
              <span
                class="wchart-sample"
                style={{
                  borderColor: line.color,
                  borderTopStyle: line.dashed ? "dashed" : "solid",
                }}
                aria-hidden="true"
              />
            )}
            <span class="wchart-name">{line.label}</span>
            <strong>
              <ValueWords line={line} />
            </strong>
          </li>
        ))}
      </ul>
    </div>
  );
}
