// SPDX-License-Identifier: Apache-2.0
//
// A field of a shown sample that a person clicks becomes a configured value: names are proposed from its path.
import { ValueType } from "../gen/millrace/configuration/v1/configuration_pb";
import { pathText, writtenPath, type Path } from "../json/path";
import type { JsonNode } from "../json/tree";
import { emptyValue, newId, type RulesForm, type ValueForm } from "./form";

export const maxSeriesNameLength = 128;

export type Picked =
  // `valueId`: of the value that takes this path, new or old.
  | { readonly form: RulesForm; readonly valueId: string; readonly isNew: boolean }
  // A name on the way has . [ or ] in it, or the path is too long.
  | { readonly unwritable: string };

function typeOf(node: JsonNode): ValueType {
  if (node.kind === "string") return ValueType.STRING;
  if (node.kind === "boolean") return ValueType.BOOLEAN;
  return ValueType.NUMBER;
}

// Letters that no series may have become "_".
export function seriesNameOf(text: string): string {
  const name = text.replace(/[^A-Za-z0-9_-]+/g, "_").replace(/^_+|_+$/g, "");
  return name.slice(0, maxSeriesNameLength) || "series";
}

function unusedName(wanted: string, taken: (name: string) => boolean): string {
  if (!taken(wanted)) return wanted;
  for (let number = 2; ; number += 1) {
    const suffix = `-${number}`;
    const name = wanted.slice(0, maxSeriesNameLength - suffix.length) + suffix;
    if (!taken(name)) return name;
  }
}

// location.latitude → series location, value latitude; temperature → series temperature, value `value`.
function namesOf(path: Path): { series: string; value: string } {
  const names = path.filter((step): step is string => typeof step === "string");
  const last = path[path.length - 1];
  if (path.length === 1) return { series: seriesNameOf(String(last)), value: "" };
  const own = typeof last === "string" ? last : `${names[names.length - 1] ?? ""}-${last}`;
  const parents = typeof last === "string" ? names.slice(0, -1) : names.slice(0, -1);
  const series = parents.length > 0 ? parents[parents.length - 1] : names[0];
  return { series: seriesNameOf(series ?? ""), value: seriesNameOf(own) };
}

function existingValue(form: RulesForm, path: string): ValueForm | undefined {
  for (const series of form.series) {
    for (const value of series.values) {
      if (value.path.trim().replace(/^\$\./, "") === path) return value;
    }
  }
  return undefined;
}

// Goes to a value of this path that is there already, else into the series of the proposed name, else into a new one.
export function pick(form: RulesForm, path: Path, node: JsonNode): Picked {
  const text = writtenPath(path);
  if (text === undefined) return { unwritable: pathText(path) };
  const known = existingValue(form, text);
  if (known) return { form, valueId: known.id, isNew: false };
  const names = namesOf(path);
  const home =
    names.value === "" ? undefined : form.series.find((one) => one.name === names.series);
  if (home) {
    const name = unusedName(names.value, (one) => home.values.some((value) => value.name === one));
    const value = emptyValue(text, name, typeOf(node));
    const series = form.series.map((one) =>
      one === home ? { ...one, values: [...one.values, value] } : one,
    );
    return { form: { ...form, series }, valueId: value.id, isNew: true };
  }
  const value = emptyValue(text, names.value, typeOf(node));
  const name = unusedName(names.series, (one) => form.series.some((series) => series.name === one));
  return {
    form: { ...form, series: [...form.series, { id: newId(), name, values: [value] }] },
    valueId: value.id,
    isNew: true,
  };
}
