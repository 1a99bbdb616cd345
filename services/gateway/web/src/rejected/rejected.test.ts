// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { everything, filterOf, fromSeconds, isFiltered, queryOf } from "./filter";
import { replayAll, type ReplayAnswer, type ReplayState } from "./replay";

describe("filter", () => {
  it("goes into the address and back", () => {
    const filter = { endpointId: "a&b", reason: "wrong_type", age: "1d" } as const;
    expect(filterOf(new URLSearchParams(queryOf(filter).toString()))).toEqual(filter);
  });
  it("leaves out what is not chosen and keeps what is not its own", () => {
    const query = queryOf(everything, new URLSearchParams("reason=x&zone=UTC"));
    expect(query.toString()).toBe("zone=UTC");
  });
  it("does not take an age that does not exist", () => {
    expect(filterOf(new URLSearchParams("age=toString")).age).toBe("");
  });
  it("counts back from now", () => {
    expect(fromSeconds({ ...everything, age: "1h" }, 7_200_999)).toBe(3_600);
    expect(fromSeconds(everything, 7_200_999)).toBeUndefined();
    expect(isFiltered(everything)).toBe(false);
  });
});

// Answers one page after another; what is no page is thrown.
async function replayed(pages: readonly (ReplayAnswer | Error)[], stopAfter = Infinity) {
  const states: ReplayState[] = [];
  const tokens: string[] = [];
  const stopping = new AbortController();
  await replayAll(
    {
      page: async (token) => {
        tokens.push(token);
        const page = pages[tokens.length - 1];
        if (tokens.length >= stopAfter) stopping.abort();
        if (page === undefined || page instanceof Error) throw page ?? new Error("no more pages");
        return page;
      },
      onState: (state) => states.push(state),
      retryAfter: (error) => (String(error).includes("away") ? 1 : undefined),
      wait: async () => undefined,
    },
    stopping.signal,
  );
  return { states, tokens, last: states[states.length - 1] };
}

describe("replayAll", () => {
  const first = { replayed: 1000n, cut: 1n, nextPageToken: "2" };
  const last = { replayed: 5n, cut: 0n, nextPageToken: "" };

  it("goes through all pages and adds up", async () => {
    const { last: end, tokens } = await replayed([first, last]);
    expect(tokens).toEqual(["", "2"]);
    expect(end).toEqual({ kind: "done", progress: { replayed: 1005, cut: 1, pages: 2 } });
  });

  it("asks for the same page again after a failure that may pass", async () => {
    const { tokens, states } = await replayed([first, new Error("away"), last]);
    expect(tokens).toEqual(["", "2", "2"]);
    expect(states.map((state) => state.kind)).toEqual(["running", "running", "retrying", "done"]);
  });

  it("gives up in the end, and says how far it came", async () => {
    const away = Array<Error>(20).fill(new Error("away"));
    const { last: end, tokens } = await replayed([first, ...away]);
    expect(tokens).toHaveLength(10);
    expect(end).toMatchObject({ kind: "failed", progress: { replayed: 1000 } });
  });

  it("ends at once with what is wrong, and when it is stopped", async () => {
    expect((await replayed([new Error("denied")])).last?.kind).toBe("failed");
    const stopped = await replayed([first, first, last], 2);
    expect(stopped.last).toMatchObject({ kind: "stopped", progress: { pages: 2 } });
  });
});
