// SPDX-License-Identifier: Apache-2.0
import { create } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import { SeriesRulesSchema } from "../gen/millrace/configuration/v1/configuration_pb";
import {
  checkForm,
  exclusionsField,
  faultsByField,
  retentionField,
  serverFaults,
  seriesField,
  timestampPathField,
  valueField,
  wholeField,
} from "./faults";
import { emptySeries, emptyValue, formOf, type RulesForm, type SeriesForm } from "./form";

const empty = formOf(create(SeriesRulesSchema, {}));

function formWith(...series: SeriesForm[]): RulesForm {
  return { ...empty, series };
}

function series(name: string, ...values: { path: string; name?: string }[]): SeriesForm {
  return {
    ...emptySeries(),
    name,
    values: values.map((value) => emptyValue(value.path, value.name ?? "")),
  };
}

function textsOf(form: RulesForm): string[] {
  return checkForm(form).map((fault) => fault.text);
}

describe("checkForm", () => {
  it("finds nothing wrong with what may take effect", () => {
    expect(checkForm(empty)).toEqual([]);
    const location = series("location", { path: "$.a.b", name: "lat" }, { path: "a[0]" });
    expect(checkForm(formWith(location))).toEqual([]);
  });

  it("knows what is only not there yet", () => {
    const blank = emptySeries();
    const faults = checkForm(formWith(blank));
    const value = blank.values[0];
    expect(faults.map((fault) => [fault.field, fault.isMissing])).toEqual([
      [seriesField(blank.id, "name"), true],
      [valueField(value?.id ?? "", "path"), true],
    ]);
  });

  it.each([
    ["two words", "1 to 128 characters"],
    ["auto~x", "1 to 128 characters"],
    ["a".repeat(129), "1 to 128 characters"],
  ])("refuses the series name %s", (name, what) => {
    expect(textsOf(formWith(series(name, { path: "a" })))[0]).toContain(what);
  });

  it.each([
    ["time", "reserved"],
    ["_field", "reserved"],
    ["a=b", "without"],
    ["a,b", "without"],
    ["ä".repeat(65), "1 to 128 bytes"],
  ])("refuses the value name %s", (name, what) => {
    expect(textsOf(formWith(series("a", { path: "a", name })))[0]).toContain(what);
  });

  it("finds names that are there twice", () => {
    const twice = formWith(series("a", { path: "x" }), series("a", { path: "y" }));
    expect(textsOf(twice)).toEqual(Array(2).fill("There is another series named a."));
    const values = formWith(series("a", { path: "x" }, { path: "y", name: "value" }));
    expect(textsOf(values)).toEqual(["The series has another value named value."]);
  });

  it("finds a series without values, and the 65th value of one path", () => {
    expect(textsOf(formWith(series("a")))).toEqual(["A series needs at least one value."]);
    const many = Array.from({ length: 65 }, (_, index) => ({ path: "$.x", name: `v${index}` }));
    expect(textsOf(formWith(series("a", ...many)))).toHaveLength(1);
  });

  it("checks the other fields", () => {
    const fields = checkForm({
      ...empty,
      timestampPath: "a..b",
      exclusions: ["x", "x"],
      retentionAmount: "59",
      retentionUnit: "m",
    }).map((fault) => fault.field);
    expect(fields).toEqual([exclusionsField, timestampPathField, retentionField]);
    expect(checkForm({ ...empty, retentionAmount: "36501" })).toHaveLength(1);
    expect(checkForm({ ...empty, retentionAmount: "soon" })).toHaveLength(1);
  });
});

describe("serverFaults", () => {
  const location = series("location", { path: "a" }, { path: "b", name: "lat" });
  const odd = series("odd: name", { path: "c" });
  const form = formWith(location, odd);
  const heading = "cannot use these series rules, 2 of their fields must change:";

  it.each([
    ["auto-extract-exclusions[3]: is bad", exclusionsField, "is bad"],
    ["timestamp.path: is bad", timestampPathField, "is bad"],
    ["retention: 1 seconds must be", retentionField, "1 seconds must be"],
    ["names.location: there are two", seriesField(location.id, "name"), "there are two"],
    ["names.location.values[1].name: no", valueField(location.values[1]?.id ?? "", "name"), "no"],
    ['names."odd: name".values[0].path: x: y', valueField(odd.values[0]?.id ?? "", "path"), "x: y"],
    ["names: there are 1001 series", wholeField, "names: there are 1001 series"],
    ["… and 3 more", wholeField, "… and 3 more"],
  ])("puts %s beside its field", (line, field, text) => {
    const [fault] = serverFaults(`${heading}\n${line}`, form);
    expect(fault?.field).toBe(field);
    expect(fault?.text.endsWith(text)).toBe(true);
  });

  it("keeps a message without a list as it is", () => {
    expect(serverFaults("cannot use field comment: too long", form)).toEqual([
      { field: wholeField, text: "cannot use field comment: too long", isMissing: false },
    ]);
  });

  it("groups by field", () => {
    const faults = serverFaults(`${heading}\nretention: a\nretention: b`, form);
    expect(faultsByField(faults).get(retentionField)).toHaveLength(2);
  });
});
