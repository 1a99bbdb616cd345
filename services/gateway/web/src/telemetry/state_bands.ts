// SPDX-License-Identifier: Apache-2.0
//
// Strings and booleans over time: a state holds until the next point. After a silence longer than usual it is only the last
// one known, and drawn so.

import { lowerBound } from "./point_column";
import type { Span } from "./view";

export interface StateSegment extends Span {
  // Index into the states of the band.
  state: number;
  // The device was silent: the state may have been another.
  stale: boolean;
  // Several states in so short a time that they cannot be told apart in the picture.
  mixed: boolean;
}

// Different texts kept of one band; what comes after shares the last.
export const STATES_MAX = 500;

// Texts of a band as small numbers, so that a band is kept as a line is.
export class StateNames {
  private readonly codes = new Map<string, number>();
  readonly names: string[] = [];

  code(name: string): number {
    const known = this.codes.get(name);
    if (known !== undefined) return known;
    if (this.names.length === STATES_MAX) return STATES_MAX - 1;
    this.codes.set(name, this.names.length);
    return this.names.push(name) - 1;
  }

  name(code: number): string {
    return this.names[code] ?? "";
  }
}

// What is to be drawn of a band. `until`: how far the newest state reaches, now or the end of what was read. `pixelMs`:
// milliseconds of one pixel; what is shorter goes together.
export function segments(
  times: ArrayLike<number>,
  states: ArrayLike<number>,
  gapMs: number,
  span: Span,
  until: number,
  pixelMs: number,
): StateSegment[] {
  const runs: StateSegment[] = [];
  const add = (from: number, to: number, state: number, stale: boolean) => {
    const begin = Math.max(from, span.from);
    const end = Math.min(to, span.to);
    if (end <= begin) return;
    const last = runs[runs.length - 1];
    const goesOn = last?.to === begin && last.state === state && last.stale === stale;
    if (goesOn) last.to = end;
    else runs.push({ from: begin, to: end, state, stale, mixed: false });
  };
  const first = Math.max(0, lowerBound(times, span.from) - 1);
  for (let i = first; i < times.length && times[i]! < span.to; i += 1) {
    const next = i + 1 < times.length ? times[i + 1]! : Math.max(until, times[i]!);
    const heard = Math.min(next, times[i]! + gapMs);
    add(times[i]!, heard, states[i]!, false);
    add(heard, next, states[i]!, true);
  }
  return blended(runs, 2 * pixelMs);
}

// A row of changes, each shorter than can be seen, becomes one mixed segment.
function blended(runs: readonly StateSegment[], shortest: number): StateSegment[] {
  const result: StateSegment[] = [];
  for (const run of runs) {
    const last = result[result.length - 1];
    const short = (segment: StateSegment) => segment.to - segment.from < shortest;
    if (last?.to === run.from && short(run) && (last.mixed || short(last))) {
      last.mixed = true;
      last.stale = false;
      last.to = run.to;
    } else result.push({ ...run });
  }
  return result;
}

// The state that holds at an instant, as far as the band tells.
export function segmentAt(list: readonly StateSegment[], time: number): StateSegment | undefined {
  return list.find(({ from, to }) => from <= time && time < to);
}
