// SPDX-License-Identifier: Apache-2.0
//
// Series rules while a person edits them: everything a text or a choice, each series and value with an identity of its
// own that outlives a change of its name or place. Values are never changed, only replaced.
import { create } from "@bufbuild/protobuf";
import {
  SeriesRulesSchema,
  TimestampFallback,
  TimestampFormat,
  ValueType,
  type SeriesRule,
  type SeriesRules,
  type ValueRule,
} from "../gen/millrace/configuration/v1/configuration_pb";

export interface ValueForm {
  readonly id: string;
  readonly path: string;
  readonly name: string;
  readonly type: ValueType;
  readonly unit: string;
  readonly description: string;
}

export interface SeriesForm {
  readonly id: string;
  readonly name: string;
  readonly values: readonly ValueForm[];
}

export const retentionUnits = { d: 86_400, h: 3_600, m: 60, s: 1 } as const;
export type RetentionUnit = keyof typeof retentionUnits;

export interface RulesForm {
  readonly autoExtract: boolean;
  readonly autoExtractStringsAndBooleans: boolean;
  readonly exclusions: readonly string[];
  // Path empty: the time of receipt, whatever the others say.
  readonly timestampPath: string;
  readonly timestampFormat: TimestampFormat;
  readonly timestampFallback: TimestampFallback;
  readonly series: readonly SeriesForm[];
  // Amount empty: as long as the deployment says.
  readonly retentionAmount: string;
  readonly retentionUnit: RetentionUnit;
}

export const defaultValueName = "value";

let identities = 0;
export function newId(): string {
  identities += 1;
  return `r${identities}`;
}

export function emptyValue(path = "", name = "", type = ValueType.NUMBER): ValueForm {
  return { id: newId(), path, name, type, unit: "", description: "" };
}

export function emptySeries(): SeriesForm {
  return { id: newId(), name: "", values: [emptyValue()] };
}

function valueForm(rule: ValueRule): ValueForm {
  return {
    id: newId(),
    path: rule.path,
    // Shown as the field's placeholder.
    name: rule.name === defaultValueName ? "" : rule.name,
    type: rule.type === ValueType.UNSPECIFIED ? ValueType.NUMBER : rule.type,
    unit: rule.unit,
    description: rule.description,
  };
}

export function retentionOf(seconds: bigint): { amount: string; unit: RetentionUnit } {
  if (seconds === 0n) return { amount: "", unit: "d" };
  for (const unit of ["d", "h", "m"] as const) {
    const length = BigInt(retentionUnits[unit]);
    if (seconds % length === 0n) return { amount: (seconds / length).toString(), unit };
  }
  return { amount: seconds.toString(), unit: "s" };
}

// Nothing: the amount is no number of at most 12 digits.
export function retentionSeconds(amount: string, unit: RetentionUnit): bigint | undefined {
  const digits = amount.trim();
  if (digits === "") return 0n;
  return /^[0-9]{1,12}$/.test(digits) ? BigInt(digits) * BigInt(retentionUnits[unit]) : undefined;
}

export function formOf(rules: SeriesRules): RulesForm {
  const time = rules.timestamp;
  const retention = retentionOf(rules.retentionSeconds);
  return {
    autoExtract: rules.autoExtract,
    autoExtractStringsAndBooleans: rules.autoExtractStringsAndBooleans,
    exclusions: rules.autoExtractExclusions,
    timestampPath: time?.path ?? "",
    timestampFormat: time?.format || TimestampFormat.ISO8601,
    timestampFallback: time?.fallback || TimestampFallback.FAIL,
    series: rules.series.map((series: SeriesRule) => ({
      id: newId(),
      name: series.name,
      values: series.values.map(valueForm),
    })),
    retentionAmount: retention.amount,
    retentionUnit: retention.unit,
  };
}

// Series and values keep their places: the server names a faulty one by them.
export function rulesOf(form: RulesForm): SeriesRules {
  const path = form.timestampPath.trim();
  return create(SeriesRulesSchema, {
    autoExtract: form.autoExtract,
    autoExtractStringsAndBooleans: form.autoExtractStringsAndBooleans,
    autoExtractExclusions: [...form.exclusions],
    ...(path === ""
      ? {}
      : {
          timestamp: { path, format: form.timestampFormat, fallback: form.timestampFallback },
        }),
    series: form.series.map((series) => ({
      name: series.name.trim(),
      values: series.values.map((value) => ({
        path: value.path.trim(),
        name: value.name.trim() || defaultValueName,
        type: value.type,
        unit: value.unit.trim(),
        description: value.description.trim(),
      })),
    })),
    retentionSeconds: retentionSeconds(form.retentionAmount, form.retentionUnit) ?? 0n,
  });
}

export function withSeries(
  form: RulesForm,
  id: string,
  change: (series: SeriesForm) => SeriesForm,
): RulesForm {
  return {
    ...form,
    series: form.series.map((series) => (series.id === id ? change(series) : series)),
  };
}

export function withValue(form: RulesForm, id: string, change: Partial<ValueForm>): RulesForm {
  return {
    ...form,
    series: form.series.map((series) =>
      series.values.some((value) => value.id === id)
        ? {
            ...series,
            values: series.values.map((value) =>
              value.id === id ? { ...value, ...change } : value,
            ),
          }
        : series,
    ),
  };
}

// By one place up (-1) or down (+1); at the end of the list nothing moves.
export function moved<Item extends { readonly id: string }>(
  items: readonly Item[],
  id: string,
  by: -1 | 1,
): readonly Item[] {
  const from = items.findIndex((item) => item.id === id);
  const item = items[from];
  const other = items[from + by];
  if (item === undefined || other === undefined) return items;
  const result = [...items];
  result[from] = other;
  result[from + by] = item;
  return result;
}

export function withoutSeries(form: RulesForm, id: string): RulesForm {
  return { ...form, series: form.series.filter((series) => series.id !== id) };
}

export function withoutValue(form: RulesForm, id: string): RulesForm {
  return {
    ...form,
    series: form.series.map((series) => ({
      ...series,
      values: series.values.filter((value) => value.id !== id),
    })),
  };
}

export function withExclusion(form: RulesForm, name: string): RulesForm {
  if (name === "" || form.exclusions.includes(name)) return form;
  return { ...form, exclusions: [...form.exclusions, name] };
}

function sameValue(left: ValueForm, right: ValueForm): boolean {
  if (left === right) return true;
  const nameOf = (value: ValueForm) => value.name.trim() || defaultValueName;
  return (
    left.path.trim() === right.path.trim() &&
    nameOf(left) === nameOf(right) &&
    left.type === right.type &&
    left.unit.trim() === right.unit.trim() &&
    left.description.trim() === right.description.trim()
  );
}

function sameSeries(left: SeriesForm, right: SeriesForm): boolean {
  if (left === right) return true;
  return (
    left.name.trim() === right.name.trim() &&
    left.values.length === right.values.length &&
    left.values.every((value, index) => sameValue(value, right.values[index] ?? value))
  );
}

// Whether they make the same rules. What was not changed is the same object, so that ten thousand values cost little.
export function sameForm(left: RulesForm, right: RulesForm): boolean {
  const path = left.timestampPath.trim();
  const sameTime =
    path === "" ||
    (left.timestampFormat === right.timestampFormat &&
      left.timestampFallback === right.timestampFallback);
  return (
    left.autoExtract === right.autoExtract &&
    left.autoExtractStringsAndBooleans === right.autoExtractStringsAndBooleans &&
    left.exclusions.length === right.exclusions.length &&
    left.exclusions.every((name, index) => name === right.exclusions[index]) &&
    path === right.timestampPath.trim() &&
    sameTime &&
    retentionSeconds(left.retentionAmount, left.retentionUnit) ===
      retentionSeconds(right.retentionAmount, right.retentionUnit) &&
    left.series.length === right.series.length &&
    left.series.every((series, index) => sameSeries(series, right.series[index] ?? series))
  );
}
