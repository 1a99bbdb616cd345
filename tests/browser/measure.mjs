// SPDX-License-Identifier: Apache-2.0
// Weight, speed and memory of the dashboard; `measure` beside it starts this and says how.
import { chromium } from "playwright-core";

import { Api } from "./api.mjs";
import { signIn } from "./actions.mjs";

const SERIES = 8;
const LIVE_PERIOD_MS = 100;
const FRAME_SECONDS = 20;
const UPLOAD_SAMPLES = 10_000;
const REPEATS = 5;

const scene = JSON.parse(process.env.MILLRACE_BROWSER_SCENE);
const api = new Api(scene, scene.adminKey);
const rows = [];

function note(what, figure) {
  rows.push([what, figure]);
  console.error(`${what}: ${figure}`);
}

const median = (values) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)];
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const deviceLink = (device, query = "") => `/applications/${device.application}/devices/${device.endpointId}${query}`;

// --- what is looked at ---

/** A sample of eight values, like a slow wave with noise. */
function sample(time) {
  const values = Array.from({ length: SERIES }, (_, i) => [`value-${i}`, Math.sin(time / 60_000 + i) * (i + 1) + Math.random() / 5]);
  return { timestamp: new Date(time).toISOString(), ...Object.fromEntries(values) };
}

async function makeDevice() {
  const application = await api.createApplication("measure");
  await api.applyRules(application, { autoExtract: true, timestamp: { path: "timestamp", format: "TIMESTAMP_FORMAT_ISO8601" } });
  return api.createDevice({ application });
}

/** One series of `points` points, a second apart, up to now. */
async function makeHistory(device, points) {
  const end = Date.now();
  for (let sent = 0; sent < points; sent += UPLOAD_SAMPLES) {
    const count = Math.min(UPLOAD_SAMPLES, points - sent);
    const samples = Array.from({ length: count }, (_, i) => {
      const time = end - (points - sent - i) * 1000;
      return { timestamp: new Date(time).toISOString(), "value-0": Math.sin(time / 3_600_000) + Math.random() / 5 };
    });
    for (let status; (status = await api.upload(device, samples)) !== 200; await pause(500)) {
      if (status !== 503 && status !== 429) throw new Error(`an upload was answered with ${status}`);
    }
  }
  await api.store(device, [sample(Date.now())], "auto~value-1");
}

/** Until epts has summed up what came, so that long ranges need not be read point by point: true within five minutes. */
async function summedUp() {
  for (const end = Date.now() + 300_000; Date.now() < end; await pause(1000)) {
    const metrics = await (await fetch(scene.eptsMetrics)).text();
    const value = (name) => Number(new RegExp(`^${name} (\\S+)$`, "m").exec(metrics)?.[1]);
    if (value("millrace_epts_rollup_marks") === 0 && value("millrace_epts_rollup_weeks_left") === 0) return true;
  }
  return false;
}

// --- weight ---

async function weigh(browser) {
  const context = await browser.newContext({ baseURL: scene.origin });
  const page = await context.newPage();
  const session = await context.newCDPSession(page);
  await session.send("Network.enable");
  let bytes = 0;
  let requests = 0;
  session.on("Network.loadingFinished", ({ encodedDataLength }) => {
    bytes += encodedDataLength;
    requests += 1;
  });
  await page.goto("/", { waitUntil: "networkidle" });
  note("page weight, first view (sign-in), compressed", `${(bytes / 1024).toFixed(0)} KiB in ${requests} requests`);
  await signIn(page, scene.adminKey);
  await page.waitForLoadState("networkidle");
  note("… signed in, the list of applications", `${(bytes / 1024).toFixed(0)} KiB in ${requests} requests`);
  await context.close();
}

// --- time until a chart is there ---

/**
 * Runs in the page before its own scripts: notes when a line of data is first seen, which is a coloured pixel in the middle of
 * a canvas. The grid there is grey.
 */
function watchForChart() {
  const hasLine = (canvas) => {
    const [width, height] = [Math.floor(canvas.width * 0.6), Math.floor(canvas.height * 0.6)];
    if (!width || !height) return false;
    const { data } = canvas.getContext("2d").getImageData(canvas.width * 0.2, canvas.height * 0.2, width, height);
    for (let i = 0; i < data.length; i += 4) {
      const [red, green, blue, alpha] = data.subarray(i, i + 4);
      if (alpha > 100 && Math.max(red, green, blue) - Math.min(red, green, blue) > 60) return true;
    }
    return false;
  };
  const look = () => {
    if ([...document.querySelectorAll("canvas")].some(hasLine)) window.chartVisibleAt = performance.now();
    else requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
}

async function timeChart(page, link) {
  const times = [];
  for (let i = 0; i < REPEATS; i += 1) {
    await page.goto(link);
    await page.waitForFunction(() => window.chartVisibleAt !== undefined);
    times.push(await page.evaluate(() => window.chartVisibleAt));
    await page.goto("about:blank");
  }
  return `${median(times).toFixed(0)} ms (${Math.min(...times).toFixed(0)} to ${Math.max(...times).toFixed(0)}, ${REPEATS} loads)`;
}

// --- frames while points come in ---

/** Sends ten samples a second until stop() is called. */
function sendLive(device) {
  let going = true;
  const done = (async () => {
    for (let next = Date.now(); going; next += LIVE_PERIOD_MS) {
      await pause(Math.max(0, next - Date.now()));
      await api.upload(device, [sample(Date.now())]);
    }
  })();
  return async () => {
    going = false;
    await done;
  };
}

async function traceFrames(page) {
  const session = await page.context().newCDPSession(page);
  const events = [];
  session.on("Tracing.dataCollected", ({ value }) => events.push(...value));
  const complete = new Promise((resolve) => session.once("Tracing.tracingComplete", resolve));
  const includedCategories = ["devtools.timeline", "disabled-by-default-devtools.timeline", "disabled-by-default-devtools.timeline.frame"];
  await session.send("Tracing.start", { transferMode: "ReportEvents", traceConfig: { includedCategories } });
  const callbacks = await page.evaluate(
    (seconds) =>
      new Promise((resolve) => {
        const times = [];
        const tick = (now) => {
          times.push(now);
          if (now - times[0] < seconds * 1000) requestAnimationFrame(tick);
          else resolve(times);
        };
        requestAnimationFrame(tick);
      }),
    FRAME_SECONDS,
  );
  await session.send("Tracing.end");
  await complete;
  return { events, callbacks };
}

function noteFrames({ events, callbacks }) {
  const gaps = callbacks.slice(1).map((time, i) => time - callbacks[i]);
  const count = (name) => events.filter((event) => event.name === name).length;
  const long = events.filter((event) => event.name === "RunTask" && event.dur > 16_700).length;
  note(`frames/s while ${SERIES} series get ${1000 / LIVE_PERIOD_MS} points/s each`, (gaps.length / FRAME_SECONDS).toFixed(1));
  note("… longest time between two frames", `${Math.max(...gaps).toFixed(0)} ms`);
  note("… frames drawn / dropped, by Chromium's trace", `${count("DrawFrame")} / ${count("DroppedFrame")} in ${FRAME_SECONDS} s`);
  note("… tasks longer than a frame (16.7 ms), of all threads", `${long}`);
}

// --- memory ---

async function watchMemory(page) {
  const session = await page.context().newCDPSession(page);
  await session.send("Performance.enable");
  const used = async () => {
    await session.send("HeapProfiler.collectGarbage");
    const { metrics } = await session.send("Performance.getMetrics");
    const value = (name) => metrics.find((metric) => metric.name === name).value;
    return { mib: value("JSHeapUsedSize") / (1 << 20), nodes: value("Nodes") };
  };
  const end = Date.now() + scene.minutes * 60_000;
  const seen = [await used()];
  while (Date.now() < end) {
    await pause(Math.min(30_000, Math.max(1000, end - Date.now())));
    seen.push(await used());
  }
  const shown = ({ mib, nodes }) => `${mib.toFixed(1)} MiB, ${nodes} nodes`;
  note(`memory of the page after collection, live, at first`, shown(seen[0]));
  note(`… after ${scene.minutes} minutes`, shown(seen.at(-1)));
  note("… most", `${Math.max(...seen.map(({ mib }) => mib)).toFixed(1)} MiB`);
}

const browser = await chromium.launch({ executablePath: scene.chromium, args: ["--no-sandbox", "--disable-dev-shm-usage"] });
await weigh(browser);
const device = await makeDevice();
await makeHistory(device, scene.points);
const context = await browser.newContext({ baseURL: scene.origin, viewport: { width: 1280, height: 800 } });
const page = await context.newPage();
await page.addInitScript(watchForChart);
await page.goto("/");
await signIn(page, scene.adminKey);
note("first chart visible, an hour", await timeChart(page, deviceLink(device, "?range=1h")));
const month = `first chart visible, a month of ${scene.points.toLocaleString("en")} points`;
note(`${month}, while they are summed up`, await timeChart(page, deviceLink(device, "?range=1M")));
if (await summedUp()) note(month, await timeChart(page, deviceLink(device, "?range=1M")));
else note(month, "not measured: epts has not summed them up in 5 minutes");
const stop = sendLive(device);
await page.goto(deviceLink(device, "?range=5m"));
await page.waitForFunction(() => window.chartVisibleAt !== undefined);
noteFrames(await traceFrames(page));
await watchMemory(page);
await stop();
await browser.close();
console.log("| figure | |\n|---|---:|");
for (const [what, figure] of rows) console.log(`| ${what} | ${figure} |`);
