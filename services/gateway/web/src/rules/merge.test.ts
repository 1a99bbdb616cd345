// SPDX-License-Identifier: Apache-2.0
import { create, equals, type MessageInitShape } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import { SeriesRulesSchema } from "../gen/millrace/configuration/v1/configuration_pb";
import { merge } from "./merge";

type Init = MessageInitShape<typeof SeriesRulesSchema>;
function rules(init: Init) {
  return create(SeriesRulesSchema, init);
}
function one(name: string, path: string) {
  return { name, values: [{ path, name: "value" }] };
}

describe("merge", () => {
  it("keeps what each changed alone", () => {
    const base = rules({ series: [one("a", "a"), one("b", "b")] });
    const mine = rules({ autoExtract: true, series: [one("a", "a2"), one("b", "b")] });
    const theirs = rules({ retentionSeconds: 3600n, series: [one("a", "a"), one("c", "c")] });
    const merged = merge(base, mine, theirs);
    expect(merged.clashes).toEqual([]);
    expect(
      equals(
        SeriesRulesSchema,
        merged.rules,
        rules({
          autoExtract: true,
          retentionSeconds: 3600n,
          series: [one("a", "a2"), one("c", "c")],
        }),
      ),
    ).toBe(true);
  });

  it("lets mine stand where both changed one part, and names it", () => {
    const base = rules({ timestamp: { path: "t" }, series: [one("a", "a")] });
    const mine = rules({ timestamp: { path: "mine" }, series: [one("a", "mine")] });
    const theirs = rules({ timestamp: { path: "theirs" }, series: [] });
    const merged = merge(base, mine, theirs);
    expect(merged.clashes).toEqual(["timestamp", "names.a"]);
    expect(equals(SeriesRulesSchema, merged.rules, mine)).toBe(true);
  });

  it("finds no clash where both did the same", () => {
    const base = rules({});
    const both = rules({ autoExtract: true, autoExtractExclusions: ["x"] });
    expect(merge(base, both, rules({ ...both, version: 7n })).clashes).toEqual([]);
  });
});
