// SPDX-License-Identifier: Apache-2.0
//
// Two people changed the same version: what each of them changed alone is kept, part by part (a switch, the timestamp, a
// series, …); where both changed a part differently, mine stands and its name is told. Pure.
import { create, equals } from "@bufbuild/protobuf";
import {
  SeriesRuleSchema,
  SeriesRulesSchema,
  TimestampRuleSchema,
  type SeriesRule,
  type SeriesRules,
  type TimestampRule,
} from "../gen/millrace/configuration/v1/configuration_pb";

export interface Merged {
  readonly rules: SeriesRules;
  // Parts that both changed, as the configuration file calls them: retention, names.location.
  readonly clashes: readonly string[];
}

function sameSeries(left: SeriesRule | undefined, right: SeriesRule | undefined): boolean {
  if (left === undefined || right === undefined) return left === right;
  return equals(SeriesRuleSchema, left, right);
}

function sameTime(left: TimestampRule | undefined, right: TimestampRule | undefined): boolean {
  if (left === undefined || right === undefined) return left === right;
  return equals(TimestampRuleSchema, left, right);
}

function sameNames(left: readonly string[], right: readonly string[]): boolean {
  return left.length === right.length && left.every((name, index) => name === right[index]);
}

class Merge {
  readonly clashes: string[] = [];

  constructor(
    private readonly base: SeriesRules,
    private readonly mine: SeriesRules,
    private readonly theirs: SeriesRules,
  ) {}

  private part<Part>(
    name: string,
    of: (rules: SeriesRules) => Part,
    same: (left: Part, right: Part) => boolean,
  ): Part {
    const [base, mine, theirs] = [of(this.base), of(this.mine), of(this.theirs)];
    if (same(mine, base)) return theirs;
    if (!same(theirs, base) && !same(mine, theirs)) this.clashes.push(name);
    return mine;
  }

  // In my order; what only they have comes behind.
  private series(): SeriesRule[] {
    const names = [...this.mine.series, ...this.theirs.series].map((series) => series.name);
    const result: SeriesRule[] = [];
    for (const name of new Set(names)) {
      const one = this.part(
        `names.${name}`,
        (rules) => rules.series.find((series) => series.name === name),
        sameSeries,
      );
      if (one) result.push(one);
    }
    return result;
  }

  rules(): SeriesRules {
    const is = Object.is;
    const timestamp = this.part("timestamp", (rules) => rules.timestamp, sameTime);
    return create(SeriesRulesSchema, {
      autoExtract: this.part("auto-extract", (rules) => rules.autoExtract, is),
      autoExtractStringsAndBooleans: this.part(
        "auto-extract-strings-and-booleans",
        (rules) => rules.autoExtractStringsAndBooleans,
        is,
      ),
      autoExtractExclusions: this.part(
        "auto-extract-exclusions",
        (rules) => rules.autoExtractExclusions,
        sameNames,
      ),
      ...(timestamp ? { timestamp } : {}),
      series: this.series(),
      retentionSeconds: this.part("retention", (rules) => rules.retentionSeconds, is),
    });
  }
}

export function merge(base: SeriesRules, mine: SeriesRules, theirs: SeriesRules): Merged {
  const merging = new Merge(base, mine, theirs);
  const rules = merging.rules();
  return { rules, clashes: merging.clashes };
}
