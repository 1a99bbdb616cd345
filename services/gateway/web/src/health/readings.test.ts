// SPDX-License-Identifier: Apache-2.0
import { create } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import { LedgerSchema } from "../gen/millrace/query/v1/diagnosis_pb";
import { rejectedLinkOf } from "./finding_link";
import {
  ledgerState,
  maxReadings,
  ratesBetween,
  ratesOf,
  withReading,
  type Reading,
} from "./readings";
import { sparklinePath } from "./sparkline";

function reading(atMs: number, received: number, stored: number, since = 1): Reading {
  return {
    atMs,
    ledger: create(LedgerSchema, {
      since: { seconds: BigInt(since) },
      messagesReceived: BigInt(received),
      messagesEnded: BigInt(received),
      samplesStored: BigInt(stored),
    }),
  };
}
const unknown: Reading = { atMs: 10_000, ledger: undefined };

describe("rates", () => {
  it("are differences by seconds", () => {
    expect(ratesBetween(reading(0, 100, 1000), reading(5000, 150, 3000))).toEqual({
      messages: 10,
      stored: 400,
      rejected: 0,
    });
  });

  it.each([
    ["of a ledger that was begun anew", reading(0, 100, 100), reading(5000, 200, 200, 2)],
    ["of counts that went down", reading(0, 100, 100), reading(5000, 90, 100)],
    ["of answers at one moment", reading(0, 1, 1), reading(0, 2, 2)],
    ["without a ledger", reading(0, 1, 1), unknown],
  ])("are not known %s", (_what, before, after) => {
    expect(ratesBetween(before, after)).toBeUndefined();
  });

  it("have one less than readings, with gaps", () => {
    const rates = ratesOf([reading(0, 0, 0), reading(5000, 5, 5), unknown]);
    expect(rates.map((rate) => rate?.messages)).toEqual([1, undefined]);
    expect(ratesOf([])).toEqual([]);
  });

  it("keeps the newest readings", () => {
    let readings: readonly Reading[] = [];
    for (let i = 0; i < maxReadings + 3; i += 1) readings = withReading(readings, reading(i, 0, 0));
    expect(readings).toHaveLength(maxReadings);
    expect(readings[0]?.atMs).toBe(3);
  });
});

describe("ledgerState", () => {
  it.each([
    [{ messagesReceived: 5n, messagesEnded: 5n }, "balanced"],
    [{ messagesReceived: 5n, messagesEnded: 4n, messagesInFlight: 1n }, "inFlight"],
    [{ messagesReceived: 5n, messagesEnded: 4n, difference: 1n }, "missing"],
    [{ messagesReceived: 0n, messagesEnded: 4n }, "unknown"],
  ])("of %o", (ledger, state) => {
    expect(ledgerState(create(LedgerSchema, ledger))).toBe(state);
  });
  it("is unknown without one", () => {
    expect(ledgerState(undefined)).toBe("unknown");
  });
});

describe("sparklinePath", () => {
  it("ends at the right and leaves gaps", () => {
    expect(sparklinePath([0, 10, undefined, 5], 40, 20, 5)).toBe("M10 20L20 0M40 10");
  });
  it("is at the bottom where all is 0, and nothing without figures", () => {
    expect(sparklinePath([0, 0], 10, 20, 2)).toBe("M0 20L10 20");
    expect(sparklinePath([], 10, 20, 2)).toBe("");
  });
});

describe("rejectedLinkOf", () => {
  it("reads the command of a finding", () => {
    expect(rejectedLinkOf("millrace rejected list --app demo --endpoint a.b~1")).toEqual({
      application: "demo",
      endpointId: "a.b~1",
    });
  });
  it("leaves other texts alone", () => {
    expect(rejectedLinkOf("start epts")).toBeUndefined();
    expect(rejectedLinkOf("millrace rejected list --app x --endpoint y; rm z")).toBeUndefined();
  });
});
