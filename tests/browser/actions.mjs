// SPDX-License-Identifier: Apache-2.0
// What many tests click. Elements are found by the names that a screen reader says.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** On the sign-in page: fills in the key and is let in. */
export async function signIn(page, key) {
  await page.getByLabel("API key", { exact: true }).fill(key);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await page.waitForURL((url) => url.pathname !== "/sign-in");
}

/** Opens an address of the page as a person does who has a link: it asks for the key first. */
export async function open(visit, path, key = visit.scene.adminKey) {
  await visit.page.goto(path);
  await signIn(visit.page, key);
  await settled(visit.page);
}

/** Within the page, without loading it anew. */
export async function go(visit, path) {
  await visit.page.evaluate((to) => {
    history.pushState(null, "", to);
    dispatchEvent(new PopStateEvent("popstate"));
  }, path);
  await settled(visit.page);
}

/** By the navigation at the side. */
export async function navigate(page, place) {
  await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: place, exact: true }).click();
  await settled(page);
}

/** Its heading is there, and nothing says that it is still loading. */
export async function settled(page) {
  await page.getByRole("heading", { level: 1 }).first().waitFor();
  // One place may be on its way after another: its module, then its data.
  await page.waitForFunction(() => ![...document.querySelectorAll("[role=status]")].some((one) => one.textContent === "Loading"));
}

/** For each canvas in the page, whether anything but its background is drawn. */
const drawnCanvases = (page) =>
  page.evaluate(() =>
    [...document.querySelectorAll("canvas")].map((canvas) => {
      if (!canvas.width || !canvas.height) return false;
      const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
      return data.some((part, i) => i % 4 === 3 && part > 0);
    }),
  );

export const anyChartIsDrawn = async (page) => (await drawnCanvases(page)).includes(true);

/** Also where there is none. */
export const chartsAreDrawn = async (page) => !(await drawnCanvases(page)).includes(false);

/** Throws with each place that breaks a rule of WCAG 2.1 AA that a program can check. */
export async function checkAccessibility(page, where) {
  // Not by a script element, which the content security policy would refuse.
  if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(AXE);
  const found = await page.evaluate(() =>
    window.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"], resultTypes: ["violations"] }),
  );
  const lines = found.violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id}: ${help}: ${target.join(" ")}\n    ${failureSummary.replaceAll("\n", "\n    ")}`),
  );
  if (lines.length) throw new Error(`${where} is not accessible:\n  ${lines.join("\n  ")}`);
}

/** Throws when something is wider than the window. */
export async function checkWidth(page, where) {
  const { wide, window: width, who } = await page.evaluate(() => {
    const limit = document.documentElement.clientWidth;
    // Of those that stick out, the innermost; what scrolls in its own box does not.
    const out = [...document.querySelectorAll("body *")].filter((one) => one.getBoundingClientRect().right > limit + 1);
    const last = out.at(-1);
    const name = last && `${last.tagName.toLowerCase()}.${last.className} "${last.textContent.slice(0, 60)}"`;
    return { wide: document.documentElement.scrollWidth, window: limit, who: name };
  });
  if (wide > width) throw new Error(`${where} is ${wide} px wide in a window of ${width} px: ${who}`);
}

/** For what is not in the page; Playwright waits for what is. */
export async function until(condition, what, seconds = 20) {
  for (const end = Date.now() + seconds * 1000; ; ) {
    if (await condition()) return;
    if (Date.now() > end) throw new Error(`waited ${seconds} s in vain until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
