// SPDX-License-Identifier: Apache-2.0
// @vitest-environment happy-dom
import { Code, ConnectError } from "@connectrpc/connect";
import { render } from "preact";
import { act } from "preact/test-utils";
import { afterEach, describe, expect, it } from "vitest";

import { apiKey, endedByServer, keepKey } from "../session/key";
import { useAction, useCall, type Action, type Call } from "./call";

const place = document.createElement("div");
afterEach(() => act(() => render(null, place)));

// A call that the test answers by hand.
function pending<T>() {
  let resolve!: (value: T) => void;
  let reject!: (fault: unknown) => void;
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}

describe("useCall", () => {
  it("keeps the answer while it asks again, and forgets it when the inputs change", async () => {
    let seen!: Call<string>;
    let next = pending<string>();
    const signals: AbortSignal[] = [];
    function View({ id }: { id: string }) {
      seen = useCall(
        (signal) => {
          signals.push(signal);
          return next.promise;
        },
        [id],
      );
      return null;
    }
    await act(() => render(<View id="a" />, place));
    expect(seen).toMatchObject({ value: undefined, loading: true });
    await act(async () => next.resolve("first"));
    expect(seen).toMatchObject({ value: "first", loading: false });

    next = pending();
    await act(() => seen.reload());
    expect(seen).toMatchObject({ value: "first", loading: true });
    await act(async () => next.reject(new ConnectError("away", Code.Unavailable)));
    expect(seen).toMatchObject({ value: "first", loading: false });
    expect(seen.failure?.kind).toBe("temporary");

    next = pending();
    await act(() => render(<View id="b" />, place));
    expect(seen).toMatchObject({ value: undefined, failure: undefined, loading: true });
    await act(() => render(null, place));
    expect(signals.every((signal) => signal.aborted)).toBe(true);
  });

  it("shows nothing of a call that was left", async () => {
    let seen!: Call<string>;
    const calls = [pending<string>(), pending<string>()];
    let made = 0;
    function View({ id }: { id: number }) {
      seen = useCall(() => calls[made++]!.promise, [id]);
      return null;
    }
    await act(() => render(<View id={0} />, place));
    await act(() => render(<View id={1} />, place));
    await act(async () => calls[1]!.resolve("new"));
    await act(async () => calls[0]!.resolve("old"));
    expect(seen.value).toBe("new");
  });

  it("ends the session when the key is not valid any more", async () => {
    keepKey("k");
    function View() {
      useCall(() => Promise.reject(new ConnectError("no", Code.Unauthenticated)), []);
      return null;
    }
    await act(() => render(<View />, place));
    expect(apiKey.value).toBe("");
    expect(endedByServer.value).toBe(true);
  });
});

describe("useAction", () => {
  it("runs once at a time and says what went wrong", async () => {
    let action!: Action<[string], string>;
    const calls: string[] = [];
    let next = pending<string>();
    function View() {
      action = useAction((_signal, name: string) => {
        calls.push(name);
        return next.promise;
      });
      return null;
    }
    await act(() => render(<View />, place));
    let first!: Promise<string | undefined>;
    await act(() => {
      first = action.run("a");
      void action.run("b");
    });
    expect(calls).toEqual(["a"]);
    expect(action.running).toBe(true);
    await act(async () => {
      next.reject(new ConnectError("taken", Code.AlreadyExists));
      await first;
    });
    expect(action.failure?.message).toBe("taken");
    next = pending();
    await act(async () => {
      first = action.run("c");
      next.resolve("made");
    });
    expect(await first).toBe("made");
    expect(action.failure).toBeUndefined();
  });
});
