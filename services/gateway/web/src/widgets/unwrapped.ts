// SPDX-License-Identifier: Apache-2.0
//
// Outlines of the atlas run over 180° as on a globe: from 179 to -179. On a flat map such a step would run around the world;
// here the longitude goes on instead, to 181.

export type Position = [longitude: number, latitude: number];

// Where the map ends: further to the poles Mercator has no place.
const POLE = 85.06;

export function unwrapped(line: readonly Position[]): Position[] {
  let turn = 0;
  return line.map(([longitude, latitude], i) => {
    const previous = line[i - 1]?.[0];
    if (previous !== undefined) {
      if (longitude - previous > 180) turn -= 360;
      else if (longitude - previous < -180) turn += 360;
    }
    return [longitude + turn, latitude];
  });
}

// A ring that goes around a pole is closed beyond it, not across the map.
export function unwrappedRing(ring: readonly Position[]): Position[] {
  const result = unwrapped(ring);
  const [first, last] = [result[0], result[result.length - 1]];
  if (first === undefined || last === undefined) return result;
  if (Math.abs(last[0] - first[0]) < 180) return result;
  const pole = first[1] < 0 ? -POLE : POLE;
  return [...result, [last[0], pole], [first[0], pole], first];
}
