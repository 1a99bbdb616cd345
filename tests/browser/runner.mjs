// SPDX-License-Identifier: Apache-2.0
// runner.mjs FILE: runs the tests of FILE one by one, as support.py asks on stdin, a JSON object a
// line. It answers on stdout in the same way:
//
//   {"run": name}     → {"passed": true} or {"passed": false, "report": …}
//   and in between    {"ask": [verb, …]} → {"answer": …}: what only the starter can do, such as
//                     stopping a service
//
// One Chromium for all of them, a fresh context (no cookies, no storage) for each.
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

import { tests } from "./registry.mjs";
import { Visit } from "./visit.mjs";

const TEST_SECONDS = 90;

const scene = JSON.parse(process.env.MILLRACE_BROWSER_SCENE);
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

function say(message) {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

async function hear() {
  const { value, done } = await lines.next();
  return done ? null : JSON.parse(value);
}

async function ask(...words) {
  say({ ask: words });
  const heard = await hear();
  if (heard === null) throw new Error("the test's starter has gone");
  if (heard.fault) throw new Error(`${words.join(" ")}: ${heard.fault}`);
  return heard.answer;
}

/** Rejects when the time is over; what still runs is ended by closing its context. */
function bounded(promise) {
  let timer;
  const overdue = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not over after ${TEST_SECONDS} s`)), TEST_SECONDS * 1000);
  });
  return Promise.race([promise, overdue]).finally(() => clearTimeout(timer));
}

async function run(browser, name) {
  const { options, body } = tests.get(name);
  const visit = await Visit.begin(browser, { name, options, scene, ask });
  try {
    await bounded(body(visit));
    visit.checkConduct();
    return { passed: true };
  } catch (error) {
    return { passed: false, report: await visit.report(error) };
  } finally {
    await visit.end();
  }
}

// What a test began to wait for before it failed is rejected when its page is closed.
process.on("unhandledRejection", (error) => console.error(`after a failure: ${error.message}`));

await import(pathToFileURL(process.argv[2]).href);
const browser = await chromium.launch({
  executablePath: scene.chromium,
  // Chromium's sandbox refuses root; the pages are our own.
  args: ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"],
});
say({ ready: [...tests.keys()] });
for (let order = await hear(); order !== null; order = await hear()) {
  say(await run(browser, order.run));
}
await browser.close();
process.exit(0);
