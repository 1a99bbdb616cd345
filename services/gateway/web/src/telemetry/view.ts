// SPDX-License-Identifier: Apache-2.0
//
// Which part of time is looked at: the last so long, which goes on with the clock, or a fixed part, which one gets to by
// zooming or by picking dates. Instants are milliseconds since 1970.

export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

// A part of time, from < to.
export interface Span {
  from: number;
  to: number;
}

export type TimeRange = { kind: "last"; ms: number } | ({ kind: "fixed" } & Span);

// As Kaa's buttons: 5m 1h 6h 1d 1w 1M.
export const PRESETS: readonly { name: string; ms: number }[] = [
  { name: "5m", ms: 5 * MINUTE_MS },
  { name: "1h", ms: HOUR_MS },
  { name: "6h", ms: 6 * HOUR_MS },
  { name: "1d", ms: DAY_MS },
  { name: "1w", ms: 7 * DAY_MS },
  { name: "1M", ms: 30 * DAY_MS },
];

export const DEFAULT_RANGE: TimeRange = { kind: "last", ms: HOUR_MS };

// Shortest and longest part that can be zoomed to.
export const SPAN_MIN_MS = 50;
export const SPAN_MAX_MS = 20 * 366 * DAY_MS;
// How far beyond now one can look: a device's clock may run ahead by so much (setting accept-future of epts).
const FUTURE_MS = DAY_MS;
// 1970 is where time begins here.
const BEGINNING = 0;

export function spanOf(range: TimeRange, now: number): Span {
  return range.kind === "last"
    ? { from: now - range.ms, to: now }
    : { from: range.from, to: range.to };
}

// The nearest span that can be shown.
export function clampSpan(span: Span, now: number): Span {
  const latest = now + FUTURE_MS;
  const length = Math.min(Math.max(span.to - span.from, SPAN_MIN_MS), SPAN_MAX_MS);
  const middle = (span.from + span.to) / 2;
  let from = span.to - span.from === length ? span.from : middle - length / 2;
  from = Math.max(BEGINNING, Math.min(from, latest - length));
  return { from, to: from + length };
}

// `factor` < 1 zooms in; the instant at `anchor` (0: left edge, 1: right edge) stays where it is.
export function zoomed(span: Span, anchor: number, factor: number, now: number): Span {
  const length = span.to - span.from;
  const wanted = Math.min(Math.max(length * factor, SPAN_MIN_MS), SPAN_MAX_MS);
  const from = span.from + (length - wanted) * anchor;
  return clampSpan({ from, to: from + wanted }, now);
}

// By a part of its length: 0.5 is half a picture later.
export function panned(span: Span, fraction: number, now: number): Span {
  const by = (span.to - span.from) * fraction;
  return clampSpan({ from: span.from + by, to: span.to + by }, now);
}

// Two fingers: what was under them at places `before` is now at places `after`, each 0 to 1.
export function pinched(
  span: Span,
  before: [number, number],
  after: [number, number],
  now: number,
): Span {
  const length = span.to - span.from;
  const closest = 0.02;
  const apart = (places: [number, number]) => Math.max(closest, Math.abs(places[1] - places[0]));
  const wanted = Math.min(
    Math.max((length * apart(before)) / apart(after), SPAN_MIN_MS),
    SPAN_MAX_MS,
  );
  const middle = span.from + (length * (before[0] + before[1])) / 2;
  const from = middle - (wanted * (after[0] + after[1])) / 2;
  return clampSpan({ from, to: from + wanted }, now);
}

// The part between two places of a picture, 0 to 1, in any order.
export function selected(span: Span, one: number, other: number, now: number): Span {
  const length = span.to - span.from;
  const from = span.from + length * Math.min(one, other);
  return clampSpan({ from, to: span.from + length * Math.max(one, other) }, now);
}

// What the address says: range=1h, or from and to. What cannot be read is as if it were not there.
export function rangeFromQuery(query: URLSearchParams): TimeRange | undefined {
  const preset = PRESETS.find(({ name }) => name === query.get("range"));
  if (preset !== undefined) return { kind: "last", ms: preset.ms };
  const from = Date.parse(query.get("from") ?? "");
  const to = Date.parse(query.get("to") ?? "");
  if (Number.isNaN(from) || Number.isNaN(to) || from >= to || from < BEGINNING) return undefined;
  return { kind: "fixed", from, to };
}

export function rangeToQuery(range: TimeRange, query: URLSearchParams): void {
  for (const name of ["range", "from", "to"]) query.delete(name);
  if (range.kind === "fixed") {
    query.set("from", new Date(Math.floor(range.from)).toISOString());
    query.set("to", new Date(Math.ceil(range.to)).toISOString());
    return;
  }
  const preset = PRESETS.find(({ ms }) => ms === range.ms);
  if (preset !== undefined) query.set("range", preset.name);
}
