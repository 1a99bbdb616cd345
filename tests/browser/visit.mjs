// SPDX-License-Identifier: Apache-2.0
// One visit of a browser to the dashboard: what a test gets. It watches over what every page has to
// keep to: no error on the console, nothing that the content security policy refused, no request to
// another host.
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { stripVTControlCharacters } from "node:util";

import { Api } from "./api.mjs";

const WAIT_MS = 20_000;
const CONTEXT = {
  viewport: { width: 1280, height: 800 },
  locale: "en-GB",
  timezoneId: "UTC",
  colorScheme: "light",
  reducedMotion: "reduce",
};

export class Visit {
  /** Lines of the console, oldest first. */
  console = [];
  /** What the page must not have done. */
  faults = [];

  static async begin(browser, { name, options, scene, ask }) {
    const visit = new Visit();
    visit.name = name;
    visit.scene = scene;
    /** Has what only the starter of the services can do: "stop", "start", "kill" a service. */
    visit.ask = ask;
    visit.api = new Api(scene, scene.adminKey);
    visit.expects = options.expects ?? [];
    visit.context = await browser.newContext({ ...CONTEXT, baseURL: scene.origin, ...options.context });
    visit.context.setDefaultTimeout(WAIT_MS);
    visit.page = await visit.context.newPage();
    await visit.#watch(visit.page);
    return visit;
  }

  async #watch(page) {
    const { host } = new URL(this.scene.origin);
    page.on("console", (message) => {
      const line = `${message.type()}: ${message.text()}`;
      this.console.push(line);
      if (message.type() === "error") this.#fault(`console ${line}`);
    });
    page.on("pageerror", (error) => this.#fault(`uncaught ${error.stack ?? error}`));
    page.on("request", (request) => {
      const url = new URL(request.url());
      if (/^https?:|^wss?:/.test(url.protocol) && url.host !== host) {
        this.#fault(`a request to another host: ${request.method()} ${url}`);
      }
    });
    // Chromium also tells the console; this has what was refused, and where.
    await page.addInitScript(() => {
      document.addEventListener("securitypolicyviolation", (violation) => {
        const { violatedDirective, blockedURI, sourceFile, lineNumber } = violation;
        console.error(`content security policy: ${violatedDirective} refused ${blockedURI} (${sourceFile}:${lineNumber})`);
      });
    });
  }

  #fault(text) {
    if (!this.expects.some((expected) => expected.test(text))) this.faults.push(text);
  }

  /** Throws when the page did what none may. */
  checkConduct() {
    if (this.faults.length) throw new Error(`the page misbehaved:\n  ${this.faults.join("\n  ")}`);
  }

  /** Kept beside the test results, for people: docs shows some of them. */
  async screenshot(name, options = {}) {
    await mkdir(this.scene.screenshots, { recursive: true });
    const file = path.join(this.scene.screenshots, `${name}.png`);
    await this.page.screenshot({ path: file, animations: "disabled", ...options });
    return file;
  }

  /** What is wrong, for somebody who cannot look at the page. */
  async report(error) {
    const slug = this.name.replace(/[^a-z0-9]+/gi, "-");
    // Playwright colours its messages.
    const parts = [stripVTControlCharacters(error.stack ?? String(error))];
    if (this.faults.length) parts.push(`faults of the page:\n  ${this.faults.join("\n  ")}`);
    try {
      parts.push(`at ${this.page.url()}`);
      parts.push(`screenshot: ${await this.screenshot(`failed-${slug}`, { timeout: 5000 })}`);
      parts.push(`the page, as a screen reader has it:\n${await this.#readAloud()}`);
    } catch (again) {
      parts.push(`the page cannot be shown: ${again.message}`);
    }
    if (this.console.length) parts.push(`console:\n  ${this.console.slice(-40).join("\n  ")}`);
    const text = parts.join("\n\n");
    await writeFile(path.join(this.scene.screenshots, `failed-${slug}.txt`), text).catch(() => {});
    return text;
  }

  /** Without the choices of lists, of which time zones alone are hundreds. */
  async #readAloud() {
    const text = await this.page.locator("body").ariaSnapshot({ timeout: 5000 });
    const lines = text.split("\n").filter((line) => !/^\s*- option "/.test(line) || line.includes("[selected]"));
    return lines.slice(0, 300).join("\n");
  }

  async end() {
    await this.context.close().catch(() => {});
  }
}
