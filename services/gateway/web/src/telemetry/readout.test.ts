// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";

import { LineStore } from "./line_store";
import type { DrawnLine, LineType } from "./lines";
import { readLines } from "./readout";

function line(key: string, type: LineType): DrawnLine {
  const id = { endpointId: "e", series: key, value: "value" };
  return { ...id, key, type, label: key, unit: "", color: "", dashed: false };
}

const lines = [line("level", "number"), line("lonely", "number"), line("mode", "string")];
const store = new LineStore();
store.setLines(lines);
const none = { stepMs: 0, points: 0 };
store.takePictures(
  new Map([
    ["level", { times: [0, 10, 20, 30, 200], values: [0, 1, 2, 3, 4], ...none }],
    ["lonely", { times: [100], values: [7], ...none }],
    ["mode", { times: [0, 100], values: ["on", "off"], ...none }],
  ]),
  { from: 0, to: Infinity },
);

function read(time: number): string[] {
  return readLines(lines, store, time, { from: 0, to: 1000 }, 1000, 500).map(
    ({ line: { key }, value }) => `${key} ${value}`,
  );
}

describe("readLines", () => {
  it("reads each line where it has something to say", () => {
    expect(read(19)).toEqual(["level 2", "mode on"]);
    expect(read(110)).toEqual(["lonely 7", "mode off"]);
  });

  it("reads nothing in a gap, and nothing from far away", () => {
    expect(read(140)).toEqual(["mode off"]);
    expect(read(190)).toEqual(["level 4", "mode off"]);
    expect(read(600)).toEqual([]);
  });
});
