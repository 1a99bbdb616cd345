// SPDX-License-Identifier: Apache-2.0
import { create } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import { SeriesRulesSchema, ValueType } from "../gen/millrace/configuration/v1/configuration_pb";
import type { Path } from "../json/path";
import { checkForm } from "./faults";
import { formOf, type RulesForm } from "./form";
import { pick, seriesNameOf } from "./pick";

const empty = formOf(create(SeriesRulesSchema, {}));

function picked(form: RulesForm, path: Path, text = "1"): RulesForm {
  const kind = text.startsWith('"') ? "string" : text === "true" ? "boolean" : "number";
  const result = pick(form, path, { kind, text });
  if ("unwritable" in result) throw new Error(`cannot be written: ${result.unwritable}`);
  return result.form;
}

function words(form: RulesForm): string[] {
  return form.series.flatMap((series) =>
    series.values.map((value) => `${series.name}/${value.name || "value"} = ${value.path}`),
  );
}

describe("pick", () => {
  it("makes a series of a field at the root", () => {
    expect(words(picked(empty, ["temperature"]))).toEqual(["temperature/value = temperature"]);
  });

  it("gathers the members of one object in one series", () => {
    const latitude = picked(empty, ["location", "latitude"]);
    expect(words(picked(latitude, ["location", "longitude"]))).toEqual([
      "location/latitude = location.latitude",
      "location/longitude = location.longitude",
    ]);
  });

  it("gives elements names of their own", () => {
    const first = picked(empty, ["probes", 0, "c"]);
    const both = picked(first, ["probes", 1, "c"]);
    expect(words(both)).toEqual(["probes/c = probes[0].c", "probes/c-2 = probes[1].c"]);
    expect(words(picked(empty, ["list", 3]))).toEqual(["list/list-3 = list[3]"]);
    expect(checkForm(both)).toEqual([]);
  });

  it("finds the value that takes the path already", () => {
    const form = picked(empty, ["a", "b"]);
    const again = pick(form, ["a", "b"], { kind: "number", text: "1" });
    expect(again).toEqual({ form, valueId: form.series[0]?.values[0]?.id, isNew: false });
  });

  it("takes the type of what it sees", () => {
    const types = ['"open"', "true", "null", "1"].map(
      (text) => picked(empty, ["x"], text).series[0]?.values[0]?.type,
    );
    expect(types).toEqual([
      ValueType.STRING,
      ValueType.BOOLEAN,
      ValueType.NUMBER,
      ValueType.NUMBER,
    ]);
  });

  it("says what no path can be written for", () => {
    expect(pick(empty, ["a.b"], { kind: "number", text: "1" })).toEqual({ unwritable: "a.b" });
  });

  it("makes names that a series may have", () => {
    expect(seriesNameOf("Außen temperatur °C")).toBe("Au_en_temperatur_C");
    expect(seriesNameOf("°")).toBe("series");
    expect(checkForm(picked(picked(empty, ["a b"]), ["a°b"]))).toEqual([]);
  });
});
