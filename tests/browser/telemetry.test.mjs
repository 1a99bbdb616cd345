// SPDX-License-Identifier: Apache-2.0
// What is shown of a device, live and of the past.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";

import { anyChartIsDrawn, open, settled, until } from "./actions.mjs";
import { test } from "./registry.mjs";

const HOUR_MS = 3_600_000;

/** A device whose samples say their time themselves. */
async function makeDevice(api, word) {
  const application = await api.createApplication(word);
  await api.applyRules(application, {
    autoExtract: true,
    timestamp: { path: "at", format: "TIMESTAMP_FORMAT_MILLIS_UNIX_EPOCH" },
  });
  return api.createDevice({ application });
}

/** `count` samples, the last one now. */
function wave(count, periodMs, end = Date.now()) {
  return Array.from({ length: count }, (_, i) => {
    const at = end - (count - 1 - i) * periodMs;
    return { at, temperature: 20 + 5 * Math.sin(at / 600_000), humidity: 50 + 10 * Math.cos(at / 900_000) };
  });
}

const link = (device, query = "") => `/applications/${device.application}/devices/${device.endpointId}${query}`;
const chart = (page, device) => page.getByLabel(`Chart of ${device.endpointId}`).first();

/** Counts calls of a method from now on. */
function countCalls(page, method) {
  const seen = { calls: 0 };
  page.on("request", (request) => {
    if (request.url().endsWith(`/${method}`)) seen.calls += 1;
  });
  return seen;
}

test("zooming changes the address and fetches finer points; a reload shows the same", async (visit) => {
  const { page, api } = visit;
  const device = await makeDevice(api, "zoom");
  const samples = wave(21_600, 1000);
  for (let i = 0; i < samples.length; i += 7200) await api.store(device, samples.slice(i, i + 7200), "auto~temperature");
  await open(visit, link(device, "?range=6h"));
  await until(() => anyChartIsDrawn(page), "the chart is drawn");
  await visit.screenshot("telemetry-6h");

  const fetched = countCalls(page, "GetChart");
  const box = await chart(page, device).boundingBox();
  const place = (part) => [box.x + box.width * part, box.y + box.height / 2];
  await page.mouse.move(...place(0.5));
  await page.mouse.down();
  await page.mouse.move(...place(0.55), { steps: 4 });
  await page.mouse.move(...place(0.6), { steps: 4 });
  await page.mouse.up();
  await page.waitForURL((url) => url.searchParams.has("from") && url.searchParams.has("to"));
  await until(() => fetched.calls > 0, "the server is asked again");
  const shown = new URL(page.url()).search;
  const span = (search) => {
    const query = new URLSearchParams(search);
    return Math.abs(new Date(query.get("to")) - new Date(query.get("from")));
  };
  assert.ok(span(shown) < HOUR_MS && span(shown) > HOUR_MS / 6, `a tenth of six hours is shown: ${shown}`);
  await until(() => anyChartIsDrawn(page), "the part is drawn");
  await visit.screenshot("telemetry-zoomed");

  await page.reload();
  await settled(page);
  assert.equal(new URL(page.url()).search, shown);
  await until(() => anyChartIsDrawn(page), "the same part is drawn");
  await page.getByRole("button", { name: "Zoom in" }).click();
  await page.waitForURL((url) => url.search !== shown);
  assert.ok(span(new URL(page.url()).search) < span(shown), "half of it");
  await page.getByRole("button", { name: "The view before" }).click();
  await page.waitForURL((url) => span(url.search) === span(shown));
});

test("the buttons say how far back, also in the address, and the browser's back button undoes them", async (visit) => {
  const { page, api } = visit;
  const device = await makeDevice(api, "ranges");
  await api.store(device, wave(60, 1000), "auto~temperature");
  await open(visit, link(device));
  const button = (range, state = {}) => page.getByRole("group", { name: "How far back" }).locator("button", { hasText: range }).and(page.getByRole("button", state));
  for (const range of ["5m", "6h", "1d", "1w"]) {
    await button(range).click();
    await page.waitForURL((url) => url.searchParams.get("range") === range);
    await button(range, { pressed: true }).waitFor();
  }
  await page.goBack();
  await page.waitForURL((url) => url.searchParams.get("range") === "1d");
  await button("1d", { pressed: true }).waitFor();
});

test("the legend takes lines away and brings them back", async (visit) => {
  const { page, api } = visit;
  const device = await makeDevice(api, "legend");
  await api.store(device, wave(300, 1000), "auto~temperature");
  await open(visit, link(device, "?range=5m"));
  await until(() => anyChartIsDrawn(page), "the chart is drawn");
  const series = page.getByRole("region", { name: "Series" });
  const humidity = series.getByRole("checkbox", { name: "auto~humidity" });
  assert.ok(await humidity.isChecked());
  await humidity.uncheck();
  await page.waitForURL((url) => /temperature/.test(decodeURIComponent(url.search)));
  await page.reload();
  await settled(page);
  assert.ok(!(await humidity.isChecked()), "the address remembers it");
  await humidity.check();
  assert.ok(await series.getByRole("checkbox", { name: "auto~temperature" }).isChecked());
});

test("points come in live, also after the gateway was away", { expects: [/ERR_|50[0-9]|NetworkError/] }, async (visit) => {
  const { page, api, ask } = visit;
  const device = await api.createDevice();
  await api.store(device, [{ temperature: 20 }], "auto~temperature");
  await open(visit, link(device, "?range=5m"));
  const legend = page.getByRole("region", { name: "Series" });
  await page.getByText("Live", { exact: true }).waitFor();
  await api.upload(device, [{ temperature: 21.5 }]);
  await legend.getByText("21.5").waitFor();
  await ask("stop", "gateway");
  await page.getByText("Reconnecting").waitFor();
  await api.upload(device, [{ temperature: 22.5 }]);
  await ask("start", "gateway");
  await legend.getByText("22.5").waitFor({ timeout: 60_000 });
  await page.getByText("Live", { exact: true }).waitFor({ timeout: 60_000 });
  await api.upload(device, [{ temperature: 23.5 }]);
  await legend.getByText("23.5").waitFor();
});

test("strings and booleans are bands of states", async (visit) => {
  const { page, api } = visit;
  const application = await api.createApplication("bands");
  await api.applyRules(application, {
    autoExtract: true,
    autoExtractStringsAndBooleans: true,
    timestamp: { path: "at", format: "TIMESTAMP_FORMAT_MILLIS_UNIX_EPOCH" },
  });
  const device = await api.createDevice({ application });
  const samples = wave(240, 1000).map((sample, i) => ({ ...sample, mode: ["idle", "heating", "cooling"][Math.floor(i / 40) % 3], open: i % 90 < 45 }));
  await api.store(device, samples, "auto~mode");
  await open(visit, link(device, "?range=5m"));
  await until(() => anyChartIsDrawn(page), "the chart is drawn");
  for (const series of ["auto~mode", "auto~open"]) {
    assert.ok(await page.getByRole("region", { name: "Series" }).getByRole("checkbox", { name: series }).isChecked(), series);
  }
  await visit.screenshot("telemetry-bands");
});

test("the points of the view as a CSV file", async (visit) => {
  const { page, api } = visit;
  const device = await makeDevice(api, "csv");
  const samples = wave(300, 1000);
  await api.store(device, samples, "auto~temperature");
  await open(visit, link(device, "?range=1h"));
  await until(() => anyChartIsDrawn(page), "the chart is drawn");
  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: "CSV" }).click();
  const file = await download;
  assert.match(file.suggestedFilename(), /\.csv$/);
  const lines = (await readFile(await file.path(), "utf8")).trim().split(/\r?\n/);
  const columns = lines[0].split(",");
  assert.ok(columns.includes("value"), lines[0]);
  const of = (name) => lines.slice(1).filter((line) => line.includes(name));
  assert.equal(of("auto~temperature").length, samples.length);
  assert.equal(of("auto~humidity").length, samples.length);
  const value = Number(of("auto~temperature").at(-1).split(",")[columns.indexOf("value")]);
  assert.equal(value, samples.at(-1).temperature, "to the last digit");
});

test("a device that has sent nothing, and one that is not there", { expects: [/404/] }, async (visit) => {
  const { page, api } = visit;
  const device = await api.createDevice();
  await open(visit, link(device));
  await page.getByText("No telemetry yet").waitFor();
  await visit.screenshot("telemetry-empty");
  await page.goto(`/applications/${device.application}/devices/nobody`);
  await page.getByText("There is no device nobody").waitFor();
});

test("times are those of the zone that is chosen, also after a reload", async (visit) => {
  const { page, api } = visit;
  const device = await makeDevice(api, "zone");
  await api.store(device, wave(60, 1000, Date.UTC(2026, 0, 5, 0, 15, 0)), "auto~temperature");
  await open(visit, link(device));
  await page.getByLabel("Time zone").first().selectOption("Asia/Tokyo");
  await page.getByRole("main").getByText(/09:15/).first().waitFor();
  await page.reload();
  await page.getByRole("main").getByText(/09:15/).first().waitFor();
});
