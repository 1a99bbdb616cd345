// SPDX-License-Identifier: Apache-2.0
//
// Every word of the page is in text/, so that it can be translated: components hold none.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { expect, it } from "vitest";

const source = fileURLToPath(new URL("..", import.meta.url));
const SAID = [
  "label",
  "title",
  "placeholder",
  "alt",
  "hint",
  "error",
  "aria-label",
  "aria-description",
  "note",
  "confirm",
];

function components(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return components(path);
    return path.endsWith(".tsx") && !path.endsWith(".test.tsx") ? [path] : [];
  });
}

function literals(path: string): string[] {
  const file = ts.createSourceFile(
    path,
    readFileSync(path, "utf8"),
    ts.ScriptTarget.Latest,
    true,
    ts.ScriptKind.TSX,
  );
  const found: string[] = [];
  const add = (node: ts.Node, words: string) => {
    if (!/\p{L}{2}/u.test(words)) return;
    const { line } = file.getLineAndCharacterOfPosition(node.getStart());
    found.push(`${path.slice(source.length)}:${line + 1}: "${words.trim()}" belongs into text/en`);
  };
  const look = (node: ts.Node): void => {
    if (ts.isJsxText(node)) add(node, node.text);
    if (ts.isJsxExpression(node) && node.expression && !ts.isJsxAttribute(node.parent)) {
      if (ts.isStringLiteralLike(node.expression)) add(node, node.expression.text);
    }
    if (ts.isJsxAttribute(node) && SAID.includes(node.name.getText()) && node.initializer) {
      if (ts.isStringLiteral(node.initializer)) add(node, node.initializer.text);
      const inner = ts.isJsxExpression(node.initializer) ? node.initializer.expression : undefined;
      if (inner && (ts.isStringLiteralLike(inner) || ts.isTemplateExpression(inner))) {
        add(node, ts.isStringLiteralLike(inner) ? inner.text : inner.head.text);
      }
    }
    ts.forEachChild(node, look);
  };
  look(file);
  return found;
}

it("components have no words of their own", () => {
  const files = components(source);
  expect(files.length).toBeGreaterThan(20);
  expect(files.flatMap(literals)).toEqual([]);
});
