// SPDX-License-Identifier: Apache-2.0
//
// @vitest-environment happy-dom
import { render } from "preact";
import { afterEach, describe, expect, it, vi } from "vitest";
import { text } from "../text/en";
import { JsonView } from "./JsonView";
import type { Marks } from "./marks";
import type { Path } from "./path";

const words = text.raw.json;

afterEach(() => {
  render(null, document.body);
});

function shown(json: string, marks?: Marks, onPick?: (path: Path) => void): HTMLElement {
  render(<JsonView json={json} marks={marks} onPick={onPick} />, document.body);
  return document.body;
}

async function click(element: Element | null | undefined): Promise<void> {
  (element as HTMLElement).click();
  await new Promise((done) => setTimeout(done, 0));
}

describe("JsonView", () => {
  it("shows what a hostile device sends as text", () => {
    const page = shown('{"<img src=x onerror=alert(1)>": "<script>alert(2)</script>\u202e"}');
    expect(page.querySelector("img, script")).toBeNull();
    expect(page.textContent).toContain("<script>alert(2)</script>\\u202e");
  });

  it("shows what is no JSON as it is", () => {
    const page = shown('{"cut": 1');
    expect(page.textContent).toContain(text.raw.notJson);
    expect(page.textContent).toContain('{"cut": 1');
  });

  it("keeps numbers as they were sent", () => {
    expect(shown('{"a": 1e400, "b": 12345678901234567890}').textContent).toContain(
      "12345678901234567890",
    );
  });

  it("folds what is deep, but not what is marked", async () => {
    const json = '{"a":{"b":{"c":{"d":{"e":1}}}}}';
    expect(shown(json).textContent).not.toContain('"e"');
    render(null, document.body);
    const page = shown(json, new Map([["a.b.c.d.e", "refused"]]));
    expect(page.textContent).toContain(`"e": 1${words.marks.refused}`);
    await click(page.querySelector(`[aria-label="${words.fold("a")}"]`));
    expect(page.textContent).not.toContain('"e"');
    expect(page.textContent).toContain(words.fields(1));
  });

  it("shows the beginning of a long list, and more of it when asked", async () => {
    const page = shown(`[${Array.from({ length: 250 }, (_, index) => index).join(",")}]`);
    const numbers = () => page.querySelectorAll(".json-number").length;
    expect(numbers()).toBe(100);
    await click(page.querySelector(".json-more"));
    expect(numbers()).toBe(250);
  });

  it("gives the path of a name that is clicked, if rules can write it", async () => {
    const picked = vi.fn();
    const page = shown('{"a": [{"b": 1}], "c.d": 2, "e": {}}', undefined, picked);
    const names = [...page.querySelectorAll("button.json-name")];
    expect(names.map((name) => name.textContent)).toEqual(['"b"']);
    await click(names[0]);
    expect(picked.mock.calls[0]?.[0]).toEqual(["a", 0, "b"]);
  });
});
