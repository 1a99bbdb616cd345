// SPDX-License-Identifier: Apache-2.0
//
// Which series there are to look at: those of the application, those that the endpoint has points of, and those that live
// points have just told of.
import type { DataPointsChunk, TimeSeries } from "../gen/millrace/query/v1/query_pb";
import { lineType } from "./chunk_points";
import { lineKey, lineName, type LineId, type LineType } from "./lines";

export interface CatalogEntry extends LineId {
  key: string;
  type: LineType;
  name: string;
  unit: string;
  description: string;
  // The endpoint has had a point of it.
  hasData: boolean;
}

function entriesOf(series: readonly TimeSeries[], endpointId: string): CatalogEntry[] {
  return series.flatMap(({ name, values }) =>
    values.map((value) => {
      const id = { endpointId, series: name, value: value.name };
      return {
        ...id,
        key: lineKey(id),
        type: lineType(value.type),
        name: lineName(id),
        unit: value.unit,
        description: value.description,
        hasData: false,
      };
    }),
  );
}

// What the endpoint has comes first, then by name, so that auto~2 is before auto~10.
function inOrder(entries: readonly CatalogEntry[]): CatalogEntry[] {
  const collator = new Intl.Collator("en", { numeric: true });
  return [...entries].sort(
    (a, b) => Number(b.hasData) - Number(a.hasData) || collator.compare(a.name, b.name),
  );
}

export function catalog(
  endpointId: string,
  ofEndpoint: readonly TimeSeries[],
  ofApplication: readonly TimeSeries[],
): CatalogEntry[] {
  const entries = new Map(entriesOf(ofApplication, endpointId).map((entry) => [entry.key, entry]));
  for (const entry of entriesOf(ofEndpoint, endpointId)) {
    entries.set(entry.key, { ...entry, hasData: true });
  }
  return inOrder([...entries.values()]);
}

// The catalog with what a chunk tells; the same array where it tells nothing new.
export function learned(
  entries: readonly CatalogEntry[],
  chunk: DataPointsChunk,
): readonly CatalogEntry[] {
  let result: CatalogEntry[] | undefined;
  for (const column of chunk.columns) {
    const id = {
      endpointId: chunk.endpointId,
      series: chunk.timeSeriesName,
      value: column.name,
    };
    const key = lineKey(id);
    const known = entries.find((entry) => entry.key === key);
    if (known?.hasData) continue;
    // A null may come as a number whatever its type is: wait for a value.
    if (column.present.length > 0 && !column.present.includes(true)) continue;
    result ??= [...entries];
    const fresh = {
      ...id,
      key,
      type: lineType(column.type),
      name: lineName(id),
      unit: "",
      description: "",
      ...known,
      hasData: true,
    };
    result = [...result.filter((entry) => entry.key !== key), fresh];
  }
  return result === undefined ? entries : inOrder(result);
}

// More lines than that are no picture; more can be shown by choosing them.
export const SHOWN_AT_FIRST = 16;
const BANDS_AT_FIRST = 6;

export function shownAtFirst(entries: readonly CatalogEntry[]): string[] {
  const having = entries.filter(({ hasData }) => hasData);
  const numbers = having.filter(({ type }) => type === "number").slice(0, SHOWN_AT_FIRST);
  const states = having.filter(({ type }) => type !== "number").slice(0, BANDS_AT_FIRST);
  return [...numbers, ...states].map(({ key }) => key);
}

export function matching(entries: readonly CatalogEntry[], search: string): CatalogEntry[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  return entries.filter(({ name, description }) => {
    const all = `${name} ${description}`.toLowerCase();
    return words.every((word) => all.includes(word));
  });
}

const NOTHING = "-";

// The lines that are shown, as the address has them: names with a comma between, the value's after a colon where it is not
// `value`.
export function shownToQuery(keys: readonly string[], entries: readonly CatalogEntry[]): string {
  const shown = entries.filter(({ key }) => keys.includes(key));
  const names = shown.map(({ series, value }) =>
    [series, ...(value === "value" ? [] : [value])].map(encodeURIComponent).join(":"),
  );
  return names.join(",") || NOTHING;
}

// Undefined: the address does not say.
export function shownFromQuery(query: string, endpointId: string): string[] | undefined {
  if (query === "") return undefined;
  if (query === NOTHING) return [];
  return query.split(",").flatMap((part) => {
    try {
      const [series, value = "value"] = part.split(":").map(decodeURIComponent);
      return series ? [lineKey({ endpointId, series, value })] : [];
    } catch {
      return []; // Not an escape sequence: not ours.
    }
  });
}
