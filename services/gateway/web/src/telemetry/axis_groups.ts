// SPDX-License-Identifier: Apache-2.0
//
// Which lines share a value axis: those of one unit; those without a unit where their values are of about one size.

import type { ValueRange } from "./value_range";

export const AXIS_MODES = ["auto", "one", "each"] as const;
// auto: by unit, else by size; one: all on one axis; each: every line its own.
export type AxisMode = (typeof AXIS_MODES)[number];

export interface AxisLine {
  key: string;
  unit: string;
  range: ValueRange | undefined;
}

export interface AxisGroup {
  // Names the scale; the same for the same lines.
  scale: string;
  // Empty: none, or several.
  unit: string;
  keys: string[];
}

// More axes than that leave no room for the picture.
const AXES_MAX = 4;
// Powers of ten between the largest values of lines on one axis.
const SIZE_DISTANCE = 1;

// Power of ten of the largest value; lines without points and lines of zeros go with any.
function size(range: ValueRange | undefined): number | undefined {
  if (range === undefined) return undefined;
  const largest = Math.max(Math.abs(range.min), Math.abs(range.max));
  return largest === 0 ? undefined : Math.log10(largest);
}

export function groupAxes(
  lines: readonly AxisLine[],
  mode: AxisMode,
  most = AXES_MAX,
): AxisGroup[] {
  if (lines.length === 0) return [];
  const groups =
    mode === "one"
      ? [[...lines]]
      : mode === "each"
        ? lines.map((line) => [line])
        : byUnitAndSize(lines);
  return limited(groups, most).map((members, i) => ({
    scale: `y${i}`,
    unit: members.every(({ unit }) => unit === members[0]!.unit) ? members[0]!.unit : "",
    keys: members.map(({ key }) => key),
  }));
}

function byUnitAndSize(lines: readonly AxisLine[]): AxisLine[][] {
  const units = new Map<string, AxisLine[]>();
  for (const line of lines) units.set(line.unit, [...(units.get(line.unit) ?? []), line]);
  const groups: AxisLine[][] = [];
  for (const [unit, members] of units) groups.push(...(unit === "" ? bySize(members) : [members]));
  // The first axis belongs to the first line.
  return groups.sort((a, b) => lines.indexOf(a[0]!) - lines.indexOf(b[0]!));
}

function bySize(lines: readonly AxisLine[]): AxisLine[][] {
  const groups: { largest: number; members: AxisLine[] }[] = [];
  const anywhere: AxisLine[] = [];
  const sized = lines.map((line) => ({ line, size: size(line.range) }));
  for (const { line, size: own } of [...sized].sort((a, b) => (b.size ?? 0) - (a.size ?? 0))) {
    if (own === undefined) {
      anywhere.push(line);
      continue;
    }
    const group = groups[groups.length - 1];
    if (group !== undefined && group.largest - own <= SIZE_DISTANCE) group.members.push(line);
    else groups.push({ largest: own, members: [line] });
  }
  if (anywhere.length > 0) {
    if (groups.length === 0) groups.push({ largest: 0, members: [] });
    groups[0]!.members.push(...anywhere);
  }
  return groups.map(({ members }) => members.sort((a, b) => lines.indexOf(a) - lines.indexOf(b)));
}

// What is too many shares the last axis.
function limited(groups: AxisLine[][], most: number): AxisLine[][] {
  if (groups.length <= most) return groups;
  return [...groups.slice(0, most - 1), groups.slice(most - 1).flat()];
}
