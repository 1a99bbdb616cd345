// SPDX-License-Identifier: Apache-2.0
// @vitest-environment happy-dom
import { render } from "preact";
import { act } from "preact/test-utils";
import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { Combobox } from "./Combobox";

const place = document.createElement("div");
const found = ["roof", "room"].map((value) => ({ value, note: "v1" }));

beforeEach(() => {
  vi.useFakeTimers();
  document.body.append(place);
});
afterEach(() => {
  void act(() => render(null, place));
  vi.useRealTimers();
});

async function type(input: HTMLInputElement, value: string) {
  await act(() => {
    input.value = value;
    input.dispatchEvent(new Event("input", { bubbles: true }));
  });
  await act(async () => {
    await vi.advanceTimersByTimeAsync(200);
  });
}

const press = (input: HTMLInputElement, key: string) =>
  act(
    () =>
      void input.dispatchEvent(
        new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }),
      ),
  );

it("searches while one types and is used by the keyboard", async () => {
  const chosen: string[] = [];
  const search = vi.fn(async (_typed: string) => found);
  await act(() =>
    render(
      <Combobox label="Device" value="" onValue={(value) => chosen.push(value)} search={search} />,
      place,
    ),
  );
  const input = place.querySelector("input")!;
  await type(input, "ro");
  expect(search.mock.calls.map(([typed]) => typed)).toEqual(["ro"]);
  expect(input.getAttribute("aria-expanded")).toBe("true");
  expect(place.querySelectorAll("[role=option]")).toHaveLength(2);
  await press(input, "ArrowDown");
  const active = input.getAttribute("aria-activedescendant");
  expect(document.getElementById(active!)?.textContent).toContain("room");
  await press(input, "Enter");
  expect(chosen).toEqual(["room"]);
  expect(place.querySelector("[role=listbox]")).toBeNull();
});

it("closes with Escape and leaves what was chosen", async () => {
  const onValue = vi.fn();
  await act(() =>
    render(
      <Combobox label="Device" value="roof" onValue={onValue} search={async () => found} />,
      place,
    ),
  );
  const input = place.querySelector("input")!;
  await type(input, "x");
  await press(input, "Escape");
  expect(input.value).toBe("roof");
  expect(onValue).not.toHaveBeenCalled();
});
