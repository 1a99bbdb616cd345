// SPDX-License-Identifier: Apache-2.0
// @vitest-environment happy-dom
import { render } from "preact";
import { act } from "preact/test-utils";
import { afterEach, expect, it, vi } from "vitest";

import { Dialog } from "./Dialog";

const place = document.createElement("div");
document.body.append(place);
afterEach(() => act(() => render(null, place)));

const open = (closable: boolean, onClose: () => void) =>
  act(() =>
    render(
      <Dialog title="Token" closable={closable} onClose={onClose}>
        once
      </Dialog>,
      place,
    ),
  );
const dialog = () => place.querySelector("dialog")!;
const escape = () =>
  act(() => void dialog().dispatchEvent(new Event("cancel", { cancelable: true })));

it("closes with Escape", async () => {
  const onClose = vi.fn();
  await open(true, onClose);
  expect(dialog().open).toBe(true);
  await escape();
  expect(onClose).toHaveBeenCalledOnce();
});

it("stays when something is shown this once, however often one presses Escape", async () => {
  const onClose = vi.fn();
  await open(false, onClose);
  await escape();
  // Browsers close it at the second Escape without asking.
  await act(() => dialog().close());
  expect(dialog().open).toBe(true);
  expect(onClose).not.toHaveBeenCalled();
});

it("says nothing more once it was left", async () => {
  const onClose = vi.fn();
  await open(true, onClose);
  await act(() => render(null, place));
  expect(onClose).not.toHaveBeenCalled();
});
