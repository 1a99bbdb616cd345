// SPDX-License-Identifier: Apache-2.0
//
// What the rules of the form would make of samples, live. The server runs few trials at a time, so there is never more
// than one: when the rules change, the samples on the page are tried again with the new ones, then it listens on.
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { signal, type ReadonlySignal } from "@preact/signals";

import { toFailure, type Failure } from "../api/failure";
import { followStream, pauseMs, sleep } from "../api/stream";
import { sessionEnded } from "../session/key";
import type { SeriesRules } from "../gen/millrace/configuration/v1/configuration_pb";
import {
  TrySeriesRulesRequestSchema,
  type TriedSample,
  type TrySeriesRulesRequest,
} from "../gen/millrace/query/v1/query_pb";
import { readJson } from "../json/tree";
import { withOrigin } from "../raw/outcome";
import { bounded, type RecentSample } from "../raw/recent_samples";
import { nextSamplesRequest, samplesAsTheyCome, type TryCall } from "../raw/sample_feed";

export type DryRunSource =
  | { readonly kind: "next"; readonly endpointId: string }
  // Endpoint empty: of any.
  | { readonly kind: "rejected"; readonly endpointId: string }
  | { readonly kind: "pasted"; readonly text: string };

type TrialSource = NonNullable<MessageInitShape<typeof TrySeriesRulesRequestSchema>["source"]>;

export type DryRunState =
  | { readonly kind: "trying" }
  | { readonly kind: "listening" }
  // Tries again by itself.
  | { readonly kind: "broken"; readonly failure: Failure }
  | { readonly kind: "failed"; readonly failure: Failure }
  | { readonly kind: "done" };

export const MOST_TRIED = 20;
// The server takes 1 MiB; characters may have several bytes.
const MOST_CHARACTERS = 250_000;

type Pause = (milliseconds: number, signal: AbortSignal) => Promise<void>;

function isObject(sample: string): boolean {
  return readJson(sample)?.kind === "object";
}

export class DryRun {
  private readonly shown = signal<readonly RecentSample[]>([]);
  private readonly now = signal<DryRunState>({ kind: "done" });
  private running = new AbortController();
  // Of the call before, which takes a moment to end.
  private ended: Promise<void> = Promise.resolve();
  private source: DryRunSource | undefined;
  private count = 0;

  constructor(
    private readonly application: string,
    private readonly call: TryCall,
    // For tests.
    private readonly pause: Pause = sleep,
  ) {}

  // Newest first.
  get samples(): ReadonlySignal<readonly RecentSample[]> {
    return this.shown;
  }

  get state(): ReadonlySignal<DryRunState> {
    return this.now;
  }

  // Ends what runs, and begins when that has ended. Of the same source the samples stay, until they have been tried again.
  run(source: DryRunSource, rules: SeriesRules): Promise<void> {
    this.stop();
    this.running = new AbortController();
    const { signal } = this.running;
    const isSame = JSON.stringify(source) === JSON.stringify(this.source);
    this.source = source;
    if (!isSame) this.shown.value = [];
    this.now.value = { kind: "trying" };
    this.ended = this.ended.then(() =>
      signal.aborted ? undefined : this.begin(source, rules, signal),
    );
    return this.ended;
  }

  private begin(source: DryRunSource, rules: SeriesRules, signal: AbortSignal): Promise<void> {
    if (source.kind === "next") return this.listen(source.endpointId, rules, signal);
    if (source.kind === "rejected") {
      const value = { endpointId: source.endpointId, limit: MOST_TRIED };
      return this.once(this.request(rules, { case: "rejected", value }), signal);
    }
    return this.once(this.request(rules, given(source.text)), signal);
  }

  stop(): void {
    this.running.abort();
    this.now.value = { kind: "done" };
  }

  private request(rules: SeriesRules, source: TrialSource): TrySeriesRulesRequest {
    return create(TrySeriesRulesRequestSchema, {
      applicationName: this.application,
      seriesRules: rules,
      source,
    });
  }

  private async once(request: TrySeriesRulesRequest, signal: AbortSignal): Promise<void> {
    const all: TriedSample[] = [];
    const done = await this.collect(request, all, signal);
    if (!done) return;
    this.shown.value = all.slice(0, MOST_TRIED).map((tried) => this.numbered(tried));
    this.now.value = { kind: "done" };
  }

  // False: it failed, which is told, or was ended. A call that may be repeated is.
  private async collect(
    request: TrySeriesRulesRequest,
    all: TriedSample[],
    signal: AbortSignal,
  ): Promise<boolean> {
    for (let attempt = 0; !signal.aborted; attempt += 1) {
      try {
        all.length = 0;
        for await (const tried of this.call(request, signal)) all.push(tried);
        return !signal.aborted;
      } catch (thrown) {
        if (signal.aborted) return false;
        const failure = toFailure(thrown);
        if (failure.kind === "unauthenticated") sessionEnded();
        if (failure.kind !== "temporary") {
          this.now.value = { kind: "failed", failure };
          return false;
        }
        this.now.value = { kind: "broken", failure };
        await this.pause(pauseMs(attempt, failure, Math.random), signal);
      }
    }
    return false;
  }

  private async listen(endpointId: string, rules: SeriesRules, signal: AbortSignal): Promise<void> {
    if (!(await this.tryAgain(rules, signal))) return;
    const request = nextSamplesRequest(this.application, endpointId, rules);
    const told = (state: DryRunState) => {
      if (!signal.aborted) this.now.value = state;
    };
    await followStream({
      open: (_token, ending) => samplesAsTheyCome(this.call, request, ending),
      onMessage: ({ tried }) => {
        this.shown.value = bounded([this.numbered(tried), ...this.shown.value], MOST_TRIED);
      },
      onState: (state) => {
        if (state.kind === "broken" || state.kind === "failed") {
          if (state.failure.kind === "unauthenticated") sessionEnded();
          told({ kind: state.kind, failure: state.failure });
        } else told({ kind: "listening" });
      },
      signal,
      pause: this.pause,
    });
  }

  // What was no object, or no JSON, would be the same under any rules.
  private async tryAgain(rules: SeriesRules, signal: AbortSignal): Promise<boolean> {
    const objects = this.shown.value.filter(({ tried }) => isObject(tried.sample));
    const again = bounded(objects, MOST_TRIED, MOST_CHARACTERS);
    if (again.length === 0) return true;
    const text = `[${again.map(({ tried }) => tried.sample).join(",")}]`;
    const all: TriedSample[] = [];
    if (!(await this.collect(this.request(rules, given(text)), all, signal))) return false;
    this.shown.value = again.map((sample, index) => {
      const tried = all[index];
      return tried ? { id: sample.id, tried: withOrigin(tried, sample.tried) } : sample;
    });
    return true;
  }

  private numbered(tried: TriedSample): RecentSample {
    this.count += 1;
    return { id: this.count, tried };
  }
}

function given(text: string): TrialSource {
  return { case: "given", value: { dataSamples: new TextEncoder().encode(text) } };
}
