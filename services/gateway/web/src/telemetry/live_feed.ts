// SPDX-License-Identifier: Apache-2.0
//
// What is stored while a page is open, for everything on that page: one Query.Subscribe call, however many charts, tiles and
// maps listen. A browser has only six connections to a host. Nothing is queued here: who listens puts points where they belong
// at once, and draws later.

import { signal, type ReadonlySignal } from "@preact/signals";
import { query } from "../api/clients";
import { followStream, type StreamState } from "../api/stream";
import type { DataPointsChunk, SubscribeResponse } from "../gen/millrace/query/v1/query_pb";
import { toMs } from "../format/time";

// Clocks of a browser and a server that differ by less are taken as equal.
const CLOCK_TOLERANCE_MS = 2000;

type Open = (
  resumeToken: string,
  abort: AbortSignal,
) => AsyncIterable<SubscribeResponse & { resumeToken: string }>;
export type FeedListener = (chunk: DataPointsChunk) => void;

export class LiveFeed {
  private readonly listeners = new Set<FeedListener>();
  private readonly abort = new AbortController();
  private readonly stateNow = signal<StreamState>({ kind: "connecting" });
  private offsetMs = 0;
  private readonly firstLive: Promise<void>;
  private sayFirstLive: () => void = () => {};

  constructor(private readonly open: Open) {
    this.firstLive = new Promise((resolve) => (this.sayFirstLive = resolve));
  }

  get state(): ReadonlySignal<StreamState> {
    return this.stateNow;
  }

  // When the feed first delivers: what is stored after that comes through it.
  get live(): Promise<void> {
    return this.firstLive;
  }

  // Milliseconds since 1970 by the server's clock, as far as it has told.
  now(): number {
    return Date.now() + this.offsetMs;
  }

  start(): void {
    void followStream<SubscribeResponse>({
      open: this.open,
      signal: this.abort.signal,
      onState: (state) => {
        const before = this.stateNow.peek();
        if (before.kind !== state.kind || state.kind === "broken") this.stateNow.value = state;
      },
      onMessage: (message) => this.take(message),
    });
  }

  // What it gives ends listening.
  listen(listener: FeedListener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  close(): void {
    this.abort.abort();
    this.listeners.clear();
  }

  // What the answer's field Date says: seconds, so a small difference says nothing.
  heardAt(date: string | null): void {
    const ahead = Date.parse(date ?? "") + 500 - Date.now();
    if (!Number.isNaN(ahead)) this.offsetMs = Math.abs(ahead) > CLOCK_TOLERANCE_MS ? ahead : 0;
  }

  private take(message: SubscribeResponse): void {
    this.sayFirstLive();
    if (message.kind.case === "caughtUp") {
      // Up to there everything was sent: the server's clock shows at least that.
      const at = toMs(message.kind.value.at);
      if (at !== undefined && at - this.now() > CLOCK_TOLERANCE_MS) this.offsetMs = at - Date.now();
    }
    if (message.kind.case !== "dataPoints") return;
    for (const listener of this.listeners) listener(message.kind.value);
  }
}

// Started. Empty lists: all endpoints, all series.
export function openFeed(
  applicationName: string,
  endpointIds: string[],
  timeSeriesNames: string[],
): LiveFeed {
  const feed: LiveFeed = new LiveFeed((resumeToken, signal) =>
    query.subscribe(
      { applicationName, endpointIds, timeSeriesNames, resumeToken },
      { signal, onHeader: (headers) => feed.heardAt(headers.get("date")) },
    ),
  );
  feed.start();
  return feed;
}
