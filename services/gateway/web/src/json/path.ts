// SPDX-License-Identifier: Apache-2.0
//
// Where in a sample a value is, as series rules write it: a, a.b, $.a.b, a[0].b. The same grammar as the server's
// (services/lib/series_rules/path.h), so that a path is judged while it is typed.

export type PathStep = string | number;
export type Path = readonly PathStep[];

export const maxPathBytes = 256;
export const maxPathSteps = 32;
export const maxPathIndex = 999_999;

export type PathFaultKind =
  | "empty"
  | "tooLong"
  | "control"
  | "nameMissing"
  | "rootNamed"
  | "bracketOpen"
  | "index"
  | "separator"
  | "tooManySteps";

// `at`: the character at which it went wrong.
export interface PathFault {
  readonly kind: PathFaultKind;
  readonly at: number;
}

export type ReadPath = { readonly steps: Path } | { readonly fault: PathFault };

const utf8 = new TextEncoder();

// Thousands are asked about for each key that is pressed: most are too short to be counted.
export function isLongerThan(text: string, bytes: number): boolean {
  return text.length * 3 > bytes && utf8.encode(text).length > bytes;
}

export function hasControl(text: string): boolean {
  // eslint-disable-next-line no-control-regex
  return /[\u0000-\u001f\u007f]/.test(text);
}

const memberName = /[^.[\]]+/y;
const element = /\[([^\]]*)\]/y;

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

function readSteps(text: string): ReadPath {
  const steps: PathStep[] = [];
  let at = text.startsWith("$.") ? 2 : 0;
  const fault = (kind: PathFaultKind, where = at): ReadPath => ({ fault: { kind, at: where } });
  while (steps.length === 0 || at < text.length) {
    if (steps.length === maxPathSteps) return fault("tooManySteps");
    if (steps.length > 0 && text[at] === "[") {
      const found = matchAt(element, text, at);
      if (!found) return fault("bracketOpen");
      const digits = found[1] ?? "";
      if (!/^[0-9]+$/.test(digits) || Number(digits) > maxPathIndex) return fault("index", at + 1);
      steps.push(Number(digits));
      at += found[0].length;
      continue;
    }
    if (steps.length > 0) {
      if (text[at] !== ".") return fault("separator");
      at += 1;
    }
    const found = matchAt(memberName, text, at);
    if (!found) return fault("nameMissing");
    if (steps.length === 0 && found[0] === "$") return fault("rootNamed", 0);
    steps.push(found[0]);
    at += found[0].length;
  }
  return { steps };
}

export function readPath(text: string): ReadPath {
  if (text === "") return { fault: { kind: "empty", at: 0 } };
  if (isLongerThan(text, maxPathBytes)) return { fault: { kind: "tooLong", at: maxPathBytes } };
  if (hasControl(text)) return { fault: { kind: "control", at: 0 } };
  return readSteps(text);
}

// The bare form: a.b[0]. What has a member's name with one of . [ ] in it cannot be read back.
export function pathText(path: Path): string {
  let text = "";
  for (const step of path) {
    if (typeof step === "number") text += `[${step}]`;
    else text += text === "" ? step : `.${step}`;
  }
  return text;
}

// Nothing: no path leads there, because of a name that cannot be written or of its length.
export function writtenPath(path: Path): string | undefined {
  const text = pathText(path);
  const read = readPath(text);
  if ("fault" in read) return undefined;
  const same =
    read.steps.length === path.length && read.steps.every((step, index) => step === path[index]);
  return same ? text : undefined;
}

// The same path without "$."; what is no path stays as it is.
export function barePath(text: string): string {
  const read = readPath(text);
  return "fault" in read ? text : pathText(read.steps);
}
