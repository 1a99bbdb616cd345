// SPDX-License-Identifier: Apache-2.0
//
// Which places of a sample gave something, which were refused: what the JSON is coloured by.
import type { SeriesRules } from "../gen/millrace/configuration/v1/configuration_pb";
import type { TriedSample } from "../gen/millrace/query/v1/query_pb";
import { barePath } from "./path";

export type Mark = "taken" | "refused" | "time";

export const autoPrefix = "auto~";

// By path text; "" is the sample as a whole. What was refused is never hidden by another mark.
export type Marks = ReadonlyMap<string, Mark>;

export function marksOf(tried: TriedSample, rules: SeriesRules | undefined): Marks {
  const marks = new Map<string, Mark>();
  const configured = new Map(rules?.series.map((series) => [series.name, series]));
  if (rules?.timestamp && rules.timestamp.path !== "") {
    marks.set(barePath(rules.timestamp.path), "time");
  }
  for (const point of tried.dataPoints) {
    const name = point.timeSeriesName;
    if (name.startsWith(autoPrefix)) marks.set(name.slice(autoPrefix.length), "taken");
    for (const rule of configured.get(name)?.values ?? []) {
      if (point.values.some((value) => value.name === (rule.name || "value"))) {
        marks.set(barePath(rule.path), "taken");
      }
    }
  }
  for (const rejection of tried.rejections) marks.set(rejection.path, "refused");
  return marks;
}

// Whether the mark of some place below `path` would be hidden if it were folded.
export function hasMarkBelow(marks: Marks, path: string): boolean {
  for (const marked of marks.keys()) {
    if (marked.length <= path.length) continue;
    if (path === "" || (marked.startsWith(path) && /^[.[]/.test(marked.slice(path.length)))) {
      return true;
    }
  }
  return false;
}
