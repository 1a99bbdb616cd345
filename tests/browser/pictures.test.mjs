// SPDX-License-Identifier: Apache-2.0
// The pictures of docs/: a station in a greenhouse and a boat on the Danube, with a day of data. They fail where the page
// cannot show them; what is on them is for people to look at.
import { go, open, settled } from "./actions.mjs";
import { test } from "./registry.mjs";

const MINUTE_MS = 60_000;
const COLOURS = { cold: "#1c7ed6", good: "#2b8a3e", warm: "#e8590c" };

function climate(at, i) {
  const day = (at / (24 * 60 * MINUTE_MS)) * 2 * Math.PI;
  const noise = Math.sin(i * 12.9898) * 0.08 + Math.sin(i / 7) * 0.25 + Math.sin(i / 23) * 0.4;
  const temperature = 21 - 4 * Math.cos(day) + noise;
  return {
    at,
    temperature: Number(temperature.toFixed(2)),
    humidity: Number((55 + 9 * Math.cos(day + 0.4) - noise * 2).toFixed(1)),
    mode: temperature < 19 ? "heating" : temperature > 24 ? "cooling" : "idle",
    window: temperature > 24.2,
  };
}

/** Six hours of a station, a sample a minute, and a boat from Passau towards Vienna. */
async function makeGreenhouse(api) {
  const application = "greenhouse";
  await api.call("registry", "CreateApplication", { name: application, displayName: "Greenhouse" });
  await api.call("registry", "CreateAppVersion", { applicationName: application, name: "greenhouse-v1" });
  await api.applyRules(application, {
    autoExtractStringsAndBooleans: true,
    timestamp: { path: "at", format: "TIMESTAMP_FORMAT_MILLIS_UNIX_EPOCH", fallback: "TIMESTAMP_FALLBACK_SERVER_TIMESTAMP" },
    series: [
      { name: "temperature", values: [{ path: "temperature", unit: "°C" }] },
      { name: "humidity", values: [{ path: "humidity", unit: "%" }] },
      { name: "location", values: [{ path: "position.lat", name: "latitude" }, { path: "position.lon", name: "longitude" }] },
    ],
  });
  const make = async (endpointId) => {
    const { token } = await api.call("registry", "CreateEndpoint", { appVersionName: "greenhouse-v1", endpointId });
    return { application, appVersion: "greenhouse-v1", endpointId, token };
  };
  const [station, boat] = [await make("station-1"), await make("boat-1")];
  const now = Date.now();
  const minutes = Array.from({ length: 360 }, (_, i) => now - (359 - i) * MINUTE_MS);
  await api.store(station, minutes.map(climate), "temperature");
  const way = [[48.57, 13.46], [48.41, 13.78], [48.31, 14.29], [48.23, 14.85], [48.2, 15.37], [48.41, 15.6], [48.33, 16.05], [48.24, 16.39]];
  const track = minutes.filter((_, i) => i % 6 === 0).map((at, i, all) => {
    const place = (i / (all.length - 1)) * (way.length - 1);
    const [from, to] = [way[Math.floor(place)], way[Math.ceil(place)]];
    const part = place - Math.floor(place);
    return { at, position: { lat: from[0] + (to[0] - from[0]) * part, lon: from[1] + (to[1] - from[1]) * part } };
  });
  await api.store(boat, track, "location");
  return { station, boat };
}

function board({ station, boat }) {
  const of = (device, timeSeriesName, more = {}) => ({ endpointId: device.endpointId, timeSeriesName, ...more });
  return {
    applicationName: station.application,
    title: "Greenhouse and boat",
    widgets: [
      { title: "Climate", placement: { column: 0, row: 0, columns: 7, rows: 4 }, sources: [of(station, "temperature"), of(station, "humidity")], chart: { rangeSeconds: 21_600 } },
      {
        title: "Temperature",
        placement: { column: 7, row: 0, columns: 5, rows: 4 },
        sources: [of(station, "temperature", { label: "Temperature" })],
        gauge: { minimum: 0, maximum: 40, thresholds: [{ value: 16, color: COLOURS.cold }, { value: 27, color: COLOURS.good }, { value: 40, color: COLOURS.warm }] },
      },
      { title: "Where the boat is", placement: { column: 0, row: 4, columns: 7, rows: 4 }, sources: [of(boat, "location")], map: { rangeSeconds: 21_600 } },
      { title: "Now", placement: { column: 7, row: 4, columns: 5, rows: 2 }, sources: [of(station, "temperature"), of(station, "humidity")], tiles: {} },
      { title: "Newest", placement: { column: 7, row: 6, columns: 5, rows: 2 }, sources: [of(station, "humidity")], table: { rows: 3 } },
    ],
  };
}

/** Until nothing moves: two pictures in a row are the same. */
async function still(page) {
  for (let last = "", tries = 0; tries < 40; tries += 1) {
    const now = (await page.screenshot({ animations: "disabled" })).toString("base64");
    if (now === last) return;
    last = now;
    await page.waitForTimeout(250);
  }
  throw new Error("the page does not come to rest");
}

test("the pictures of the documents", { context: { viewport: { width: 1180, height: 760 } } }, async (visit) => {
  const { page, api } = visit;
  const { station, boat } = await makeGreenhouse(api);
  const picture = async (name) => {
    await settled(page);
    await still(page);
    await visit.screenshot(`docs-${name}`);
  };
  const { dashboardId } = await api.call("registry", "CreateDashboard", { dashboard: board({ station, boat }) });
  await open(visit, `/applications/greenhouse/dashboards/${dashboardId}`);
  await page.setViewportSize({ width: 1180, height: 940 });
  await picture("dashboard");
  await page.setViewportSize({ width: 1180, height: 760 });
  await go(visit, "/applications/greenhouse/devices/station-1?range=6h");
  await picture("telemetry");
  await go(visit, "/applications/greenhouse/series-rules");
  await page.getByText("Your own", { exact: true }).click();
  await page.getByLabel("Sample, as a device would send it").fill('{"temperature": 23.5, "humidity": 48, "mode": "idle", "position": {"lat": 48.2, "lon": 16.4}}');
  await page.getByRole("complementary", { name: "Dry run" }).getByText("location").first().waitFor();
  await picture("series-rules");
  await go(visit, "/applications/greenhouse/devices/station-1/connect");
  await page.getByLabel("Token", { exact: true }).fill(station.token);
  await api.store(station, [climate(Date.now(), 1)], "temperature");
  await page.getByText("Data is coming").waitFor();
  await picture("connect");
});
