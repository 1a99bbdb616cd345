// SPDX-License-Identifier: Apache-2.0
//
// The newest value of each line: asked for once, then kept up to date by the feed. Whoever shows them is told at most some
// times a second.
import { signal, type ReadonlySignal } from "@preact/signals";

import { query } from "../api/clients";
import { toFailure, type Failure } from "../api/failure";
import { toMs } from "../format/time";
import { forEachPoint } from "./chunk_points";
import { lineKey } from "./lines";
import type { PointValue } from "./line_store";
import type { LiveFeed } from "./live_feed";

const TELL_MS = 250;
// Values kept at most: a page shows far fewer.
const VALUES_MAX = 20_000;

export interface LastValue {
  time: number;
  value: PointValue;
}

export interface LastValuesOf {
  applicationName: string;
  // Empty: all of the application.
  endpointIds: string[];
  // Empty: all.
  timeSeriesNames: string[];
}

export class LastValues {
  private readonly values = new Map<string, LastValue>();
  private readonly roundNow = signal(0);
  private readonly failureNow = signal<Failure | undefined>(undefined);
  private readonly loadedNow = signal(false);
  private readonly abort = new AbortController();
  private timer: ReturnType<typeof setTimeout> | undefined;
  private readonly stopListening: () => void;

  constructor(feed: Pick<LiveFeed, "listen">) {
    this.stopListening = feed.listen((chunk) => {
      forEachPoint(chunk, (key, time, value) => this.take(key, time, value));
    });
  }

  // Read it to be told of changes.
  get round(): ReadonlySignal<number> {
    return this.roundNow;
  }

  get failure(): ReadonlySignal<Failure | undefined> {
    return this.failureNow;
  }

  get loaded(): ReadonlySignal<boolean> {
    return this.loadedNow;
  }

  get(key: string): LastValue | undefined {
    return this.values.get(key);
  }

  async load(of: LastValuesOf): Promise<void> {
    this.failureNow.value = undefined;
    try {
      const answer = await query.getLastDataPoints(of, { signal: this.abort.signal });
      for (const point of answer.dataPoints) {
        for (const { name, kind } of point.values) {
          if (kind.case === undefined || point.timestamp === undefined) continue;
          const { endpointId, timeSeriesName: series } = point;
          this.take(
            lineKey({ endpointId, series, value: name }),
            toMs(point.timestamp),
            kind.value,
          );
        }
      }
      this.loadedNow.value = true;
    } catch (thrown) {
      if (!this.abort.signal.aborted) this.failureNow.value = toFailure(thrown);
    }
  }

  // A point older than the newest says nothing; one of the same instant is a correction.
  take(key: string, time: number, value: PointValue): void {
    const known = this.values.get(key);
    if (known !== undefined && known.time > time) return;
    if (known === undefined && this.values.size >= VALUES_MAX) return;
    if (known === undefined) this.values.set(key, { time, value });
    else {
      known.time = time;
      known.value = value;
    }
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      this.roundNow.value += 1;
    }, TELL_MS);
  }

  close(): void {
    this.abort.abort();
    clearTimeout(this.timer);
    this.stopListening();
  }
}
