// SPDX-License-Identifier: Apache-2.0
// Each of these but the first has to fail: test_conduct.py says with which words.
import { test } from "./registry.mjs";

test("a page that behaves", async ({ page }) => {
  await page.goto("/");
  await page.getByRole("button", { name: "Go" }).click();
});

test("an error on the console", async ({ page }) => {
  await page.goto("/");
  await page.evaluate(() => console.error("out of order"));
});

test("an error that nobody catches", async ({ page }) => {
  await page.goto("/");
  await page.evaluate(() => void setTimeout(() => { throw new Error("nobody catches this"); }));
  await page.waitForTimeout(200);
});

test("a script of another host", async ({ page }) => {
  await page.goto("/");
  await page.evaluate(() => {
    const script = document.createElement("script");
    script.src = "http://elsewhere.example/x.js";
    document.head.append(script);
  });
  await page.waitForTimeout(200);
});

test("an expectation that is not met", async ({ page, ask }) => {
  await page.goto("/");
  const answer = await ask("echo", "word");
  throw new Error(`the page is not as it should be: ${answer}`);
});

test("an error that the test expects", { expects: [/out of order/] }, async ({ page }) => {
  await page.goto("/");
  await page.evaluate(() => console.error("out of order"));
});
