// SPDX-License-Identifier: Apache-2.0
//
// Why nothing comes, in one sentence and with what to do, out of what became of the newest uploads.
import { toMs } from "../format/time";
import {
  ExplainedSample_Fate as Fate,
  type ExplainedSample,
} from "../gen/millrace/query/v1/query_pb";
import type { SeriesRules } from "../gen/millrace/configuration/v1/configuration_pb";

export type Advice =
  // No rule takes anything from any sample of the application.
  | { kind: "rulesTakeNothing" }
  // A receiver said no; `status` as the device was told.
  | { kind: "refused"; status: string; detail: string; atMs: number | undefined }
  // Someone sends to this version with a token that nobody knows.
  | { kind: "unknownToken"; detail: string; atMs: number | undefined }
  // Accepted, and no rule takes anything from it.
  | { kind: "empty"; detail: string; atMs: number | undefined }
  | { kind: "rejected"; reason: string; detail: string; atMs: number | undefined }
  // On its way.
  | { kind: "inFlight" }
  // Nobody has heard of it.
  | { kind: "silent" };

export interface Evidence {
  // Of the device, newest first.
  samples: readonly ExplainedSample[];
  // Of its version, with unknown tokens, newest first.
  unknown: readonly ExplainedSample[];
  rules: SeriesRules | undefined;
  // What is older says nothing about what a person does now.
  sinceMs: number;
}

export function takesNothing(rules: SeriesRules | undefined): boolean {
  return (
    rules !== undefined &&
    !rules.autoExtract &&
    !rules.autoExtractStringsAndBooleans &&
    rules.series.length === 0
  );
}

// Somebody tried, and it did not work.
export function wentWrong(advice: Advice): advice is Extract<Advice, { atMs: number | undefined }> {
  return "atMs" in advice;
}

function isRecent(sample: ExplainedSample, sinceMs: number): boolean {
  const at = toMs(sample.receivedAt ?? sample.timestamp);
  return at !== undefined && at >= sinceMs;
}

export function advise({ samples, unknown, rules, sinceMs }: Evidence): Advice {
  const newest = samples.find((sample) => isRecent(sample, sinceMs));
  const stranger = unknown.find((sample) => isRecent(sample, sinceMs));
  if (newest !== undefined && newest.fate !== Fate.STORED && newest.fate !== Fate.MERGED) {
    const atMs = toMs(newest.receivedAt);
    switch (newest.fate) {
      case Fate.REFUSED:
        return { kind: "refused", status: newest.reason, detail: newest.detail, atMs };
      case Fate.REJECTED:
        return { kind: "rejected", reason: newest.reason, detail: newest.detail, atMs };
      case Fate.EMPTY:
        return takesNothing(rules)
          ? { kind: "rulesTakeNothing" }
          : { kind: "empty", detail: newest.detail, atMs };
      default:
        return { kind: "inFlight" };
    }
  }
  if (takesNothing(rules)) return { kind: "rulesTakeNothing" };
  if (newest === undefined && stranger !== undefined) {
    return { kind: "unknownToken", detail: stranger.detail, atMs: toMs(stranger.receivedAt) };
  }
  return { kind: "silent" };
}
