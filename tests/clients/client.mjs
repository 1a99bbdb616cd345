// SPDX-License-Identifier: Apache-2.0
// MQTT.js does what the JSON of its first argument says, prints what it saw as JSON, and ends.
//
//   url        mqtt://, mqtts://, ws:// or wss://
//   options    of mqtt.connect; `ca` is the name of a file
//   subscribe  [{filter, qos}], before the publishes
//   publish    [{topic, payload, qos, properties}], one after the other, each acknowledged
//   messages   how many to wait for
//
// Prints {connack, granted, messages: [{topic, payload, qos, retain, correlation}], error}.
import { readFileSync } from "node:fs";

import mqtt from "mqtt";

const PATIENCE_MS = 20_000;

const task = JSON.parse(process.argv[2]);
const options = { reconnectPeriod: 0, connectTimeout: PATIENCE_MS, ...task.options };
if (options.ca) options.ca = readFileSync(options.ca);

const seen = { connack: null, granted: [], messages: [], error: null };

function report() {
  process.stdout.write(JSON.stringify(seen) + "\n", () => process.exit(0));
}

function fail(error) {
  seen.error = { message: error.message, code: error.code ?? null };
  report();
}

setTimeout(() => fail(new Error(`not done within ${PATIENCE_MS} ms`)), PATIENCE_MS).unref();

function properties(one) {
  if (!one.properties) return undefined;
  const { correlationData } = one.properties;
  return correlationData
    ? { ...one.properties, correlationData: Buffer.from(correlationData) }
    : one.properties;
}

// From the beginning: a response may come before the acknowledgement of its request.
let arrived = () => {};

function listen(client) {
  client.on("message", (topic, payload, packet) => {
    seen.messages.push({
      topic,
      payload: payload.toString(),
      qos: packet.qos,
      retain: packet.retain,
      correlation: packet.properties?.correlationData?.toString() ?? null,
    });
    arrived();
  });
}

async function run() {
  const client = mqtt.connect(task.url, options);
  client.on("error", fail);
  listen(client);
  await new Promise((resolve, reject) => {
    client.once("connect", (connack) => {
      seen.connack = {
        reasonCode: connack.reasonCode ?? connack.returnCode,
        sessionPresent: connack.sessionPresent,
        properties: connack.properties ?? null,
      };
      resolve();
    });
    client.once("close", () => reject(new Error("closed before the CONNACK")));
  });
  for (const { filter, qos } of task.subscribe ?? []) {
    // A filter that is refused is an error of subscribeAsync.
    const granted = await client
      .subscribeAsync(filter, { qos })
      .catch((error) => [{ topic: filter, refused: error.message }]);
    seen.granted.push(...granted);
  }
  for (const one of task.publish ?? []) {
    await client.publishAsync(one.topic, one.payload, { qos: one.qos, properties: properties(one) });
  }
  await new Promise((resolve) => {
    arrived = () => seen.messages.length >= (task.messages ?? 0) && resolve();
    arrived();
  });
  // Whatever comes too often has come before the answer to this.
  await client.publishAsync("after/everything", "", { qos: 1 }).catch(() => {});
  await client.endAsync();
}

// What waits for a connection that has closed keeps Node.js from nothing.
process.once("beforeExit", () => fail(new Error("the server closed the connection")));

run().then(report, fail);
