// SPDX-License-Identifier: Apache-2.0
import { create } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";

import {
  DataPointsChunkSchema,
  TimeSeriesSchema,
  ValueType,
} from "../gen/millrace/query/v1/query_pb";
import { catalog, learned, matching, shownAtFirst, shownFromQuery, shownToQuery } from "./catalog";

function series(name: string, ...values: [string, ValueType, string?][]) {
  return create(TimeSeriesSchema, {
    name,
    values: values.map(([value, type, unit]) => ({ name: value, type, unit: unit ?? "" })),
  });
}

const NUMBER = ValueType.NUMBER;
const temperature = series("auto~temperature", ["value", NUMBER, "°C"]);
const humidity = series("auto~humidity", ["value", NUMBER]);
const door = series("door", ["state", ValueType.STRING], ["locked", ValueType.BOOLEAN]);
const all = catalog("e", [temperature, door], [humidity, temperature, door]);

function chunk(name: string, present: boolean[] = [], type = NUMBER) {
  return create(DataPointsChunkSchema, {
    endpointId: "e",
    timeSeriesName: name,
    timestampsUs: [1n],
    columns: [{ name: "value", type, numbers: [1], present }],
  });
}

describe("catalog", () => {
  it("has what the endpoint has first, then the rest of the application", () => {
    expect(all.map(({ name, hasData }) => `${name} ${hasData}`)).toEqual([
      "auto~temperature true",
      "door · locked true",
      "door · state true",
      "auto~humidity false",
    ]);
    expect(all[0]!.unit).toBe("°C");
  });

  it("counts as people do", () => {
    const many = [10, 9, 2].map((n) => series(`s${n}`, ["value", NUMBER]));
    expect(catalog("e", many, []).map(({ name }) => name)).toEqual(["s2", "s9", "s10"]);
  });
});

describe("learned", () => {
  it("knows a series from its first live point", () => {
    const more = learned(all, chunk("auto~new"));
    expect(more.find(({ name }) => name === "auto~new")).toMatchObject({
      hasData: true,
      type: "number",
    });
    expect(more).toHaveLength(5);
  });

  it("keeps what is known of a series that now has its first point", () => {
    const more = learned(all, chunk("auto~humidity"));
    expect(more.filter(({ hasData }) => hasData)).toHaveLength(4);
    expect(more).toHaveLength(4);
  });

  it("is the same where there is nothing new, or only a null", () => {
    expect(learned(all, chunk("auto~temperature"))).toBe(all);
    expect(learned(all, chunk("auto~new", [false]))).toBe(all);
  });
});

describe("shownAtFirst", () => {
  it("is what the endpoint has, as much as makes a picture", () => {
    expect(shownAtFirst(all)).toHaveLength(3);
    const many = Array.from({ length: 50 }, (_, n) => series(`s${n}`, ["value", NUMBER]));
    expect(shownAtFirst(catalog("e", many, []))).toHaveLength(16);
  });
});

describe("matching", () => {
  it("finds all words in any order", () => {
    expect(matching(all, "LOCK door").map(({ name }) => name)).toEqual(["door · locked"]);
    expect(matching(all, "")).toHaveLength(4);
  });
});

describe("the lines in the address", () => {
  it("go there and back", () => {
    const keys = [all[0]!.key, all[1]!.key];
    const query = shownToQuery(keys, all);
    expect(query).toBe("auto~temperature,door:locked");
    expect(shownFromQuery(query, "e")).toEqual(keys);
  });

  it("can be none, or not said", () => {
    expect(shownToQuery([], all)).toBe("-");
    expect(shownFromQuery("-", "e")).toEqual([]);
    expect(shownFromQuery("", "e")).toBeUndefined();
  });

  it("bear what nobody wrote", () => {
    expect(shownFromQuery("%zz,,ok", "e")).toEqual(["e\nok\nvalue"]);
  });
});
