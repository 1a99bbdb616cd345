// SPDX-License-Identifier: Apache-2.0
import { create } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { DataPointsChunkSchema, ValueType } from "../gen/millrace/query/v1/query_pb";
import { ChartController } from "./chart_controller";
import type { PictureRequest } from "./chart_query";
import type { Picture } from "./line_store";
import { lineKey } from "./lines";
import type { FeedListener } from "./live_feed";
import { HOUR_MS } from "./view";

const NOW = Date.UTC(2026, 5, 1);
const id = { endpointId: "e", series: "s", value: "value" };
const key = lineKey(id);
const LINE = { ...id, key, type: "number" as const };

// A server that answers when it is told to.
class Server {
  readonly asked: PictureRequest[] = [];
  private answers: ((of: Map<string, Picture> | Error) => void)[] = [];

  load = (request: PictureRequest, abort: AbortSignal): Promise<Map<string, Picture>> => {
    this.asked.push(request);
    return new Promise((resolve, reject) => {
      abort.addEventListener("abort", () => reject(new ConnectError("left", Code.Canceled)));
      this.answers.push((answer) => (answer instanceof Error ? reject(answer) : resolve(answer)));
    });
  };

  async answer(times: number[], stepMs = 0, points = times.length): Promise<void> {
    const picture = { times, values: times.map(() => 1), stepMs, points };
    await this.say(new Map([[key, picture]]));
  }

  async say(answer: Map<string, Picture> | Error): Promise<void> {
    this.answers.pop()?.(answer);
    await vi.advanceTimersByTimeAsync(0);
  }
}

let server: Server;
let controller: ChartController;
let listener: FeedListener = () => {};
let goLive: () => void = () => {};
let changes = 0;

function live(time: number, value: number): void {
  listener(
    create(DataPointsChunkSchema, {
      endpointId: "e",
      timeSeriesName: "s",
      timestampsUs: [BigInt(time) * 1000n],
      columns: [{ name: "value", type: ValueType.NUMBER, numbers: [value] }],
    }),
  );
}

function times(): number[] {
  return Array.from(controller.store.line(key)!.points.times);
}

const fixed = (from: number, to: number) => ({ kind: "fixed" as const, from, to });

beforeEach(() => {
  vi.useFakeTimers({ now: NOW });
  server = new Server();
  changes = 0;
  controller = new ChartController({
    applicationName: "app",
    feed: {
      now: () => Date.now(),
      listen: (take) => {
        listener = take;
        return () => {
          listener = () => {};
        };
      },
      live: new Promise((resolve) => (goLive = resolve)),
    },
    onChange: () => (changes += 1),
    load: server.load,
  });
});

afterEach(() => {
  controller.close();
  vi.useRealTimers();
});

describe("ChartController", () => {
  it("fetches the last hour with something beside it, four points a pixel", async () => {
    controller.setWidth(500);
    controller.setLines([LINE]);
    const [request] = server.asked;
    expect(request!.span.from).toBe(NOW - 1.25 * HOUR_MS);
    expect(request!.span.to).toBe(NOW + 1000);
    expect(request!.maxPoints).toBeCloseTo(2500, -1);
    await server.answer([NOW - 1000]);
    expect(controller.pictures.value).toBe(1);
    expect(controller.loading.value).toBe(false);
    expect(times()).toEqual([NOW - 1000]);
  });

  it("does not ask twice for what is on its way", async () => {
    controller.setLines([LINE]);
    controller.setWidth(700);
    controller.setRange({ kind: "last", ms: HOUR_MS });
    await vi.advanceTimersByTimeAsync(1000);
    expect(server.asked).toHaveLength(1);
  });

  it("asks once more when the feed begins after the picture: points between would be missing", async () => {
    controller.setLines([LINE]);
    await server.answer([]);
    goLive();
    await vi.advanceTimersByTimeAsync(1000);
    expect(server.asked).toHaveLength(2);
  });

  it("does not where the feed was there first", async () => {
    goLive();
    await vi.advanceTimersByTimeAsync(1000);
    expect(server.asked).toHaveLength(0);
    controller.setLines([LINE]);
    await server.answer([]);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(server.asked).toHaveLength(1);
  });

  it("goes on with live points and lets go of what slides out", async () => {
    controller.setLines([LINE]);
    await server.answer([NOW - HOUR_MS, NOW - HOUR_MS / 2]);
    live(NOW + 500, 5);
    expect(times()).toHaveLength(3);
    expect(changes).toBeGreaterThan(0);
    vi.setSystemTime(NOW + HOUR_MS);
    controller.slide();
    expect(times()).toEqual([NOW - HOUR_MS / 2, NOW + 500]);
  });

  it("keeps the old picture until the new one is there, after the hand has come to rest", async () => {
    controller.setLines([LINE]);
    await server.answer([NOW - 1000, NOW - 500], 100, 1e6);
    for (let i = 1; i <= 5; i += 1) {
      controller.setRange(fixed(NOW - HOUR_MS / (2 * i), NOW));
      await vi.advanceTimersByTimeAsync(50);
    }
    expect(server.asked).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(200);
    expect(server.asked).toHaveLength(2);
    expect(times()).toHaveLength(2);
    await server.answer([NOW - 700]);
    expect(times()).toEqual([NOW - 700]);
  });

  it("zooms into what is all there without asking", async () => {
    controller.setLines([LINE]);
    await server.answer([NOW - 1000, NOW - 500], 0);
    controller.setRange(fixed(NOW - 60_000, NOW - 1000));
    await vi.advanceTimersByTimeAsync(1000);
    expect(server.asked).toHaveLength(1);
  });

  it("asks when the picture is moved out of what is there", async () => {
    controller.setLines([LINE]);
    await server.answer([]);
    controller.setRange(fixed(NOW - 5 * HOUR_MS, NOW - 4 * HOUR_MS));
    await vi.advanceTimersByTimeAsync(1000);
    expect(server.asked).toHaveLength(2);
    await server.answer([]);
    // Live points do not belong to a picture of another time.
    live(NOW, 1);
    expect(times()).toEqual([]);
  });

  it("does not ask for ever where the server's parts are longer than pixels", async () => {
    controller.setLines([LINE]);
    await server.answer([NOW - 1000], HOUR_MS, 1e9);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(server.asked).toHaveLength(1);
  });

  it("fetches anew when the live tail has grown long", async () => {
    controller.setLines([LINE]);
    await server.answer([]);
    for (let i = 0; i < 8001; i += 1) live(NOW + i, i);
    await vi.advanceTimersByTimeAsync(1000);
    expect(server.asked).toHaveLength(2);
  });

  it("says what went wrong, keeps the picture, and tries again where that may help", async () => {
    controller.setLines([LINE]);
    await server.answer([NOW - 1000]);
    controller.retry();
    await server.say(new ConnectError("PostgreSQL is away", Code.Unavailable));
    expect(controller.failure.value?.message).toBe("PostgreSQL is away");
    expect(times()).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(5000);
    expect(server.asked).toHaveLength(3);
    await server.answer([NOW - 1000]);
    expect(controller.failure.value).toBeUndefined();
  });

  it("does not repeat what is refused", async () => {
    controller.setLines([LINE]);
    await server.say(new ConnectError("no such application", Code.NotFound));
    await vi.advanceTimersByTimeAsync(60_000);
    expect(server.asked).toHaveLength(1);
  });

  it("is silent when it is closed", async () => {
    controller.setLines([LINE]);
    controller.close();
    await server.answer([NOW]);
    controller.setLines([{ ...LINE, key: "other" }]);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(server.asked).toHaveLength(1);
    expect(controller.pictures.value).toBe(0);
  });
});
