// SPDX-License-Identifier: Apache-2.0
import { create } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { describe, expect, it } from "vitest";
import { SeriesRulesSchema } from "../gen/millrace/configuration/v1/configuration_pb";
import {
  TriedSampleSchema,
  type TriedSample,
  type TrySeriesRulesRequest,
} from "../gen/millrace/query/v1/query_pb";
import type { TryCall } from "../raw/sample_feed";
import { DryRun } from "./dry_run";

const auto = create(SeriesRulesSchema, { autoExtract: true });
const away = new ConnectError("away", Code.Unavailable);
const none = create(SeriesRulesSchema, {});

function sampleAt(seconds: number, sample: string): TriedSample {
  const at = { seconds: BigInt(seconds), nanos: 0 };
  return create(TriedSampleSchema, { sample, endpointId: "e", receivedAt: at, timestamp: at });
}

// A server that answers a given upload with one sample for each element, later than all others, and lets `next` deliver
// what is in the queue and then nothing until it is ended.
class Server {
  readonly requests: TrySeriesRulesRequest[] = [];
  queue: TriedSample[] = [];
  running = 0;
  mostRunning = 0;
  failures: Error[] = [];

  readonly call: TryCall = (request, signal) => this.answer(request, signal);

  private async *answer(request: TrySeriesRulesRequest, signal: AbortSignal) {
    this.requests.push(request);
    const failure = this.failures.shift();
    if (failure) throw failure;
    this.running += 1;
    this.mostRunning = Math.max(this.mostRunning, this.running);
    try {
      if (request.source.case === "given") {
        const text = new TextDecoder().decode(request.source.value.dataSamples);
        const samples = [JSON.parse(text)].flat() as unknown[];
        for (const one of samples) yield sampleAt(9000, JSON.stringify(one));
      } else {
        yield* this.queue.splice(0);
        if (request.source.case === "next") {
          while (!signal.aborted) await moment();
        }
      }
    } finally {
      this.running -= 1;
    }
  }
}

// A macrotask, so that a fault in a loop fails the test instead of standing still.
function moment(): Promise<void> {
  return new Promise((done) => setTimeout(done, 1));
}

async function settled(): Promise<void> {
  for (let i = 0; i < 5; i += 1) await moment();
}

function texts(run: DryRun): string[] {
  return run.samples.value.map(({ tried }) => tried.sample);
}

describe("DryRun", () => {
  it("shows the next samples, newest first", async () => {
    const server = new Server();
    server.queue = [sampleAt(1, '{"a":1}'), sampleAt(2, '{"a":2}')];
    const run = new DryRun("app", server.call, moment);
    void run.run({ kind: "next", endpointId: "e" }, auto);
    await settled();
    expect(texts(run)).toEqual(['{"a":2}', '{"a":1}']);
    expect(run.state.value.kind).toBe("listening");
    expect(server.requests[0]?.seriesRules?.autoExtract).toBe(true);
    run.stop();
  });

  it("tries what it shows again when the rules change, then listens on, one call at a time", async () => {
    const server = new Server();
    server.queue = [sampleAt(1, '{"a":1}'), sampleAt(2, "no json"), sampleAt(3, '{"a":3}')];
    const run = new DryRun("app", server.call, moment);
    const source = { kind: "next", endpointId: "e" } as const;
    void run.run(source, auto);
    await settled();
    void run.run(source, none);
    await settled();
    expect(server.requests.map((request) => request.source.case)).toEqual([
      "next",
      "given",
      "next",
    ]);
    expect(server.requests.map((request) => request.seriesRules?.autoExtract)).toEqual([
      true,
      false,
      false,
    ]);
    expect(texts(run)).toEqual(['{"a":3}', '{"a":1}']);
    expect(run.samples.value[0]?.tried.receivedAt?.seconds).toBe(3n);
    expect(server.mostRunning).toBe(1);
    run.stop();
  });

  it("begins anew with another source", async () => {
    const server = new Server();
    server.queue = [sampleAt(1, '{"a":1}')];
    const run = new DryRun("app", server.call, moment);
    void run.run({ kind: "next", endpointId: "e" }, auto);
    await settled();
    await run.run({ kind: "pasted", text: '[{"b":1},{"b":2}]' }, auto);
    expect(texts(run)).toEqual(['{"b":1}', '{"b":2}']);
    expect(run.state.value.kind).toBe("done");
  });

  it("repeats what may pass, and tells what does not", async () => {
    const server = new Server();
    server.failures = [away, away];
    const run = new DryRun("app", server.call, moment);
    await run.run({ kind: "pasted", text: '{"b":1}' }, auto);
    expect(server.requests).toHaveLength(3);
    server.failures = [new ConnectError("wrong", Code.InvalidArgument)];
    await run.run({ kind: "rejected", endpointId: "" }, auto);
    expect(run.state.value).toMatchObject({ kind: "failed" });
  });

  it("shows nothing of a call that another has replaced", async () => {
    const server = new Server();
    const run = new DryRun("app", server.call, moment);
    const first = run.run({ kind: "pasted", text: '[{"old":1}]' }, auto);
    const second = run.run({ kind: "pasted", text: '[{"new":1}]' }, auto);
    await Promise.all([first, second]);
    expect(texts(run)).toEqual(['{"new":1}']);
  });
});
