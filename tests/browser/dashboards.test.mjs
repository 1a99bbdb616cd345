// SPDX-License-Identifier: Apache-2.0
// Dashboards that a person arranges, and the map among their widgets.
import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";

import { go, open, settled, until } from "./actions.mjs";
import { test } from "./registry.mjs";

/** An application whose device has temperature, humidity and a track from Graz to Vienna. */
async function makeTracked(api) {
  const application = await api.createApplication("tracked");
  await api.applyRules(application, {
    autoExtract: true,
    timestamp: { path: "at", format: "TIMESTAMP_FORMAT_MILLIS_UNIX_EPOCH" },
    series: [{ name: "location", values: [{ path: "position.lat", name: "latitude" }, { path: "position.lon", name: "longitude" }] }],
  });
  const device = await api.createDevice({ application });
  const steps = 60;
  const now = Date.now();
  const samples = Array.from({ length: steps }, (_, i) => ({
    at: now - (steps - 1 - i) * 20_000,
    temperature: 20 + Math.sin(i / 6) * 4,
    humidity: 48 + Math.cos(i / 9) * 6,
    position: { lat: 47.07 + (i / steps) * 1.14, lon: 15.44 + (i / steps) * 0.93 },
  }));
  await api.store(device, samples, "location");
  return device;
}

async function addWidget(page, kind, { series, endpoint, title }) {
  await page.getByRole("button", { name: "Add a widget" }).first().click();
  const dialog = page.getByRole("dialog");
  await dialog.getByText(kind, { exact: true }).click();
  for (const [i, name] of series.entries()) {
    await dialog.getByRole("button", { name: `Add ${name}`, exact: true }).click();
    // Those after the first are taken to be of the same device.
    if (i === 0) await chooseDevice(dialog, endpoint);
  }
  await dialog.getByLabel("Title", { exact: true }).fill(title);
  await dialog.getByRole("button", { name: "Add", exact: true }).click();
  await dialog.waitFor({ state: "detached" });
}

async function chooseDevice(dialog, endpoint) {
  await dialog.getByLabel("Device", { exact: true }).selectOption({ label: "Always the same" });
  await dialog.getByRole("combobox", { name: "Always the same" }).fill(endpoint);
  await dialog.getByRole("option", { name: endpoint }).first().click();
}

test("a dashboard is made, shows its widgets live, survives a reload, goes out and comes in as a file", async (visit) => {
  const { page, api } = visit;
  const device = await makeTracked(api);
  await open(visit, `/applications/${device.application}/dashboards`);
  await page.getByText("No dashboards yet").waitFor();
  await visit.screenshot("dashboards-empty");
  await page.getByRole("button", { name: "New dashboard" }).first().click();
  await page.getByRole("dialog").getByLabel("Title").fill("On the way");
  await page.getByRole("dialog").getByRole("button", { name: "Create", exact: true }).click();
  await page.getByRole("button", { name: "Add a widget" }).first().waitFor();
  const of = { endpoint: device.endpointId };
  await addWidget(page, "Chart", { ...of, series: ["auto~temperature", "auto~humidity"], title: "Air" });
  await addWidget(page, "Gauge", { ...of, series: ["auto~temperature"], title: "Now" });
  await addWidget(page, "Last values", { ...of, series: ["auto~temperature", "auto~humidity"], title: "Numbers" });
  await addWidget(page, "Table", { ...of, series: ["auto~humidity"], title: "Rows" });
  await addWidget(page, "Map", { ...of, series: ["location"], title: "Track" });
  await visit.screenshot("dashboard-edit", { fullPage: true });
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.getByText("Saved", { exact: true }).waitFor();
  const address = page.url();

  await page.reload();
  await settled(page);
  for (const title of ["Air", "Now", "Numbers", "Rows", "Track"]) await page.getByText(title, { exact: true }).first().waitFor();
  await api.upload(device, [{ at: Date.now(), temperature: 31.25, humidity: 40 }]);
  await page.getByText("31.25").first().waitFor();
  await visit.screenshot("dashboard", { fullPage: true });

  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: /^(Export|Save this dashboard as a JSON file)$/ }).click();
  const text = await readFile(await (await download).path(), "utf8");
  const exported = JSON.parse(text);
  assert.equal(exported.title, "On the way");
  assert.equal(exported.widgets.length, 5);

  const file = path.join(os.tmpdir(), `${device.application}.json`);
  await writeFile(file, JSON.stringify({ ...exported, title: "Imported" }));
  await page.goto(`/applications/${device.application}/dashboards`);
  await settled(page);
  const chooser = page.waitForEvent("filechooser");
  await page.getByRole("button", { name: /^Import/ }).first().click();
  await (await chooser).setFiles(file);
  await page.getByRole("heading", { name: "Imported" }).waitFor();
  assert.notEqual(page.url(), address, "a dashboard of its own");
  await page.getByText("Track", { exact: true }).first().waitFor();
});

test("a file that is no dashboard is refused in words", async (visit) => {
  const { page, api } = visit;
  const application = await api.createApplication();
  await open(visit, `/applications/${application}/dashboards`);
  const file = path.join(os.tmpdir(), `${application}.json`);
  for (const [content, words] of [["{", "The file is not JSON"], ['{"title": 5}', "The file is not a dashboard"]]) {
    await writeFile(file, content);
    const chooser = page.waitForEvent("filechooser");
    await page.getByRole("button", { name: /^Import/ }).first().click();
    await (await chooser).setFiles(file);
    await page.getByText(words).waitFor();
  }
});

test("a configured location series is a track on the map, without anybody else's server", async (visit) => {
  const { page, api } = visit;
  const device = await makeTracked(api);
  const dashboard = await api.call("registry", "CreateDashboard", {
    dashboard: {
      applicationName: device.application,
      title: "Where it is",
      widgets: [
        {
          title: "Track",
          placement: { column: 0, row: 0, columns: 12, rows: 6 },
          sources: [{ endpointId: device.endpointId, timeSeriesName: "location" }],
          map: { rangeSeconds: 3600 },
        },
      ],
    },
  });
  await open(visit, `/applications/${device.application}/dashboards/${dashboard.dashboardId}`);
  const map = page.getByRole("group", { name: "Map: Track" });
  await map.waitFor();
  // Where the newest place is, in words; and as a line, which is drawn on a canvas.
  await map.getByText(/48\.19|48\.2/).first().waitFor();
  await until(
    () => map.locator("canvas").first().evaluate((canvas) => canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data.some((part) => part > 0)),
    "the track is drawn",
  );
  await visit.screenshot("dashboard-map");
  await api.upload(device, [{ at: Date.now(), position: { lat: 51.5, lon: -0.12 } }]);
  await map.getByText(/51\.5/).first().waitFor();
});

test("a reader sees a dashboard and nothing to change it with", async (visit) => {
  const { page, api } = visit;
  const application = await api.createApplication();
  const { dashboardId } = await api.call("registry", "CreateDashboard", { dashboard: { applicationName: application, title: "Shown" } });
  const reader = await api.createKey("reader");
  await open(visit, `/applications/${application}/dashboards/${dashboardId}`, reader.key);
  await page.getByRole("heading", { name: "Shown" }).waitFor();
  for (const verb of ["Edit", "Delete", "Add a widget"]) assert.equal(await page.getByRole("button", { name: verb }).count(), 0, verb);
  await go(visit, `/applications/${application}/dashboards`);
  for (const verb of ["New dashboard", "Import"]) assert.equal(await page.getByRole("button", { name: verb }).count(), 0, verb);
});

test("what somebody else has saved meanwhile is not overwritten unasked", { expects: [/400|409|412/] }, async (visit) => {
  const { page, api } = visit;
  const application = await api.createApplication();
  const made = await api.call("registry", "CreateDashboard", { dashboard: { applicationName: application, title: "Mine" } });
  await open(visit, `/applications/${application}/dashboards/${made.dashboardId}`);
  await page.getByRole("button", { name: "Edit", exact: true }).click();
  await page.getByLabel("Title", { exact: true }).fill("Mine, changed");
  await api.call("registry", "UpdateDashboard", { dashboard: { ...made, title: "Theirs" } });
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.getByText("Somebody else has changed this dashboard").waitFor();
  await visit.screenshot("dashboard-conflict");
  await page.getByRole("button", { name: "Overwrite with mine" }).click();
  await until(async () => (await api.call("registry", "GetDashboard", { dashboardId: made.dashboardId })).title === "Mine, changed", "mine is stored");
});
