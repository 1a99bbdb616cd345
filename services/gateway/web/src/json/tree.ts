// SPDX-License-Identifier: Apache-2.0
//
// The JSON of a sample as it was sent: JSON.parse would round large numbers, refuse none of 1e400 and drop members that
// are there twice, and whoever looks for a device's fault must see them. Samples come from anybody: depth is bounded.
import type { Path, PathStep } from "./path";

export type JsonScalar = "number" | "string" | "boolean" | "null";

export interface JsonMember {
  readonly name: string;
  readonly node: JsonNode;
}

export type JsonNode =
  // `text`: as sent, of strings with their quotes and escapes.
  | { readonly kind: JsonScalar; readonly text: string }
  | { readonly kind: "object"; readonly members: readonly JsonMember[] }
  | { readonly kind: "array"; readonly elements: readonly JsonNode[] };

const maxDepth = 500;

class NotJson extends Error {}

const blanks = /[ \t\n\r]*/y;
const stringPattern = /"[^"\\]*(?:\\[^][^"\\]*)*"/y;
const numberPattern = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const wordPattern = /true|false|null/y;

class Reader {
  private at = 0;

  constructor(private readonly text: string) {}

  all(): JsonNode {
    const node = this.value(0);
    this.take(blanks);
    if (this.at !== this.text.length) throw new NotJson();
    return node;
  }

  private take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text);
    if (!found) return undefined;
    this.at += found[0].length;
    return found[0];
  }

  private taken(sign: string): boolean {
    this.take(blanks);
    if (this.text[this.at] !== sign) return false;
    this.at += 1;
    return true;
  }

  private expect(sign: string): void {
    if (!this.taken(sign)) throw new NotJson();
  }

  private value(depth: number): JsonNode {
    if (depth > maxDepth) throw new NotJson();
    if (this.taken("{")) return this.object(depth);
    if (this.taken("[")) return this.array(depth);
    const string = this.take(stringPattern);
    if (string !== undefined) {
      decoded(string);
      return { kind: "string", text: string };
    }
    const word = this.take(wordPattern);
    if (word !== undefined) return { kind: word === "null" ? "null" : "boolean", text: word };
    const number = this.take(numberPattern);
    if (number === undefined) throw new NotJson();
    return { kind: "number", text: number };
  }

  private object(depth: number): JsonNode {
    const members: JsonMember[] = [];
    if (this.taken("}")) return { kind: "object", members };
    do {
      this.take(blanks);
      const name = this.take(stringPattern);
      if (name === undefined) throw new NotJson();
      this.expect(":");
      members.push({ name: decoded(name), node: this.value(depth + 1) });
    } while (this.taken(","));
    this.expect("}");
    return { kind: "object", members };
  }

  private array(depth: number): JsonNode {
    const elements: JsonNode[] = [];
    if (this.taken("]")) return { kind: "array", elements };
    do elements.push(this.value(depth + 1));
    while (this.taken(","));
    this.expect("]");
    return { kind: "array", elements };
  }
}

function decoded(literal: string): string {
  try {
    return JSON.parse(literal) as string;
  } catch {
    throw new NotJson();
  }
}

// Nothing: it is no JSON (only the beginning of a sample was kept, perhaps), or nested too deep to be shown.
export function readJson(text: string): JsonNode | undefined {
  try {
    return new Reader(text).all();
  } catch (error) {
    if (error instanceof NotJson) return undefined;
    throw error;
  }
}

export function childrenOf(node: JsonNode): { readonly step: PathStep; readonly node: JsonNode }[] {
  if (node.kind === "object") {
    return node.members.map((member) => ({ step: member.name, node: member.node }));
  }
  if (node.kind === "array") return node.elements.map((child, step) => ({ step, node: child }));
  return [];
}

// Of a member given twice the last one counts, as in extraction.
export function nodeAt(root: JsonNode, path: Path): JsonNode | undefined {
  let node: JsonNode | undefined = root;
  for (const step of path) {
    if (node === undefined) return undefined;
    node = childrenOf(node)
      .filter((child) => child.step === step)
      .at(-1)?.node;
  }
  return node;
}

// Characters that change how the text around them is shown, or show nothing, as JSON's escapes: a device cannot make a
// page say something else than what it sent.
export function visibleText(text: string): string {
  return text.replace(
    // eslint-disable-next-line no-control-regex
    /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffc]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g,
    (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

// Indented by two blanks, numbers and escapes as sent; for copying.
export function indentedText(node: JsonNode, indent = ""): string {
  const children = childrenOf(node);
  if (node.kind !== "object" && node.kind !== "array") return node.text;
  const [open, close] = node.kind === "object" ? ["{", "}"] : ["[", "]"];
  if (children.length === 0) return open + close;
  const inner = `${indent}  `;
  const lines = children.map(
    (child) =>
      inner +
      (typeof child.step === "string" ? `${JSON.stringify(child.step)}: ` : "") +
      indentedText(child.node, inner),
  );
  return `${open}\n${lines.join(",\n")}\n${indent}${close}`;
}

// On one line, cut after so many characters.
export function shortText(text: string, characters: number): string {
  const line = visibleText(text).replace(/\s+/g, " ").trim();
  return line.length > characters ? `${line.slice(0, characters - 1)}…` : line;
}
