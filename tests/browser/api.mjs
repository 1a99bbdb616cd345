// SPDX-License-Identifier: Apache-2.0
// What a test prepares without clicking: the public API through the gateway (Connect protocol, JSON),
// and uploads as devices send them.

let made = 0;

export class Api {
  constructor(scene, key) {
    this.scene = scene;
    this.key = key;
  }

  /** The same with another key. */
  as(key) {
    return new Api(this.scene, key);
  }

  /** call("registry", "CreateApplication", {…}): its answer, or an Error with the server's words. */
  async call(service, method, request = {}) {
    const name = service[0].toUpperCase() + service.slice(1);
    const answer = await fetch(`${this.scene.origin}/millrace.${service}.v1.${name}/${method}`, {
      method: "POST",
      headers: { authorization: `Bearer ${this.key}`, "content-type": "application/json" },
      body: JSON.stringify(request),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method}: ${answer.status} ${text}`);
    return JSON.parse(text);
  }

  /** A name that no other test has. */
  name(word) {
    made += 1;
    return `${word}-${process.pid}-${made}`;
  }

  /** `seriesRules` in the JSON form of millrace.configuration.v1.SeriesRules; takes effect within a second. */
  async applyRules(application, seriesRules) {
    await this.call("registry", "ApplySeriesRules", { applicationName: application, seriesRules });
  }

  async createApplication(word = "app", autoExtract = true) {
    const name = this.name(word);
    await this.call("registry", "CreateApplication", { name, autoExtract });
    return name;
  }

  /** { application, appVersion, endpointId, token } of a new endpoint, in a new application unless given. */
  async createDevice({ application, autoExtract = true, endpointId = "" } = {}) {
    application ??= await this.createApplication("app", autoExtract);
    const appVersion = `${application}-v${(made += 1)}`;
    await this.call("registry", "CreateAppVersion", { applicationName: application, name: appVersion });
    const { endpoint, token } = await this.call("registry", "CreateEndpoint", { appVersionName: appVersion, endpointId });
    return { application, appVersion, endpointId: endpoint.endpointId, token };
  }

  async createKey(role, applicationNames = []) {
    const { key, metadata } = await this.call("registry", "CreateApiKey", {
      name: this.name(role),
      role: `API_KEY_ROLE_${role.toUpperCase()}`,
      applicationNames,
    });
    return { key, keyId: metadata.keyId, name: metadata.name };
  }

  /** One upload of the device; its HTTP status. */
  async upload(device, samples) {
    const answer = await fetch(`${this.scene.deviceUrl}/kp1/${device.appVersion}/dcx/${device.token}/json`, {
      method: "POST",
      body: JSON.stringify(samples),
    });
    await answer.arrayBuffer();
    return answer.status;
  }

  /** Sends, and waits until a point of `series` at or after the moment of sending is readable. */
  async store(device, samples, series) {
    const status = await this.upload(device, samples);
    if (status !== 200) throw new Error(`the upload was answered with ${status}`);
    await this.#until(async () => {
      const { dataPoints = [] } = await this.call("query", "GetLastDataPoints", {
        applicationName: device.application,
        endpointIds: [device.endpointId],
        timeSeriesNames: [series],
      });
      return dataPoints.length > 0;
    }, `a point of ${series} is stored`);
  }

  async #until(condition, what) {
    for (const end = Date.now() + 20_000; ; ) {
      if (await condition()) return;
      if (Date.now() > end) throw new Error(`waited 20 s in vain until ${what}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
