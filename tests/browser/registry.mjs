// SPDX-License-Identifier: Apache-2.0
// The tests of one file, by name. support.py finds the names without running the file, so each call
// begins a line with `test("name"`.

/** name → { options, body } */
export const tests = new Map();

/**
 * `body` gets a Visit (visit.mjs).
 * `options.expects`: regular expressions of console errors that belong to the test, such as the 401
 * of a wrong key. Any other fails it.
 * `options.context`: what Playwright's newContext takes, beside the defaults of visit.mjs.
 */
export function test(name, options, body) {
  if (tests.has(name)) throw new Error(`two tests are called "${name}"`);
  tests.set(name, typeof options === "function" ? { options: {}, body: options } : { options, body });
}
