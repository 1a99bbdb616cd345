// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { LineStore, type Picture } from "./line_store";

const id = { endpointId: "e", series: "s", value: "value" };
const ALWAYS = { from: 0, to: Infinity };

function picture(times: number[], values: Picture["values"], stepMs = 0): Picture {
  return { times, values, stepMs, points: times.length };
}

function storeWith(
  type: "number" | "boolean" | "string",
  given: Picture,
  covered = ALWAYS,
): LineStore {
  const store = new LineStore();
  store.setLines([{ ...id, key: "k", type }]);
  store.takePictures(new Map([["k", given]]), covered);
  return store;
}

function points(store: LineStore): [number, number][] {
  const { times, values } = store.line("k")!.points;
  return Array.from(times, (time, i) => [time, values[i]!]);
}

describe("LineStore", () => {
  it("goes on with live points behind the picture", () => {
    const store = storeWith("number", picture([1000, 2000], [1, 2]));
    expect(store.takeLive("k", 3000, 3)).toBe(true);
    expect(points(store)).toEqual([
      [1000, 1],
      [2000, 2],
      [3000, 3],
    ]);
    expect(store.tail).toBe(1);
  });

  it("takes a correction of an instant that is in the picture", () => {
    const store = storeWith("number", picture([1000, 2000], [1, 2]));
    store.takeLive("k", 1000, 7);
    expect(points(store)).toEqual([
      [1000, 7],
      [2000, 2],
    ]);
  });

  it("does not lose what came in while the picture was on its way", () => {
    const store = storeWith("number", picture([], []));
    store.expectPictures();
    store.takeLive("k", 2000, 22);
    store.takeLive("k", 3000, 33);
    store.takePictures(new Map([["k", picture([1000, 2000], [1, 2])]]), ALWAYS);
    expect(points(store)).toEqual([
      [1000, 1],
      [2000, 22],
      [3000, 33],
    ]);
  });

  it("leaves a picture of another time alone", () => {
    const store = storeWith("number", picture([1000], [1]), { from: 500, to: 1500 });
    expect(store.takeLive("k", 9000, 1)).toBe(false);
    expect(store.takeLive("k", 1200, 1)).toBe(true);
    expect(points(store)).toHaveLength(2);
  });

  it("knows nothing of lines that it was not told of", () => {
    expect(storeWith("number", picture([], [])).takeLive("other", 1, 1)).toBe(false);
  });

  it("keeps strings as numbers with names, booleans as 0 and 1", () => {
    const door = storeWith("string", picture([1, 2, 3], ["open", "shut", "open"]));
    expect(points(door).map(([, value]) => door.line("k")!.names.name(value))).toEqual([
      "open",
      "shut",
      "open",
    ]);
    const light = storeWith("boolean", picture([1], [1]));
    light.takeLive("k", 2, false);
    expect(points(light).map(([, value]) => light.line("k")!.names.name(value))).toEqual([
      "true",
      "false",
    ]);
  });

  it("learns from live points what a gap is", () => {
    const store = storeWith("number", picture([], []));
    expect(store.line("k")!.gapMs).toBe(Infinity);
    for (let i = 0; i < 10; i += 1) store.takeLive("k", i * 100, i);
    expect(store.line("k")!.gapMs).toBe(500);
  });

  it("forgets what slid out, but for one point a line leads to", () => {
    const store = storeWith("number", picture([10, 20, 30, 40], [1, 2, 3, 4]));
    store.dropBefore(25);
    expect(points(store).map(([time]) => time)).toEqual([20, 30, 40]);
    store.dropBefore(100);
    expect(points(store).map(([time]) => time)).toEqual([40]);
  });

  it("keeps the points of lines that stay when others come", () => {
    const store = storeWith("number", picture([1], [1]));
    store.setLines([
      { ...id, key: "k", type: "number" },
      { ...id, key: "l", type: "number" },
    ]);
    expect(points(store)).toHaveLength(1);
    expect(store.line("l")!.points.length).toBe(0);
    store.setLines([]);
    expect(store.line("k")).toBeUndefined();
  });
});
