// SPDX-License-Identifier: Apache-2.0
import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { describe, expect, it } from "vitest";

import { SeriesRulesSchema } from "../gen/millrace/configuration/v1/configuration_pb";
import {
  ExplainedSample_Fate as Fate,
  ExplainedSampleSchema,
} from "../gen/millrace/query/v1/query_pb";
import { advise, takesNothing, wentWrong } from "./advice";

const NOW = 1_800_000_000_000;
const sinceMs = NOW - 600_000;
const takes = create(SeriesRulesSchema, { autoExtract: true });
const nothing = create(SeriesRulesSchema, {});
const sample = (fate: Fate, agoMs: number, reason = "") =>
  create(ExplainedSampleSchema, {
    fate,
    reason,
    detail: "words",
    receivedAt: timestampFromMs(NOW - agoMs),
  });

const about = (samples: ReturnType<typeof sample>[], rules = takes, unknown: typeof samples = []) =>
  advise({ samples, unknown, rules, sinceMs });

describe("advise", () => {
  it("says what a receiver told the device", () => {
    expect(about([sample(Fate.REFUSED, 1000, "403"), sample(Fate.STORED, 5000)])).toEqual({
      kind: "refused",
      status: "403",
      detail: "words",
      atMs: NOW - 1000,
    });
  });

  it("leaves what was before the newest success", () => {
    expect(about([sample(Fate.STORED, 1000), sample(Fate.REFUSED, 5000, "403")])).toEqual({
      kind: "earlier",
      storedMs: NOW - 1000,
    });
  });

  it("leaves what is long ago", () => {
    expect(about([sample(Fate.REFUSED, 3_600_000, "403")]).kind).toBe("silent");
  });

  it("says that no sample gives anything, before any has come and after", () => {
    expect(about([], nothing).kind).toBe("rulesTakeNothing");
    expect(about([sample(Fate.EMPTY, 1000)], nothing).kind).toBe("rulesTakeNothing");
  });

  it("says that this sample gave nothing, where others would", () => {
    expect(about([sample(Fate.EMPTY, 1000)]).kind).toBe("empty");
  });

  it("prefers a refusal to the rules: the device must get in first", () => {
    expect(about([sample(Fate.REFUSED, 1000, "403")], nothing).kind).toBe("refused");
  });

  it("tells of a token that nobody knows when there is nothing newer of the device itself", () => {
    const stranger = [sample(Fate.REFUSED, 1000, "404")];
    expect(about([], takes, stranger).kind).toBe("unknownToken");
    expect(about([sample(Fate.STORED, 500)], takes, stranger).kind).toBe("earlier");
    expect(about([sample(Fate.STORED, 5000)], nothing, stranger).kind).toBe("unknownToken");
  });

  it("knows what is on its way and what was rejected", () => {
    expect(about([sample(Fate.IN_FLIGHT, 100)]).kind).toBe("inFlight");
    expect(about([sample(Fate.REJECTED, 100, "wrong_type")])).toMatchObject({
      kind: "rejected",
      reason: "wrong_type",
    });
  });

  it("tells what went wrong from what has not happened yet", () => {
    expect(wentWrong(about([sample(Fate.REFUSED, 1, "403")]))).toBe(true);
    expect(wentWrong(about([]))).toBe(false);
  });
});

it("rules take nothing only if all of them are off", () => {
  expect(takesNothing(nothing)).toBe(true);
  expect(takesNothing(create(SeriesRulesSchema, { autoExtractStringsAndBooleans: true }))).toBe(
    false,
  );
  expect(takesNothing(create(SeriesRulesSchema, { series: [{ name: "s" }] }))).toBe(false);
  expect(takesNothing(undefined)).toBe(false);
});
