// SPDX-License-Identifier: Apache-2.0
import { create } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import { TriedSampleSchema, type TriedSample } from "../gen/millrace/query/v1/query_pb";
import { nextSamplesRequest, samplesAsTheyCome, type TryCall } from "./sample_feed";

function sample(number: number): TriedSample {
  return create(TriedSampleSchema, { sample: `{"n":${number}}` });
}

// Answers with one of the lists after another, each after `tookMs`; then throws.
function callsOf(lists: readonly (readonly TriedSample[])[], tookMs: number) {
  let clock = 0;
  let calls = 0;
  const call: TryCall = async function* () {
    const list = lists[calls];
    calls += 1;
    clock += tookMs;
    if (list === undefined) throw new Error("away");
    yield* list;
  };
  return { call, now: () => clock, made: () => calls };
}

describe("samplesAsTheyCome", () => {
  const request = nextSamplesRequest("app", "e");

  it("calls again when a call has ended by itself, and throws what a call throws", async () => {
    const calls = callsOf([[sample(1), sample(2)], [], [sample(3)]], 600_000);
    const seen: string[] = [];
    const follow = async () => {
      const all = samplesAsTheyCome(calls.call, request, new AbortController().signal, calls.now);
      for await (const { tried } of all) seen.push(tried.sample);
    };
    await expect(follow()).rejects.toThrow("away");
    expect(seen).toEqual(['{"n":1}', '{"n":2}', '{"n":3}']);
  });

  it("ends where a call gave nothing and took no time, so that a pause is made", async () => {
    const calls = callsOf([[sample(1)], []], 10);
    const seen: string[] = [];
    const all = samplesAsTheyCome(calls.call, request, new AbortController().signal, calls.now);
    for await (const { tried } of all) seen.push(tried.sample);
    expect(seen).toHaveLength(1);
    expect(calls.made()).toBe(2);
  });

  it("does not call after it was ended", async () => {
    const calls = callsOf([[sample(1)]], 10);
    const all = samplesAsTheyCome(calls.call, request, AbortSignal.abort(), calls.now);
    expect((await all.next()).done).toBe(true);
    expect(calls.made()).toBe(0);
  });

  it("asks for the endpoint with the rules in force unless others are given", () => {
    expect(request.seriesRules).toBeUndefined();
    expect(request.source).toMatchObject({ case: "next", value: { endpointId: "e" } });
  });
});
