// SPDX-License-Identifier: Apache-2.0
import { formatAge, formatMoment } from "../format/time";
import { formatValue } from "../format/number";
import type { DrawnLine } from "../telemetry/lines";
import { text } from "../text/en";
import { useSourceLines, useWidgetPage } from "./page";
import type { Source } from "./sources";
import "./TilesWidget.css";

// The newest value of each source, large.
export function TilesWidget({ sources }: { sources: readonly Source[] }) {
  const lines = useSourceLines(sources);
  return (
    <ul class="tiles">
      {lines.map((line) => (
        <Tile key={line.key} line={line} />
      ))}
    </ul>
  );
}

function Tile({ line }: { line: DrawnLine }) {
  const { last, feed } = useWidgetPage();
  void last.round.value;
  const newest = last.get(line.key);
  return (
    <li class="tile" style={{ borderLeftColor: line.color }}>
      <span class="tile-name">{line.label}</span>
      <span class="tile-value">
        {newest === undefined ? (
          <span class="muted">{text.widgets.noValue}</span>
        ) : (
          <>
            {typeof newest.value === "number" ? formatValue(newest.value) : String(newest.value)}
            {line.unit !== "" && <span class="tile-unit"> {line.unit}</span>}
          </>
        )}
      </span>
      <span class="tile-age muted small" title={newest && formatMoment(newest.time)}>
        {newest === undefined ? text.telemetry.noData : formatAge(newest.time, feed.now())}
      </span>
    </li>
  );
}
