// SPDX-License-Identifier: Apache-2.0
//
// The newest samples, newest first, as many as a page can hold. While it is paused the list stands still and what comes is
// kept beside it, bounded as well. Values are never changed, only replaced.
import type { TriedSample } from "../gen/millrace/query/v1/query_pb";

export const maxSamples = 200;
// Of text: a sample may have a megabyte.
export const maxCharacters = 8 << 20;

export interface RecentSample {
  // Grows by one with each sample.
  readonly id: number;
  readonly tried: TriedSample;
}

export interface RecentSamples {
  readonly shown: readonly RecentSample[];
  readonly isPaused: boolean;
  // Came while paused.
  readonly held: readonly RecentSample[];
  // Came at all, also those that have been dropped.
  readonly count: number;
}

export const noSamples: RecentSamples = { shown: [], isPaused: false, held: [], count: 0 };

// The newest one stays however large it is.
export function bounded(
  samples: readonly RecentSample[],
  most = maxSamples,
  characters = maxCharacters,
): readonly RecentSample[] {
  let room = characters;
  const fits = samples.findIndex((sample, index) => {
    room -= sample.tried.sample.length;
    return index >= most || (index > 0 && room < 0);
  });
  return fits < 0 ? samples : samples.slice(0, fits);
}

export function withSample(samples: RecentSamples, tried: TriedSample): RecentSamples {
  const count = samples.count + 1;
  const sample = { id: count, tried };
  if (samples.isPaused) return { ...samples, count, held: bounded([sample, ...samples.held]) };
  return { ...samples, count, shown: bounded([sample, ...samples.shown]) };
}

export function paused(samples: RecentSamples, isPaused: boolean): RecentSamples {
  if (isPaused === samples.isPaused) return samples;
  if (isPaused) return { ...samples, isPaused };
  return { ...samples, isPaused, held: [], shown: bounded([...samples.held, ...samples.shown]) };
}

export type SampleChoice = "all" | "rejected" | "empty";

// `search`: in the sample's text or the name of a series it gave, whatever the case of letters.
export function matches(tried: TriedSample, choice: SampleChoice, search: string): boolean {
  if (choice === "rejected" && tried.rejections.length === 0) return false;
  const isEmpty = tried.dataPoints.length === 0 && tried.rejections.length === 0;
  if (choice === "empty" && !isEmpty) return false;
  const wanted = search.trim().toLowerCase();
  return (
    wanted === "" ||
    tried.sample.toLowerCase().includes(wanted) ||
    tried.dataPoints.some((point) => point.timeSeriesName.toLowerCase().includes(wanted))
  );
}
