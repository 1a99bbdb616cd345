// SPDX-License-Identifier: Apache-2.0
//
// The series beside the chart: which are drawn, in which colour, and what each said last. Those that the device has come
// first; of very many a part is shown and the search finds the rest.
import { useMemo, useState } from "preact/hooks";

import { formatAge, formatMoment } from "../format/time";
import { formatWithUnit } from "../format/number";
import { text } from "../text/en";
import { Button } from "../ui/Button";
import { TextField } from "../ui/Field";
import { matching, SHOWN_AT_FIRST, type CatalogEntry } from "./catalog";
import type { LastValue, LastValues } from "./last_values";
import type { LineStyle } from "./palette";
import "./Legend.css";

const SEARCH_FROM = 12;
const ROWS_AT_ONCE = 100;
const FOLDED_FROM = 12;

interface LegendProps {
  entries: readonly CatalogEntry[];
  shown: ReadonlySet<string>;
  styles: (key: string) => LineStyle;
  last: LastValues;
  now: () => number;
  onShown: (keys: string[]) => void;
}

export function Legend({ entries, shown, styles, last, now, onShown }: LegendProps) {
  const [search, setSearch] = useState("");
  const [rows, setRows] = useState(ROWS_AT_ONCE);
  const [unfolded, setUnfolded] = useState(false);
  const matches = useMemo(() => matching(entries, search), [entries, search]);
  // What the device never sent is folded away where it is much, unless it is searched for or shown.
  const own = matches.filter(({ hasData, key }) => hasData || shown.has(key));
  const folded = !unfolded && search === "" && matches.length - own.length > FOLDED_FROM;
  const found = folded ? own : matches;
  // Told of new values, some times a second.
  void last.round.value;
  const toggle = (key: string) =>
    onShown(shown.has(key) ? [...shown].filter((other) => other !== key) : [...shown, key]);
  const firstOther = found.findIndex(({ hasData }) => !hasData);
  return (
    <section class="legend" aria-label={text.telemetry.legend}>
      <header class="legend-head">
        <h2 class="legend-title">{text.telemetry.legend}</h2>
        <span class="muted small">{text.telemetry.legendCount(shown.size, entries.length)}</span>
        <span class="grow" />
        <Button
          kind="quiet"
          size="s"
          title={text.telemetry.showAllLabel(SHOWN_AT_FIRST)}
          onClick={() => onShown(found.slice(0, SHOWN_AT_FIRST).map(({ key }) => key))}
        >
          {text.telemetry.showAll}
        </Button>
        <Button
          kind="quiet"
          size="s"
          title={text.telemetry.showNoneLabel}
          onClick={() => onShown([])}
        >
          {text.telemetry.showNone}
        </Button>
      </header>
      {entries.length > SEARCH_FROM && (
        <TextField
          label={text.telemetry.searchSeries}
          hideLabel
          type="search"
          placeholder={text.telemetry.searchSeries}
          value={search}
          onValue={setSearch}
        />
      )}
      <ul class="legend-list">
        {found.slice(0, rows).map((entry, index) => (
          <LegendRow
            key={entry.key}
            entry={entry}
            heading={index === firstOther && index > 0 ? text.telemetry.others : undefined}
            shown={shown.has(entry.key)}
            style={styles(entry.key)}
            value={last.get(entry.key)}
            now={now()}
            onToggle={() => toggle(entry.key)}
            onOnly={() => onShown([entry.key])}
          />
        ))}
      </ul>
      {found.length === 0 && <p class="muted small">{text.telemetry.noMatch(search)}</p>}
      {folded && (
        <Button kind="quiet" size="s" icon="chevron" onClick={() => setUnfolded(true)}>
          {text.telemetry.moreOfApplication(matches.length - own.length)}
        </Button>
      )}
      {found.length > rows && (
        <Button size="s" onClick={() => setRows(rows + ROWS_AT_ONCE)}>
          {text.telemetry.more(Math.min(ROWS_AT_ONCE, found.length - rows))}
        </Button>
      )}
    </section>
  );
}

interface RowProps {
  entry: CatalogEntry;
  heading: string | undefined;
  shown: boolean;
  style: LineStyle;
  value: LastValue | undefined;
  now: number;
  onToggle: () => void;
  onOnly: () => void;
}

function LegendRow({ entry, heading, shown, style, value, now, onToggle, onOnly }: RowProps) {
  return (
    <li>
      {heading !== undefined && <p class="legend-heading">{heading}</p>}
      <div class={shown ? "legend-row" : "legend-row legend-off"}>
        <label class="legend-toggle" title={entry.description || entry.name}>
          <input type="checkbox" checked={shown} onChange={onToggle} />
          <Sample style={style} isState={entry.type !== "number"} />
          <span class="legend-name">{entry.name}</span>
        </label>
        <Button
          kind="quiet"
          size="s"
          class="legend-only"
          aria-label={text.telemetry.onlyLabel(entry.name)}
          onClick={onOnly}
        >
          {text.telemetry.only}
        </Button>
        {value === undefined ? (
          <span class="legend-value muted">{entry.hasData ? "" : text.telemetry.noData}</span>
        ) : (
          <span
            class="legend-value"
            title={`${formatMoment(value.time)} (${formatAge(value.time, now)})`}
          >
            {valueText(value.value, entry.unit)}
          </span>
        )}
      </div>
    </li>
  );
}

function Sample({ style, isState }: { style: LineStyle; isState: boolean }) {
  if (isState) return <span class="legend-sample legend-state" aria-hidden="true" />;
  return (
    <span
      class={style.dashed ? "legend-sample legend-dashed" : "legend-sample"}
      style={{ borderColor: style.color }}
      aria-hidden="true"
    />
  );
}

export function valueText(value: number | string | boolean, unit: string): string {
  return typeof value === "number" ? formatWithUnit(value, unit) : String(value);
}
