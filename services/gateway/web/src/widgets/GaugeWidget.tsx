// SPDX-License-Identifier: Apache-2.0
import type { GaugeWidget as Settings } from "../gen/millrace/registry/v1/dashboard_pb";
import { formatValue } from "../format/number";
import { formatAge } from "../format/time";
import type { DrawnLine } from "../telemetry/lines";
import { text } from "../text/en";
import { arcPath, bands, placeAt, scaleOf, share, thresholdColor, ticks } from "./gauge_shape";
import { useSourceLines, useWidgetPage } from "./page";
import type { Source } from "./sources";
import "./GaugeWidget.css";

interface GaugeWidgetProps {
  settings: Pick<Settings, "minimum" | "maximum" | "thresholds">;
  sources: readonly Source[];
}

const RADIUS = 80;
const RIM_RADIUS = 93;
const TICK_RADIUS = 108;

export function GaugeWidget({ settings, sources }: GaugeWidgetProps) {
  const lines = useSourceLines(sources);
  const numbers = lines.filter(({ type }) => type !== "string");
  if (numbers.length === 0) return <p class="muted">{text.widgets.noNumber}</p>;
  return (
    <div class="gauges">
      {numbers.map((line) => (
        <Gauge key={line.key} line={line} settings={settings} />
      ))}
    </div>
  );
}

function Gauge({ line, settings }: { line: DrawnLine; settings: GaugeWidgetProps["settings"] }) {
  const { last, feed } = useWidgetPage();
  void last.round.value;
  const newest = last.get(line.key);
  const value = newest === undefined ? undefined : Number(newest.value);
  const scale = scaleOf(settings);
  const part = value === undefined ? 0 : share(value, scale);
  const color = (value !== undefined && thresholdColor(value, settings.thresholds)) || line.color;
  const words = value === undefined ? text.widgets.noValue : formatValue(value);
  return (
    <figure class="gauge">
      <svg
        viewBox="-128 -120 256 190"
        role="img"
        aria-label={text.widgets.gaugeWords(line.label, `${words} ${line.unit}`.trim())}
      >
        <path class="gauge-track" d={arcPath(0, 1, RADIUS)} />
        {part > 0.002 && (
          <path class="gauge-value" d={arcPath(0, part, RADIUS)} style={{ stroke: color }} />
        )}
        {settings.thresholds.length > 0 &&
          bands(scale, settings.thresholds).map((band) => (
            <path
              key={band.from}
              class="gauge-rim"
              d={arcPath(band.from, band.to, RIM_RADIUS)}
              style={{ stroke: band.color ?? line.color }}
            />
          ))}
        {ticks(scale).map((tick) => {
          const { x, y } = placeAt(share(tick, scale), TICK_RADIUS);
          return (
            <text key={tick} class="gauge-tick" x={x} y={y + 4} text-anchor={anchor(x)}>
              {formatValue(tick)}
            </text>
          );
        })}
        <text class="gauge-number" x="0" y="6">
          {words}
        </text>
        <text class="gauge-unit" x="0" y="30">
          {line.unit}
        </text>
      </svg>
      <figcaption class="gauge-name">
        <span>{line.label}</span>
        {newest !== undefined && (
          <span class="muted small">{formatAge(newest.time, feed.now())}</span>
        )}
      </figcaption>
    </figure>
  );
}

function anchor(x: number): "start" | "middle" | "end" {
  if (Math.abs(x) < 20) return "middle";
  return x < 0 ? "end" : "start";
}
