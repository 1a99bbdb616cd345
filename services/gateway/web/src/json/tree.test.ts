// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { indentedText, nodeAt, readJson, shortText, visibleText } from "./tree";

describe("readJson", () => {
  it("keeps numbers as they were sent", () => {
    expect(readJson("[1e400, 12345678901234567890, -0.10]")).toEqual({
      kind: "array",
      elements: ["1e400", "12345678901234567890", "-0.10"].map((text) => ({
        kind: "number",
        text,
      })),
    });
  });

  it("keeps members that are there twice", () => {
    const root = readJson('{"a": 1, "a": "x"}');
    expect(root?.kind === "object" && root.members.map((member) => member.name)).toEqual([
      "a",
      "a",
    ]);
    expect(root && nodeAt(root, ["a"])).toEqual({ kind: "string", text: '"x"' });
  });

  it.each(["", "{", '{"a":}', "[1,]", "01", "nul", '"\\x"', '"a\nb"', "1 2", "{a:1}", "+1"])(
    "says of %j that it is no JSON",
    (text) => {
      expect(readJson(text)).toBeUndefined();
    },
  );

  it("takes what JSON.parse takes", () => {
    for (const text of ['{"a":[{},[],null,true]}', ' "\\u00e9\\n" ', "{}", "-1.5E-3"]) {
      const root = readJson(text);
      expect(root && JSON.parse(indentedText(root))).toEqual(JSON.parse(text));
    }
  });

  it("does not fall over depth", () => {
    expect(readJson("[".repeat(100_000))).toBeUndefined();
    expect(readJson("[".repeat(100) + "]".repeat(100))).toBeDefined();
  });

  it("reads a long string", () => {
    expect(readJson(`"${"\\n".repeat(500_000)}"`)?.kind).toBe("string");
  });
});

describe("nodeAt", () => {
  const root = readJson('{"a":{"b":[1,{"c":2}]}}');
  it("follows members and elements", () => {
    expect(root && nodeAt(root, ["a", "b", 1, "c"])).toEqual({ kind: "number", text: "2" });
  });
  it("finds nothing where there is nothing", () => {
    expect(root && nodeAt(root, ["a", "b", 7, "c"])).toBeUndefined();
    expect(root && nodeAt(root, ["a", 0])).toBeUndefined();
  });
});

describe("text for people", () => {
  it("shows what would turn text around or hide", () => {
    expect(visibleText("a\u202eb\u200b\ud800c😀")).toBe("a\\u202eb\\u200b\\ud800c😀");
  });
  it("indents without changing a number", () => {
    const root = readJson('{"a":1e400,"b":[],"c":[1]}');
    expect(root && indentedText(root)).toBe(
      '{\n  "a": 1e400,\n  "b": [],\n  "c": [\n    1\n  ]\n}',
    );
  });
  it("cuts to one line", () => {
    expect(shortText('{"a":\n 1}', 6)).toBe('{"a":…');
  });
});
