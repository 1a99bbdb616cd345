// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";

import { unwrapped, unwrappedRing, type Position } from "./unwrapped";

describe("unwrapped", () => {
  it("goes on over 180°, both ways", () => {
    const east: Position[] = [
      [178, 1],
      [-179, 2],
      [-178, 3],
      [179, 4],
    ];
    expect(unwrapped(east).map(([longitude]) => longitude)).toEqual([178, 181, 182, 179]);
    const west: Position[] = [
      [-179, 0],
      [179, 0],
    ];
    expect(unwrapped(west).map(([longitude]) => longitude)).toEqual([-179, -181]);
  });
});

describe("unwrappedRing", () => {
  it("leaves an island alone", () => {
    const island: Position[] = [
      [1, 1],
      [2, 1],
      [2, 2],
      [1, 1],
    ];
    expect(unwrappedRing(island)).toEqual(island);
    expect(unwrappedRing([])).toEqual([]);
  });

  it("closes what goes around a pole beyond it", () => {
    const antarctica: Position[] = [
      [-170, -70],
      [0, -68],
      [170, -72],
      [-170, -70],
    ];
    expect(unwrappedRing(antarctica)).toEqual([
      [-170, -70],
      [0, -68],
      [170, -72],
      [190, -70],
      [190, -85.06],
      [-170, -85.06],
      [-170, -70],
    ]);
  });
});
