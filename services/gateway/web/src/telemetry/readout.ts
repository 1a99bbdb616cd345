// SPDX-License-Identifier: Apache-2.0
//
// What all lines say at one instant, for the crosshair and for ears.

import { bandSegments } from "./band_canvas";
import type { DrawnLine } from "./lines";
import type { LineStore } from "./line_store";
import { readingAt } from "./reading";
import { segmentAt } from "./state_bands";
import type { Span } from "./view";

export interface LineReading {
  line: DrawnLine;
  // A number, or what a state is called.
  value: number | string;
  // Of the point that says so; undefined of states, which hold.
  time: number | undefined;
  // Its place among the states of the band; undefined of numbers.
  state: number | undefined;
  // A state that may have changed in a silence.
  stale: boolean;
}

// A point is read from so many pixels away, however close together its line's points are.
const REACH_PIXELS = 12;
// And from so many where nobody knows how far apart they usually are.
const REACH_PIXELS_ALONE = 24;

export function readLines(
  lines: readonly DrawnLine[],
  store: LineStore,
  time: number,
  span: Span,
  width: number,
  now: number,
): LineReading[] {
  const pixelMs = (span.to - span.from) / Math.max(1, width);
  const readings: LineReading[] = [];
  for (const line of lines) {
    const stored = store.line(line.key);
    if (stored === undefined) continue;
    if (line.type === "number") {
      const usual = Number.isFinite(stored.gapMs) ? stored.gapMs : REACH_PIXELS_ALONE * pixelMs;
      const reach = Math.max(usual, REACH_PIXELS * pixelMs);
      const reading = readingAt(stored.points.times, stored.points.values, time, reach);
      if (reading !== undefined)
        readings.push({
          line,
          value: reading.value,
          time: reading.time,
          state: undefined,
          stale: false,
        });
      continue;
    }
    const segment = segmentAt(bandSegments(stored, span, now, width), time);
    if (segment === undefined) continue;
    readings.push({
      line,
      value: stored.names.name(segment.state),
      time: undefined,
      state: segment.state,
      stale: segment.stale,
    });
  }
  return readings;
}
