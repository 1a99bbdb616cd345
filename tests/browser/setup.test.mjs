// SPDX-License-Identifier: Apache-2.0
// From signing in to the first points, and who may do what.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { promisify } from "node:util";

import { go, navigate, open, settled, signIn, until } from "./actions.mjs";
import { test } from "./registry.mjs";

test("a key that nobody made is refused in words", { expects: [/401/] }, async (visit) => {
  const { page } = visit;
  await page.goto("/");
  await page.getByLabel("API key", { exact: true }).fill("mr_nobody-made-this-one");
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await page.getByText("The server does not know this key").waitFor();
  await visit.screenshot("sign-in-wrong-key");
});

test("no key at all is answered beside the field", async ({ page }) => {
  await page.goto("/");
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await page.getByText("Enter an API key.").waitFor();
  const field = page.getByLabel("API key", { exact: true });
  assert.equal(await field.getAttribute("aria-invalid"), "true");
});

test("a revoked key ends the session with a sentence", { expects: [/401/] }, async (visit) => {
  const { page, api } = visit;
  const application = await api.createApplication();
  const reader = await api.createKey("reader");
  await open(visit, `/applications/${application}`, reader.key);
  await api.call("registry", "RevokeApiKey", { keyId: reader.keyId });
  await page.getByRole("link", { name: "Versions", exact: true }).click();
  await page.getByText("Your key is not valid any more").waitFor();
  assert.equal(new URL(page.url()).pathname, "/sign-in");
});

test("while the registry is away, signing in blames nobody's key, and works afterwards", { expects: [/503/] }, async (visit) => {
  const { page, ask, scene } = visit;
  await page.goto("/");
  await ask("stop", "registry");
  try {
    await page.getByLabel("API key", { exact: true }).fill(scene.adminKey);
    await page.getByRole("button", { name: "Sign in", exact: true }).click();
    await page.getByText("This says nothing about your key").waitFor();
    await visit.screenshot("sign-in-registry-away");
  } finally {
    await ask("start", "registry");
  }
  await until(async () => {
    await page.getByRole("button", { name: "Sign in", exact: true }).click();
    return page.waitForURL((url) => url.pathname !== "/sign-in", { timeout: 1000 }).then(() => true, () => false);
  }, "the same key lets in");
});

test("a link leads to its place after signing in, and a reload stays there", async (visit) => {
  const { page, api } = visit;
  const application = await api.createApplication();
  const link = `/applications/${application}/versions`;
  await open(visit, link);
  assert.equal(new URL(page.url()).pathname, link);
  await page.reload();
  await settled(page);
  assert.equal(new URL(page.url()).pathname, link);
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByLabel("API key", { exact: true }).waitFor();
  await page.goto(link);
  await page.getByRole("button", { name: "Sign in", exact: true }).waitFor();
});

test("a link after signing in never leads to another host", async (visit) => {
  const { page, scene } = visit;
  for (const next of ["//elsewhere.example/x", "https://elsewhere.example", "/\\elsewhere.example", "javascript:alert(1)"]) {
    await page.goto(`/sign-in?next=${encodeURIComponent(next)}`);
    await signIn(page, scene.adminKey);
    assert.equal(new URL(page.url()).origin, scene.origin, next);
    await page.evaluate(() => sessionStorage.clear());
  }
});

// --- the tutorial, by clicking ---

test("from an empty server to two live lines: the whole tutorial by clicking", async (visit) => {
  const { page, api } = visit;
  const name = api.name("greenhouse");
  await open(visit, "/applications");
  await createApplication(page, name);
  const endpoint = api.name("station");
  await createDevice(page, endpoint);
  await page.getByRole("button", { name: "Connect this device" }).click();
  await page.getByText("Waiting for a sample").waitFor();

  await navigate(page, "Series rules");
  await page.getByRole("checkbox", { name: "Autoextract", exact: true }).check();
  await page.getByRole("button", { name: "Review and save" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Save", exact: true }).click();
  await page.getByText("It is in effect.").waitFor();
  await visit.screenshot("series-rules-auto-extraction");

  await navigate(page, "Devices");
  await page.getByRole("link", { name: endpoint }).click();
  await page.getByRole("link", { name: "Connect", exact: true }).click();
  await page.getByText("Waiting for a sample").waitFor();
  await visit.screenshot("connect-waiting");
  const snippet = await page.getByRole("region", { name: "curl", exact: true }).innerText();
  assert.match(await shell(snippet), /^HTTP\/1.1 200 OK/, "the snippet runs as it is");
  await page.getByText("Data is coming").waitFor();
  await visit.screenshot("connect-data-is-coming");

  await page.getByRole("link", { name: "See the chart" }).click();
  const legend = page.getByRole("region", { name: "Series" });
  for (const series of ["auto~temperature", "auto~humidity"]) {
    await legend.getByRole("checkbox", { name: series }).waitFor();
    assert.ok(await legend.getByRole("checkbox", { name: series }).isChecked(), `${series} is drawn`);
  }
  await page.getByText("Live", { exact: true }).waitFor();
  // And it goes on without loading anew.
  await shell(snippet.replace(/("temperature": *)[\d.]+/, "$1" + "31.5"));
  await legend.getByText("31.5").waitFor();
  await visit.screenshot("telemetry-first-points");
});

async function createApplication(page, name) {
  await page.getByRole("button", { name: "Create application" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Display name").fill("Greenhouse");
  await dialog.getByLabel("Name", { exact: true }).fill(name);
  await dialog.getByRole("button", { name: "Create", exact: true }).click();
  await page.getByRole("heading", { level: 1, name: "Greenhouse" }).waitFor();
}

async function createDevice(page, id) {
  await navigate(page, "Devices");
  await page.getByRole("button", { name: "Create device" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Device id").fill(id);
  await dialog.getByRole("button", { name: "Create", exact: true }).click();
  await dialog.getByText("Copy it now").waitFor();
}

/** What it prints; an Error with its words when it fails. */
async function shell(command) {
  const { stdout } = await promisify(execFile)("bash", ["-c", command], { timeout: 30_000 });
  return stdout;
}

// --- tokens ---

test("a suspended token: the device is refused, and every place says so", async (visit) => {
  const { page, api } = visit;
  const device = await api.createDevice();
  assert.equal(await api.upload(device, [{ temperature: 20 }]), 200);
  const address = `/applications/${device.application}/devices/${device.endpointId}`;
  await open(visit, `${address}/tokens`);
  await page.getByRole("button", { name: "Suspend" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Suspend" }).click();
  await page.getByRole("region", { name: "Tokens" }).getByText("suspended", { exact: true }).waitFor();
  await until(async () => (await api.upload(device, [{ temperature: 21 }])) === 403, "the receiver refuses the device");
  await visit.screenshot("tokens-suspended");

  await page.getByRole("link", { name: "Connect", exact: true }).click();
  await page.getByText("An upload was refused with 403").waitFor();
  await visit.screenshot("connect-refused");
  await navigate(page, "Devices");
  await page.getByRole("row", { name: new RegExp(device.endpointId) }).getByText("suspended").waitFor();

  await page.goto(`${address}/tokens`);
  await page.getByRole("button", { name: "Activate" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Activate" }).click();
  await page.getByRole("region", { name: "Tokens" }).getByText("active", { exact: true }).waitFor();
  await until(async () => (await api.upload(device, [{ temperature: 22 }])) === 200, "the device is let in again");
});

test("a revoked token stays revoked, and a further one takes its place", async (visit) => {
  const { page, api } = visit;
  const device = await api.createDevice();
  await open(visit, `/applications/${device.application}/devices/${device.endpointId}/tokens`);
  await page.getByRole("button", { name: "Create token" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Create", exact: true }).click();
  const second = await page.getByRole("dialog").locator("code").innerText();
  await page.getByRole("dialog").getByRole("button", { name: "Done" }).click();
  await page.getByRole("button", { name: "Revoke" }).last().click();
  await page.getByRole("dialog").getByRole("button", { name: "Revoke" }).click();
  await page.getByRole("region", { name: "Tokens" }).getByText("revoked", { exact: true }).waitFor();
  await until(async () => (await api.upload(device, [{ n: 1 }])) === 403, "the first token is refused");
  assert.equal(await api.upload({ ...device, token: second }, [{ n: 2 }]), 200);
});

// --- who may do what ---

test("a reader sees no administration, and a link there says why", async (visit) => {
  const { page, api } = visit;
  const device = await api.createDevice();
  await api.store(device, [{ temperature: 20 }], "auto~temperature");
  const reader = await api.createKey("reader");
  const address = `/applications/${device.application}`;
  await open(visit, "/applications", reader.key);
  await page.getByText("Reader", { exact: true }).waitFor();
  for (const path of ["/applications", address, `${address}/versions`, `${address}/devices`, `${address}/series-rules`]) {
    await go(visit, path);
    for (const verb of ["Create", "Rename", "Review and save", "Revoke", "Suspend", "Replay"]) {
      assert.equal(await page.getByRole("button", { name: new RegExp(`^${verb}`) }).count(), 0, `${verb} at ${path}`);
    }
  }
  assert.equal(await page.getByRole("link", { name: "API keys" }).count(), 0);
  await visit.screenshot("reader-series-rules");
  await go(visit, "/keys");
  await page.getByRole("main").getByText(/role admin|needs the role|may not/i).first().waitFor();
});

test("a key of one application sees nothing of the others", { expects: [/404|403/] }, async (visit) => {
  const { page, api } = visit;
  const [mine, other] = [await api.createApplication("mine"), await api.createApplication("other")];
  const bound = await api.createKey("operator", [mine]);
  await open(visit, "/applications", bound.key);
  await page.getByRole("link", { name: mine }).first().waitFor();
  assert.equal(await page.getByText(other).count(), 0);
  await go(visit, `/applications/${other}`);
  await page.getByText(`There is no application ${other}`).waitFor();
});

test("an API key is made, works, and is revoked", async (visit) => {
  const { page, api } = visit;
  const name = api.name("alice");
  await open(visit, "/keys");
  await page.getByRole("button", { name: "Create key" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("What it is for").fill(name);
  await dialog.getByRole("button", { name: "Create", exact: true }).click();
  const key = await dialog.locator("code").innerText();
  await dialog.getByRole("button", { name: "Done" }).click();
  assert.equal((await api.as(key).call("registry", "GetOwnApiKey")).name, name);
  const row = page.getByRole("row", { name: new RegExp(name) });
  await row.getByRole("button", { name: "Revoke" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Revoke" }).click();
  await page.getByText(`The key ${name} is revoked`).waitFor();
  await assert.rejects(api.as(key).call("registry", "GetOwnApiKey"), /401/);
});

test("client credentials are made, suspended and revoked, and asked for", async (visit) => {
  const { page, api } = visit;
  const client = api.name("plant");
  await open(visit, "/applications");
  await navigate(page, "MQTT clients");
  await page.getByRole("button", { name: "Create credentials" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("User name").fill(client);
  await dialog.getByRole("button", { name: "Create", exact: true }).click();
  assert.match(await dialog.locator("code").innerText(), /^[A-Za-z0-9]{24}$/);
  await dialog.getByRole("button", { name: "Done" }).click();

  const row = page.getByRole("row", { name: new RegExp(client) });
  await row.getByText("unused", { exact: true }).last().waitFor();
  await row.getByRole("button", { name: "Suspend" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Suspend" }).click();
  await row.getByText("suspended", { exact: true }).last().waitFor();
  await row.getByRole("button", { name: "Revoke" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Revoke" }).click();
  await row.getByText("revoked", { exact: true }).last().waitFor();
  assert.equal(await row.getByRole("button").count(), 0);

  // Asking for more is confirmed, asking for less is not.
  const asked = page.getByRole("checkbox", { name: "User name and password over TLS" });
  await asked.check();
  await page.getByRole("button", { name: "Save" }).click();
  await visit.screenshot("clients-confirm");
  await page.getByRole("dialog").getByRole("button", { name: "Ask for it" }).click();
  await page.getByText("What clients have to show is changed").waitFor();
  const stored = async () => {
    const { rules } = await api.call("registry", "GetClientAuthentication");
    return rules.transports.find(({ transport }) => transport === "CLIENT_TRANSPORT_TLS")?.passwordRequired ?? false;
  };
  assert.equal(await stored(), true);
  await asked.uncheck();
  await page.getByRole("button", { name: "Save" }).click();
  await until(async () => !(await stored()), "nothing is asked for any more");
});

test("an application's upload rules are set, and said", async (visit) => {
  const { page, api } = visit;
  const application = await api.createApplication("quota");
  await open(visit, `/applications/${application}`);
  await page.getByRole("button", { name: "Upload rules" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Uploads per second of each device").fill("0");
  await dialog.getByText("A number from 0.001 to 1000000.").waitFor();
  await dialog.getByLabel("Uploads per second of each device").fill("2.5");
  await dialog.getByLabel("So many at once after a pause").fill("10");
  await dialog.getByLabel("Relaxed resource paths").check();
  await dialog.getByRole("button", { name: "Save" }).click();
  await page.getByText("At most 2.5 uploads a second of each device").waitFor();
  const stored = await api.call("registry", "GetApplication", { name: application });
  assert.deepEqual([stored.maxUploadsPerSecond, stored.maxUploadBurst, stored.relaxedResourcePaths], [2.5, 10, true]);
});

// --- without a mouse ---

test("signing in and creating an application by the keyboard alone", async (visit) => {
  const { page, api, scene } = visit;
  const { keyboard } = page;
  await page.goto("/");
  await tabTo(page, page.getByLabel("API key", { exact: true }));
  await keyboard.type(scene.adminKey);
  await keyboard.press("Enter");
  await page.waitForURL((url) => url.pathname === "/applications");
  await settled(page);
  await tabTo(page, page.getByRole("button", { name: "Create application" }).first());
  await keyboard.press("Enter");
  const dialog = page.getByRole("dialog");
  const name = api.name("by-keyboard");
  await tabTo(page, dialog.getByLabel("Name", { exact: true }));
  await keyboard.type(name);
  await keyboard.press("Enter");
  await page.waitForURL((url) => url.pathname === `/applications/${name}`);

  // A dialog is left by Escape, and the focus is where it was.
  await go(visit, "/applications");
  const create = page.getByRole("button", { name: "Create application" }).first();
  await tabTo(page, create);
  await keyboard.press("Enter");
  await dialog.waitFor();
  await keyboard.press("Escape");
  await dialog.waitFor({ state: "detached" });
  assert.ok(await hasFocus(create), "the focus is back on the button");
  const outline = await create.evaluate((button) => getComputedStyle(button).outlineStyle);
  assert.notEqual(outline, "none", "the focus can be seen");
});

const hasFocus = (locator) => locator.evaluate((element) => element === document.activeElement);

/** Presses Tab until the element has the focus; an Error when the keyboard does not reach it. */
async function tabTo(page, locator, most = 80) {
  await locator.waitFor();
  for (let pressed = 0; pressed <= most; pressed += 1) {
    if (await hasFocus(locator)) return;
    await page.keyboard.press("Tab");
  }
  throw new Error(`${most} times Tab did not reach ${locator}`);
}

// --- many, and hostile ---

test("ten thousand devices in one list", async (visit) => {
  const { page, api, ask } = visit;
  const application = await api.createApplication("many");
  const appVersion = `${application}-v1`;
  await api.call("registry", "CreateAppVersion", { applicationName: application, name: appVersion });
  await ask("makeEndpoints", appVersion, 10_000);
  await open(visit, `/applications/${application}/devices`);
  await page.getByText(/10.000 devices/).waitFor();
  const nodes = await page.evaluate(() => document.querySelectorAll("*").length);
  assert.ok(nodes < 3000, `only the rows in view are in the page: ${nodes} elements`);
  await visit.screenshot("devices-10000");
  await page.getByLabel("Search by id").fill("many-9999");
  await page.getByRole("link", { name: "many-9999", exact: true }).waitFor();
  await page.getByLabel("Search by id").fill("");
  // To its very end, page by page as one scrolls.
  await until(async () => {
    await page.mouse.wheel(0, 100_000);
    return page.getByRole("link", { name: "many-9999", exact: true }).isVisible();
  }, "the last device is in view", 60);
  assert.ok((await page.evaluate(() => document.querySelectorAll("*").length)) < 3000, "still");
});

test("what devices and people write is shown as text", async (visit) => {
  const { page, api } = visit;
  const hostile = '<img src=x onerror="document.title=\'owned\'"><script>document.title="owned"</script>';
  const application = await api.createApplication("hostile");
  await api.call("registry", "UpdateApplication", { name: application, displayName: hostile.slice(0, 60) });
  await api.applyRules(application, {
    autoExtract: true,
    autoExtractStringsAndBooleans: true,
    series: [{ name: "words", values: [{ path: "words", name: "value", type: "VALUE_TYPE_STRING", unit: "<b>°</b>", description: hostile.slice(0, 200) }] }],
  });
  const device = await api.createDevice({ application });
  await api.store(device, [{ text: hostile, words: hostile, [hostile]: 1, temperature: 1 }], "auto~temperature");
  const address = `/applications/${application}/devices/${device.endpointId}`;
  await open(visit, address);
  await page.getByRole("main").getByText('<img src=x onerror="document.title').first().waitFor();
  for (const path of [`${address}/raw`, `/applications/${application}`, `/applications/${application}/series-rules`, "/applications"]) {
    await go(visit, path);
    if (path.endsWith("raw")) {
      await page.getByText("Waiting for the next sample").waitFor();
      await api.upload(device, [{ text: hostile, [hostile]: hostile }]);
      await page.getByRole("main").getByText("<img src=x").first().waitFor();
      await visit.screenshot("raw-hostile");
    }
    assert.notEqual(await page.title(), "owned", path);
    assert.equal(await page.locator("img[src=x]").count(), 0, path);
  }
});
