// SPDX-License-Identifier: Apache-2.0
//
// What a line says at an instant: the nearest point, unless that is too far away to say anything.

import { lowerBound } from "./point_column";

export interface Reading {
  time: number;
  value: number;
}

// `reach`: how far a point may be from `time`, milliseconds
export function readingAt(
  times: ArrayLike<number>,
  values: ArrayLike<number>,
  time: number,
  reach: number,
): Reading | undefined {
  const after = lowerBound(times, time);
  let nearest = -1;
  for (const i of [after - 1, after]) {
    if (i < 0 || i >= times.length || Math.abs(times[i]! - time) > reach) continue;
    if (nearest < 0 || Math.abs(times[i]! - time) < Math.abs(times[nearest]! - time)) nearest = i;
  }
  return nearest < 0 ? undefined : { time: times[nearest]!, value: values[nearest]! };
}

// The next time with a point after (direction 1) or before (-1) `time`, of any of the lines: for the arrow keys.
export function neighbourTime(
  lines: readonly ArrayLike<number>[],
  time: number,
  direction: 1 | -1,
): number | undefined {
  let best: number | undefined;
  for (const times of lines) {
    const at = lowerBound(times, time);
    const i = direction === -1 ? at - 1 : times[at] === time ? at + 1 : at;
    const candidate = times[i];
    if (candidate === undefined) continue;
    if (best === undefined || Math.abs(candidate - time) < Math.abs(best - time)) best = candidate;
  }
  return best;
}
