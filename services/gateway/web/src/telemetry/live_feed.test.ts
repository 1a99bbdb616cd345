// SPDX-License-Identifier: Apache-2.0
import { create } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { SubscribeResponseSchema, type SubscribeResponse } from "../gen/millrace/query/v1/query_pb";
import { LiveFeed } from "./live_feed";

function points(series: string, resumeToken = ""): SubscribeResponse {
  return create(SubscribeResponseSchema, {
    kind: { case: "dataPoints", value: { timeSeriesName: series } },
    resumeToken,
  });
}

function caughtUp(seconds: number): SubscribeResponse {
  return create(SubscribeResponseSchema, {
    kind: { case: "caughtUp", value: { at: { seconds: BigInt(seconds) } } },
  });
}

const NOW = Date.UTC(2026, 0, 1);

beforeEach(() => vi.useFakeTimers({ now: NOW }));
afterEach(() => vi.useRealTimers());

// Streams one after the other; each ends with an error.
function feedOf(...streams: SubscribeResponse[][]) {
  const tokens: string[] = [];
  const feed = new LiveFeed(async function* (token, abort) {
    tokens.push(token);
    yield* streams[tokens.length - 1] ?? [];
    if (tokens.length < streams.length) throw new ConnectError("away", Code.Unavailable);
    await new Promise((resolve) => abort.addEventListener("abort", resolve));
  });
  return { feed, tokens };
}

describe("LiveFeed", () => {
  it("tells all who listen, until they no longer do", async () => {
    const { feed } = feedOf([points("a"), points("b")]);
    const heard: string[] = [];
    feed.listen(({ timeSeriesName }) => heard.push(`1 ${timeSeriesName}`));
    feed.listen(({ timeSeriesName }) => heard.push(`2 ${timeSeriesName}`))();
    feed.start();
    await feed.live;
    await vi.advanceTimersByTimeAsync(0);
    expect(heard).toEqual(["1 a", "1 b"]);
    expect(feed.state.value.kind).toBe("live");
    feed.close();
  });

  it("goes on where it was interrupted", async () => {
    const { feed, tokens } = feedOf([points("a", "t1"), points("b")], [points("c")]);
    const heard: string[] = [];
    feed.listen(({ timeSeriesName }) => heard.push(timeSeriesName));
    feed.start();
    await vi.advanceTimersByTimeAsync(0);
    expect(feed.state.value.kind).toBe("broken");
    await vi.advanceTimersByTimeAsync(20_000);
    expect(tokens).toEqual(["", "t1"]);
    expect(heard).toEqual(["a", "b", "c"]);
    feed.close();
  });

  it("goes by the server's clock where that is another one", () => {
    const { feed } = feedOf();
    feed.heardAt(new Date(NOW + 90_000).toUTCString());
    expect(feed.now()).toBe(NOW + 90_500);
    feed.heardAt(new Date(NOW - 90_000).toUTCString());
    expect(feed.now()).toBe(NOW - 89_500);
    feed.heardAt(null);
    expect(feed.now()).toBe(NOW - 89_500);
    feed.heardAt(new Date(NOW + 1000).toUTCString());
    expect(feed.now()).toBe(NOW);
  });

  it("knows that it is not earlier than what has been sent, and no more from that", async () => {
    const { feed } = feedOf([caughtUp(NOW / 1000 - 10), caughtUp(NOW / 1000 + 90)]);
    feed.start();
    await vi.advanceTimersByTimeAsync(0);
    expect(feed.now()).toBe(NOW + 90_000);
    feed.close();
    const { feed: late } = feedOf([caughtUp(NOW / 1000 - 10)]);
    late.start();
    await vi.advanceTimersByTimeAsync(0);
    expect(late.now()).toBe(NOW);
    late.close();
  });
});
