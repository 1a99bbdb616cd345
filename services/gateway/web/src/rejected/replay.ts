// SPDX-License-Identifier: Apache-2.0
//
// Sends all rejected samples of a filter through extraction once more, page by page. A page that failed is asked for again:
// to replay twice has the effect of once.

export interface ReplayAnswer {
  readonly replayed: bigint;
  readonly cut: bigint;
  readonly nextPageToken: string;
}

export interface ReplayProgress {
  readonly replayed: number;
  // Left alone: only the beginning of the sample was kept.
  readonly cut: number;
  readonly pages: number;
}

export type ReplayState =
  | { readonly kind: "running"; readonly progress: ReplayProgress }
  | { readonly kind: "retrying"; readonly progress: ReplayProgress; readonly error: unknown }
  | { readonly kind: "done"; readonly progress: ReplayProgress }
  // What was replayed stays so.
  | { readonly kind: "stopped"; readonly progress: ReplayProgress }
  | { readonly kind: "failed"; readonly progress: ReplayProgress; readonly error: unknown };

export interface Replay {
  page(token: string, signal: AbortSignal): Promise<ReplayAnswer>;
  onState(state: ReplayState): void;
  // Nothing: to repeat the page would not help. `failures`: of this page, from 1.
  retryAfter(error: unknown, failures: number): number | undefined;
  wait(milliseconds: number, signal: AbortSignal): Promise<void>;
}

const maxFailures = 8;

// Never throws.
export async function replayAll(replay: Replay, signal: AbortSignal): Promise<void> {
  let progress: ReplayProgress = { replayed: 0, cut: 0, pages: 0 };
  let token = "";
  let failures = 0;
  replay.onState({ kind: "running", progress });
  while (!signal.aborted) {
    try {
      const answer = await replay.page(token, signal);
      failures = 0;
      progress = {
        replayed: progress.replayed + Number(answer.replayed),
        cut: progress.cut + Number(answer.cut),
        pages: progress.pages + 1,
      };
      token = answer.nextPageToken;
      if (token === "") return replay.onState({ kind: "done", progress });
      replay.onState({ kind: "running", progress });
    } catch (error) {
      if (signal.aborted) break;
      failures += 1;
      const retryMs = failures > maxFailures ? undefined : replay.retryAfter(error, failures);
      if (retryMs === undefined) return replay.onState({ kind: "failed", progress, error });
      replay.onState({ kind: "retrying", progress, error });
      await replay.wait(retryMs, signal);
    }
  }
  replay.onState({ kind: "stopped", progress });
}
