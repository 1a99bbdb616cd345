// SPDX-License-Identifier: Apache-2.0
//
// What part of the values an axis shows: all points that can be seen and a little air, without trembling while live points
// come in.

import { lowerBound } from "./point_column";
import type { Span } from "./view";

export interface ValueRange {
  min: number;
  max: number;
}

// Of the points within the span and the neighbours that a line leads to. Undefined: there is none.
export function visibleRange(
  times: ArrayLike<number>,
  values: ArrayLike<number>,
  span: Span,
): ValueRange | undefined {
  const first = Math.max(0, lowerBound(times, span.from) - 1);
  const last = Math.min(times.length - 1, lowerBound(times, span.to));
  let min = Infinity;
  let max = -Infinity;
  for (let i = first; i <= last; i += 1) {
    const value = values[i]!;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  return min <= max ? { min, max } : undefined;
}

export function union(
  one: ValueRange | undefined,
  other: ValueRange | undefined,
): ValueRange | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return { min: Math.min(one.min, other.min), max: Math.max(one.max, other.max) };
}

// With air above and below; a range of one value gets a scale around it.
export function aired({ min, max }: ValueRange): ValueRange {
  if (min === max) {
    const half = min === 0 ? 1 : Math.abs(min) * 0.1;
    return { min: min - half, max: max + half };
  }
  const air = (max - min) * 0.08;
  return {
    min: min >= 0 && min - air < 0 ? 0 : min - air,
    max: max <= 0 && max + air > 0 ? 0 : max + air,
  };
}

// The range shown so far, as long as everything fits and not much of it is empty.
export function steadyRange(shown: ValueRange | undefined, points: ValueRange): ValueRange {
  const wanted = aired(points);
  if (shown === undefined) return wanted;
  const fits = points.min >= shown.min && points.max <= shown.max;
  const spacious = shown.max - shown.min > 1.6 * (wanted.max - wanted.min);
  return fits && !spacious ? shown : wanted;
}
