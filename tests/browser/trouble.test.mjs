// SPDX-License-Identifier: Apache-2.0
// What the page says when something is wrong: samples as they come, rejected ones, the health of all.
import assert from "node:assert/strict";

import { open, settled, until } from "./actions.mjs";
import { test } from "./registry.mjs";

const link = (device, rest = "") => `/applications/${device.application}/devices/${device.endpointId}${rest}`;

/** A device whose samples are rejected: the rules want a time that they do not say. */
async function makeRejected(api) {
  const application = await api.createApplication("rejected");
  await api.applyRules(application, {
    autoExtract: true,
    timestamp: { path: "at", format: "TIMESTAMP_FORMAT_MILLIS_UNIX_EPOCH", fallback: "TIMESTAMP_FALLBACK_FAIL" },
  });
  const device = await api.createDevice({ application });
  assert.equal(await api.upload(device, [{ temperature: 20.5 }, { at: "noon", temperature: 21.5 }]), 200);
  await until(
    async () => (await api.call("query", "ListRejectedSamples", { applicationName: application })).rejectedSamples?.length === 2,
    "both samples are rejected",
  );
  return device;
}

test("rejected samples say why, and are replayed when the rules are mended", async (visit) => {
  const { page, api } = visit;
  const device = await makeRejected(api);
  await open(visit, `/applications/${device.application}/rejected`);
  await page.getByRole("row", { name: /Timestamp missing/ }).waitFor();
  await page.getByRole("row", { name: /Timestamp invalid/ }).waitFor();
  await visit.screenshot("rejected");
  await page.getByRole("row", { name: /Timestamp invalid/ }).getByRole("button", { name: "Open" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByText("What is at the timestamp's path is not of the rules' format.").waitFor();
  await dialog.getByText("noon").first().waitFor();
  await visit.screenshot("rejected-detail");
  await page.keyboard.press("Escape");

  await api.applyRules(device.application, {
    autoExtract: true,
    timestamp: { path: "at", format: "TIMESTAMP_FORMAT_MILLIS_UNIX_EPOCH", fallback: "TIMESTAMP_FALLBACK_SERVER_TIMESTAMP" },
  });
  await page.getByRole("button", { name: "Replay" }).first().click();
  await dialog.getByRole("button", { name: "Start" }).click();
  await dialog.getByText("2 replayed").waitFor();
  await visit.screenshot("rejected-replayed");
  await dialog.getByRole("button", { name: /Done|Close/ }).first().click();
  await until(async () => {
    await page.reload();
    await settled(page);
    return page.getByText("Nothing was rejected").isVisible();
  }, "the list is empty");
  const { dataPoints } = await api.call("query", "GetLastDataPoints", { applicationName: device.application });
  assert.equal(dataPoints.length, 1);
});

test("rejected samples of one device, by reason", async (visit) => {
  const { page, api } = visit;
  const device = await makeRejected(api);
  await open(visit, `/applications/${device.application}/rejected?endpoint=${device.endpointId}`);
  await page.getByLabel("Reason").selectOption({ label: "Timestamp missing" });
  await until(async () => (await page.getByRole("row", { name: /Timestamp invalid/ }).count()) === 0, "the other reason is filtered away");
  await page.getByRole("row", { name: /Timestamp missing/ }).first().waitFor();
});

test("samples are shown as they come in, with what they give", async (visit) => {
  const { page, api } = visit;
  const device = await api.createDevice();
  await open(visit, link(device, "/raw"));
  await page.getByText("Waiting for the next sample").waitFor();
  await until(async () => {
    await api.upload(device, [{ temperature: 20.25, words: "not a number" }]);
    return page.getByText("20.25").first().isVisible();
  }, "the sample is shown");
  await page.getByText("auto~temperature").first().waitFor();
  await visit.screenshot("raw");
  await page.getByRole("button", { name: "Pause" }).click();
  await page.getByText("Paused").waitFor();
});

test("a dry run shows what edited rules would give, and nothing is stored by it", async (visit) => {
  const { page, api } = visit;
  const device = await api.createDevice({ autoExtract: false });
  await open(visit, `/applications/${device.application}/series-rules`);
  await page.getByText("Your own", { exact: true }).click();
  await page.getByLabel("Sample, as a device would send it").fill('{"climate": {"temperature": 23.5}, "humidity": 48}');
  await page.getByRole("button", { name: "Add series" }).click();
  await page.getByLabel("Series name").fill("indoor");
  await page.getByLabel("Path in the sample").fill("climate.temperature");
  const dry = page.getByRole("complementary", { name: "Dry run" });
  await dry.getByText("indoor").first().waitFor();
  await dry.getByText("23.5").first().waitFor();
  await visit.screenshot("series-rules-dry-run", { fullPage: true });
  const { timeSeries = [] } = await api.call("query", "ListTimeSeries", { applicationName: device.application });
  assert.deepEqual(timeSeries.filter((one) => one.endpointIds?.length), []);
});

test("the history of rules, and back to an earlier version", async (visit) => {
  const { page, api } = visit;
  const application = await api.createApplication("history", false);
  await api.applyRules(application, { autoExtract: true });
  await api.applyRules(application, { autoExtract: true, autoExtractExclusions: ["battery"] });
  await open(visit, `/applications/${application}/series-rules`);
  await page.getByText("History", { exact: true }).first().click();
  await page.getByRole("heading", { name: "History of the series rules" }).waitFor();
  await visit.screenshot("series-rules-history");
  await page.getByRole("button", { name: /^Restore version/ }).first().click();
  await page.getByRole("dialog").getByRole("button", { name: /Restore/ }).last().click();
  await until(async () => {
    const { seriesRules } = await api.call("registry", "GetSeriesRules", { applicationName: application });
    return !seriesRules.autoExtractExclusions?.length;
  }, "the earlier rules are in force");
});

test("health: every part, the ledger in a sentence", async (visit) => {
  const { page, api } = visit;
  const device = await api.createDevice();
  await api.store(device, [{ temperature: 20 }], "auto~temperature");
  await open(visit, "/health");
  await page.getByText(/messages? received, all ended/).waitFor();
  for (const part of ["http-receiver", "mqtt-receiver", "epts", "registry", "query", "gateway"]) {
    await page.getByRole("row", { name: new RegExp(part) }).first().waitFor();
  }
  await visit.screenshot("health");
});

test("health while query is away, and when it is back", { expects: [/50[0-9]/] }, async (visit) => {
  const { page, ask } = visit;
  await open(visit, "/health");
  await page.getByText(/messages? received|No message has been received/).first().waitFor();
  await ask("stop", "query");
  try {
    await page.getByText("The deployment cannot be asked").waitFor();
    await visit.screenshot("health-away");
  } finally {
    await ask("start", "query");
  }
  await page.getByText("The deployment cannot be asked").waitFor({ state: "detached", timeout: 40_000 });
});
