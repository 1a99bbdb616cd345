// SPDX-License-Identifier: Apache-2.0
//
// Figures of the last minutes, from what Query.Diagnose answered: counts become rates between two answers. Pure.
import type { Ledger } from "../gen/millrace/query/v1/diagnosis_pb";

export const maxReadings = 60;

export interface Reading {
  // Monotonic, of this page.
  readonly atMs: number;
  // Nothing: it could not be read.
  readonly ledger: Ledger | undefined;
}

// Per second.
export interface Rates {
  readonly messages: number;
  readonly stored: number;
  readonly rejected: number;
}

export function withReading(readings: readonly Reading[], reading: Reading): readonly Reading[] {
  return [...readings, reading].slice(-maxReadings);
}

// Nothing: one of them has no ledger, or another was begun in between (its counts start anew).
export function ratesBetween(before: Reading, after: Reading): Rates | undefined {
  const [old, now] = [before.ledger, after.ledger];
  const seconds = (after.atMs - before.atMs) / 1000;
  if (!old || !now || seconds <= 0) return undefined;
  const isSame = old.since?.seconds === now.since?.seconds && old.since?.nanos === now.since?.nanos;
  const rate = (from: bigint, to: bigint): number => Number(to - from) / seconds;
  const rates = {
    messages: rate(old.messagesReceived, now.messagesReceived),
    stored: rate(old.samplesStored, now.samplesStored),
    rejected: rate(old.samplesRejected, now.samplesRejected),
  };
  const isBackwards = rates.messages < 0 || rates.stored < 0 || rates.rejected < 0;
  return isSame && !isBackwards ? rates : undefined;
}

// Between each two answers; one less than there are readings.
export function ratesOf(readings: readonly Reading[]): readonly (Rates | undefined)[] {
  return readings.slice(1).map((reading, index) => {
    const before = readings[index];
    return before ? ratesBetween(before, reading) : undefined;
  });
}

export type LedgerState = "balanced" | "inFlight" | "missing" | "unknown";

// `unknown`: the stream could not be read, or the ledger is of another one: ended and nothing received.
export function ledgerState(ledger: Ledger | undefined): LedgerState {
  if (!ledger) return "unknown";
  if (ledger.difference !== 0n) return "missing";
  if (ledger.messagesReceived < ledger.messagesEnded) return "unknown";
  return ledger.messagesInFlight > 0n ? "inFlight" : "balanced";
}
