// SPDX-License-Identifier: Apache-2.0
import { Code, ConnectError } from "@connectrpc/connect";
import { describe, expect, it } from "vitest";

import { followStream, pauseMs, type StreamState } from "./stream";

interface Message {
  number: number;
  resumeToken?: string;
}

async function* answer(messages: Message[], end?: unknown): AsyncIterable<Message> {
  yield* messages;
  if (end !== undefined) throw end;
}

// Opens one after the other; the last one ends the test's view.
function follow(answers: (() => AsyncIterable<Message>)[], endless = true) {
  const leave = new AbortController();
  const tokens: string[] = [];
  const pauses: number[] = [];
  const numbers: number[] = [];
  const states: StreamState["kind"][] = [];
  const done = followStream<Message>({
    open: (token) => {
      tokens.push(token);
      const next = answers[tokens.length - 1];
      if (next === undefined) {
        leave.abort();
        return answer([]);
      }
      return next();
    },
    onMessage: (message) => numbers.push(message.number),
    onState: (state) => states.push(state.kind),
    signal: leave.signal,
    endless,
    pause: async (ms) => void pauses.push(ms),
    random: () => 1,
  });
  return { done, tokens, pauses, numbers, states };
}

const away = () => new ConnectError("away", Code.Unavailable);

describe("followStream", () => {
  it("goes on behind the last message that had a resume token", async () => {
    const followed = follow([
      () => answer([{ number: 1, resumeToken: "a" }, { number: 2 }], away()),
      () => answer([{ number: 3 }], away()),
    ]);
    await followed.done;
    expect(followed.tokens).toEqual(["", "a", "a"]);
    expect(followed.numbers).toEqual([1, 2, 3]);
    expect(followed.states).toContain("broken");
  });

  it("pauses longer after each failure, and briefly again after a success", async () => {
    const followed = follow([
      () => answer([], away()),
      () => answer([], away()),
      () => answer([], away()),
      () => answer([{ number: 1 }], away()),
    ]);
    await followed.done;
    expect(followed.pauses).toEqual([500, 1000, 2000, 500]);
  });

  it("does not repeat what is wrong or not allowed", async () => {
    const followed = follow([
      () => answer([], new ConnectError("no", Code.PermissionDenied)),
      () => answer([]),
    ]);
    await followed.done;
    expect(followed.tokens).toHaveLength(1);
    expect(followed.states.at(-1)).toBe("failed");
  });

  it("stays ended where an end is expected", async () => {
    const followed = follow([() => answer([{ number: 1 }])], false);
    await followed.done;
    expect(followed.states.at(-1)).toBe("ended");
    expect(followed.tokens).toHaveLength(1);
  });
});

describe("pauseMs", () => {
  it("is bounded", () => {
    expect(pauseMs(1000, undefined, () => 1)).toBe(15_000);
    expect(pauseMs(0, undefined, () => 0)).toBe(250);
  });

  it("is at least what the server asks for, up to a minute", () => {
    const asked = (retryAfterMs: number) =>
      pauseMs(0, { kind: "temporary", code: Code.Unavailable, message: "", retryAfterMs }, () => 1);
    expect(asked(4000)).toBe(4000);
    expect(asked(3_600_000)).toBe(60_000);
  });
});
