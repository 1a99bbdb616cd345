// SPDX-License-Identifier: Apache-2.0
//
// A line of a few figures as the path of an SVG of `width` × `height`; from 0 to the largest one. What is not known is a
// gap. Pure.

export function sparklinePath(
  values: readonly (number | undefined)[],
  width: number,
  height: number,
  places: number,
): string {
  const highest = Math.max(0, ...values.map((value) => value ?? 0));
  const scale = highest === 0 ? 0 : height / highest;
  const step = places > 1 ? width / (places - 1) : 0;
  // The newest one at the right end.
  const first = places - values.length;
  let path = "";
  let isOpen = false;
  values.forEach((value, index) => {
    if (value === undefined) {
      isOpen = false;
      return;
    }
    const x = round((first + index) * step);
    const y = round(height - value * scale);
    path += `${isOpen ? "L" : "M"}${x} ${y}`;
    isOpen = true;
  });
  return path;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
