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
  // All is well: one was stored before anybody looked.
  | { kind: "earlier"; storedMs: number }
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

function receivedMs(sample: ExplainedSample | undefined): number {
  return toMs(sample?.receivedAt ?? sample?.timestamp) ?? 0;
}

export function advise({ samples, unknown, rules, sinceMs }: Evidence): Advice {
  const isRecent = (sample: ExplainedSample) => receivedMs(sample) >= sinceMs;
  const newest = samples.find(isRecent);
  const stranger = unknown.find(isRecent);
  // The device must get in before anything else matters.
  if (newest?.fate === Fate.REFUSED && receivedMs(newest) >= receivedMs(stranger)) {
    return {
      kind: "refused",
      status: newest.reason,
      detail: newest.detail,
      atMs: toMs(newest.receivedAt),
    };
  }
  if (stranger !== undefined && receivedMs(stranger) > receivedMs(newest)) {
    return { kind: "unknownToken", detail: stranger.detail, atMs: toMs(stranger.receivedAt) };
  }
  if (takesNothing(rules)) return { kind: "rulesTakeNothing" };
  return newest === undefined ? { kind: "silent" } : about(newest);
}

function about(sample: ExplainedSample): Advice {
  const { reason, detail } = sample;
  const atMs = toMs(sample.receivedAt);
  switch (sample.fate) {
    case Fate.REFUSED:
      return { kind: "refused", status: reason, detail, atMs };
    case Fate.REJECTED:
      return { kind: "rejected", reason, detail, atMs };
    case Fate.EMPTY:
      return { kind: "empty", detail, atMs };
    case Fate.IN_FLIGHT:
      return { kind: "inFlight" };
    default:
      return { kind: "earlier", storedMs: receivedMs(sample) };
  }
}
