// SPDX-License-Identifier: Apache-2.0
// What holds for every page: in both themes, on a phone, for a screen reader, with nobody else's server.
import { chartsAreDrawn, checkAccessibility, checkWidth, go, open, settled, signIn, until } from "./actions.mjs";
import { test } from "./registry.mjs";

/** [name, path] of every page, with something on it. */
async function makePages(api) {
  const application = await api.createApplication("pages");
  await api.applyRules(application, {
    autoExtract: true,
    autoExtractStringsAndBooleans: true,
    timestamp: { path: "at", format: "TIMESTAMP_FORMAT_MILLIS_UNIX_EPOCH" },
  });
  const device = await api.createDevice({ application });
  await api.createDevice({ application });
  const now = Date.now();
  const samples = Array.from({ length: 120 }, (_, i) => ({
    at: now - (119 - i) * 10_000,
    temperature: 21 + 3 * Math.sin(i / 10),
    humidity: 45 + 8 * Math.cos(i / 14),
    mode: i % 60 < 30 ? "heating" : "idle",
  }));
  await api.store(device, [...samples, { at: "noon" }], "auto~temperature");
  const sources = ["auto~temperature", "auto~humidity"].map((timeSeriesName) => ({ endpointId: device.endpointId, timeSeriesName }));
  const { dashboardId } = await api.call("registry", "CreateDashboard", {
    dashboard: {
      applicationName: application,
      title: "Climate",
      widgets: [
        { placement: { column: 0, row: 0, columns: 8, rows: 4 }, sources, chart: {} },
        { placement: { column: 8, row: 0, columns: 4, rows: 4 }, sources: sources.slice(0, 1), gauge: { maximum: 40, thresholds: [{ value: 25, color: "#2e7d32" }] } },
        { placement: { column: 0, row: 4, columns: 6, rows: 3 }, sources, tiles: {} },
        { placement: { column: 6, row: 4, columns: 6, rows: 3 }, sources, table: { rows: 5 } },
      ],
    },
  });
  const basic = { userName: api.name("plant"), password: "" };
  await api.call("registry", "CreateClientCredentials", { basic });
  const certificate = { issuer: "CN=Plant CA,O=Example", serialNumber: String(Date.now()) };
  await api.call("registry", "CreateClientCredentials", { certificate });
  const app = `/applications/${application}`;
  const one = `${app}/devices/${device.endpointId}`;
  return [
    ["applications", "/applications"],
    ["overview", app],
    ["versions", `${app}/versions`],
    ["series-rules", `${app}/series-rules`],
    ["devices", `${app}/devices`],
    ["telemetry", one],
    ["connect", `${one}/connect`],
    ["tokens", `${one}/tokens`],
    ["raw", `${one}/raw`],
    ["rejected", `${app}/rejected`],
    ["dashboards", `${app}/dashboards`],
    ["dashboard", `${app}/dashboards/${dashboardId}`],
    ["health", "/health"],
    ["keys", "/keys"],
    ["clients", "/clients"],
    ["not-found", "/nothing/here"],
  ];
}

/** Every page is opened, kept as a picture, and checked; all that is wrong is told at once. */
async function visitAll(visit, where) {
  const { page, api } = visit;
  const wrong = [];
  const check = async (name) => {
    await until(() => chartsAreDrawn(page), `charts of ${name} are drawn`);
    await visit.screenshot(`${where}-${name}`, { fullPage: true });
    await checkAccessibility(page, `${name} (${where})`).catch((error) => wrong.push(error.message));
    await checkWidth(page, `${name} (${where})`).catch((error) => wrong.push(error.message));
  };
  const pages = await makePages(api);
  await page.goto("/");
  await page.getByLabel("API key", { exact: true }).waitFor();
  await check("sign-in");
  await signIn(page, visit.scene.adminKey);
  for (const [name, path] of pages) {
    await go(visit, path);
    await check(name);
  }
  if (wrong.length) throw new Error(wrong.join("\n"));
}

test("every page in the light theme: nothing refused, nothing unnamed, enough contrast", (visit) => visitAll(visit, "light"));

test("every page in the dark theme", { context: { colorScheme: "dark" } }, (visit) => visitAll(visit, "dark"));

test("every page on a phone: nothing wider than it", { context: { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2 } }, (visit) =>
  visitAll(visit, "phone"),
);

test("every page at the narrowest, 360 pixels", { context: { viewport: { width: 360, height: 740 } } }, async (visit) => {
  const pages = await makePages(visit.api);
  await open(visit, "/applications");
  for (const [name, path] of pages) {
    await go(visit, path);
    await checkWidth(visit.page, name);
  }
});

test("on a phone one finds one's way", { context: { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true } }, async (visit) => {
  const { page, api } = visit;
  const device = await api.createDevice();
  await open(visit, `/applications/${device.application}`);
  await page.getByRole("button", { name: "Open the menu" }).tap();
  await visit.screenshot("phone-menu");
  await page.getByRole("dialog").getByRole("link", { name: "Devices" }).tap();
  await settled(page);
  await page.getByRole("link", { name: device.endpointId }).first().tap();
  await page.getByRole("heading", { level: 1, name: device.endpointId }).waitFor();
});

test("the theme is chosen, and remembered", async (visit) => {
  const { page } = visit;
  await open(visit, "/applications");
  const isDark = () =>
    page.evaluate(() => {
      const [red, green, blue] = getComputedStyle(document.documentElement).backgroundColor.match(/[\d.]+/g).map(Number);
      return red + green + blue < 150;
    });
  if (await isDark()) throw new Error("the system asks for the light theme");
  await page.getByLabel("Theme").first().selectOption({ label: "Dark" });
  await until(isDark, "the page is dark");
  await page.reload();
  await settled(page);
  await until(isDark, "the page is dark again after a reload");
  await page.getByLabel("Theme").first().selectOption({ label: "Light" });
  await until(async () => !(await isDark()), "the page is light");
});
