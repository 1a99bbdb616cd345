// SPDX-License-Identifier: Apache-2.0
//
// What is wrong with rules that are being edited, each fault beside its field. The same rules as the server's
// (services/lib/series_rules/check.cpp), which has the last word: its message names fields, and goes beside them too.
import { hasControl, isLongerThan, readPath } from "../json/path";
import { rules } from "../text/en/rules";
import {
  defaultValueName,
  retentionSeconds,
  type RulesForm,
  type SeriesForm,
  type ValueForm,
} from "./form";

const text = rules.fault;

export type FieldKey = string;

export interface Fault {
  readonly field: FieldKey;
  readonly text: string;
  // Nothing was entered yet: no need to shout before the person has been there.
  readonly isMissing: boolean;
}

export const exclusionsField: FieldKey = "exclusions";
export const timestampPathField: FieldKey = "timestamp.path";
export const retentionField: FieldKey = "retention";
// Of the rules as a whole.
export const wholeField: FieldKey = "whole";
export type SeriesPart = "name" | "values";
export type ValuePart = "path" | "name" | "type" | "unit" | "description";
export function seriesField(id: string, part: SeriesPart): FieldKey {
  return `${id}.${part}`;
}
export function valueField(id: string, part: ValuePart): FieldKey {
  return `${id}.${part}`;
}

const maxSeries = 1000;
const maxValues = 10_000;
const maxExclusions = 1000;
const maxExclusionBytes = 256;
const maxValuesOfPath = 64;
const maxValueNameBytes = 128;
const maxUnitCharacters = 32;
const maxDescriptionCharacters = 500;
const shortestRetention = 3_600n;
const longestRetention = 36_500n * 86_400n;
const seriesNamePattern = /^[A-Za-z0-9_-]{1,128}$/;
const notInValueNames = /[\\^$'"=,]/;
const reservedValueNames = new Set(["time", "kaaEndpointID", "kaaEmpty", "_field", "_measurement"]);

class Checker {
  readonly faults: Fault[] = [];
  private readonly valuesOfPath = new Map<string, number>();

  add(field: FieldKey, text: string, isMissing = false): void {
    this.faults.push({ field, text, isMissing });
  }

  path(field: FieldKey, path: string): boolean {
    const read = readPath(path);
    if ("steps" in read) return true;
    this.add(field, text.path(read.fault.kind, read.fault.at), read.fault.kind === "empty");
    return false;
  }

  exclusions(names: readonly string[]): void {
    const field = exclusionsField;
    if (names.length > maxExclusions) this.add(field, text.tooManyExclusions(names.length));
    const seen = new Set<string>();
    for (const name of names) {
      if (name === "" || isLongerThan(name, maxExclusionBytes) || hasControl(name)) {
        this.add(field, text.exclusion(name));
      } else if (seen.has(name)) {
        this.add(field, text.exclusionTwice(name));
      }
      seen.add(name);
    }
  }

  series(series: SeriesForm, names: Map<string, number>): void {
    const name = series.name.trim();
    const field = seriesField(series.id, "name");
    if (name === "") this.add(field, text.seriesNameMissing, true);
    else if (!seriesNamePattern.test(name)) this.add(field, text.seriesName);
    else if ((names.get(name) ?? 0) > 1) this.add(field, text.seriesTwice(name));
    if (series.values.length === 0) this.add(seriesField(series.id, "values"), text.noValues);
    const seen = new Set<string>();
    for (const value of series.values) this.value(value, seen);
  }

  private value(value: ValueForm, seen: Set<string>): void {
    const path = value.path.trim().replace(/^\$\./, "");
    if (this.path(valueField(value.id, "path"), value.path.trim())) {
      const count = (this.valuesOfPath.get(path) ?? 0) + 1;
      this.valuesOfPath.set(path, count);
      if (count > maxValuesOfPath) {
        this.add(valueField(value.id, "path"), text.tooManyOfPath(maxValuesOfPath));
      }
    }
    const name = value.name.trim() || defaultValueName;
    const field = valueField(value.id, "name");
    if (reservedValueNames.has(name)) this.add(field, text.valueReserved(name));
    else if (
      isLongerThan(name, maxValueNameBytes) ||
      hasControl(name) ||
      notInValueNames.test(name)
    ) {
      this.add(field, text.valueName);
    } else if (seen.has(name)) this.add(field, text.valueTwice(name));
    seen.add(name);
    this.note(valueField(value.id, "unit"), value.unit.trim(), maxUnitCharacters);
    this.note(
      valueField(value.id, "description"),
      value.description.trim(),
      maxDescriptionCharacters,
    );
  }

  private note(field: FieldKey, note: string, characters: number): void {
    if ([...note].length > characters || hasControl(note))
      this.add(field, text.tooLong(characters));
  }

  retention(form: RulesForm): void {
    const seconds = retentionSeconds(form.retentionAmount, form.retentionUnit);
    if (seconds === undefined) this.add(retentionField, text.retentionNumber);
    else if (
      form.retentionAmount.trim() !== "" &&
      (seconds < shortestRetention || seconds > longestRetention)
    ) {
      this.add(retentionField, text.retentionBounds);
    }
  }
}

export function checkForm(form: RulesForm): readonly Fault[] {
  const checker = new Checker();
  checker.exclusions(form.exclusions);
  const path = form.timestampPath.trim();
  if (path !== "") checker.path(timestampPathField, path);
  const names = new Map<string, number>();
  let values = 0;
  for (const series of form.series) {
    names.set(series.name.trim(), (names.get(series.name.trim()) ?? 0) + 1);
    values += series.values.length;
  }
  if (form.series.length > maxSeries)
    checker.add(wholeField, text.tooManySeries(form.series.length));
  if (values > maxValues) checker.add(wholeField, text.tooManyValues(values));
  for (const series of form.series) checker.series(series, names);
  checker.retention(form);
  return checker.faults;
}

// The server's name of a part → ours. It calls series by their names, and quotes names that no series may have.
function serverFields(form: RulesForm): ReadonlyMap<string, FieldKey> {
  const fields = new Map<string, FieldKey>([
    ["auto-extract-exclusions", exclusionsField],
    ["timestamp", timestampPathField],
    ["retention", retentionField],
  ]);
  for (const series of form.series) {
    const name = series.name.trim();
    const prefix = `names.${seriesNamePattern.test(name) ? name : `"${name}"`}`;
    if (fields.has(prefix)) continue;
    fields.set(prefix, seriesField(series.id, "name"));
    fields.set(`${prefix}.values`, seriesField(series.id, "values"));
    series.values.forEach((value, index) => {
      const place = `${prefix}.values[${index}]`;
      fields.set(place, valueField(value.id, "path"));
      for (const part of ["path", "name", "type", "unit", "description"] as const) {
        fields.set(`${place}.${part}`, valueField(value.id, part));
      }
    });
  }
  return fields;
}

// The longest name of a part that the line begins with, so that blanks and colons in names do no harm.
function faultOf(line: string, fields: ReadonlyMap<string, FieldKey>): Fault {
  let longest = "";
  for (const name of fields.keys()) {
    const isLonger = name.length > longest.length && line.startsWith(name);
    if (isLonger && /^[:.[]/.test(line.slice(name.length))) longest = name;
  }
  const rest = line.slice(longest.length);
  const text = longest !== "" && rest.startsWith(": ") ? rest.slice(2) : line;
  return { field: fields.get(longest) ?? wholeField, text, isMissing: false };
}

// Of the message of INVALID_ARGUMENT: a heading, then "<field>: <what>" a line. A message of another form is one fault of
// the whole.
export function serverFaults(message: string, form: RulesForm): readonly Fault[] {
  const [heading = "", ...lines] = message.split("\n").filter((line) => line !== "");
  if (lines.length === 0) return [{ field: wholeField, text: heading, isMissing: false }];
  const fields = serverFields(form);
  return lines.map((line) => faultOf(line, fields));
}

export function faultsByField(faults: readonly Fault[]): ReadonlyMap<FieldKey, readonly Fault[]> {
  const fields = new Map<FieldKey, Fault[]>();
  for (const fault of faults) {
    const list = fields.get(fault.field);
    if (list) list.push(fault);
    else fields.set(fault.field, [fault]);
  }
  return fields;
}
