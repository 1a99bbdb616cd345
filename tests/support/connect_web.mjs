// SPDX-License-Identifier: Apache-2.0
//
// What @connectrpc/connect-web, the client in browsers, makes of the gateway: one JSON object on
// stdout. Usage: node connect_web.mjs PACKAGES DESCRIPTORS URL KEY APPLICATION ENDPOINT
// PACKAGES: the folder whose node_modules has it. DESCRIPTORS: of protoc --descriptor_set_out.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const [packages, descriptors, baseUrl, key, application, endpoint] = process.argv.slice(2);
const require = createRequire(`${packages}/package.json`);
const { Code, ConnectError, createClient } = require("@connectrpc/connect");
const { createConnectTransport } = require("@connectrpc/connect-web");
const { createFileRegistry, fromBinary } = require("@bufbuild/protobuf");
const { FileDescriptorSetSchema } = require("@bufbuild/protobuf/wkt");

const files = createFileRegistry(fromBinary(FileDescriptorSetSchema, readFileSync(descriptors)));
const headers = { Authorization: `Bearer ${key}` };
const range = { from: { seconds: 0n }, to: { seconds: 4_000_000_000n } };

async function failure(call) {
  try {
    await call();
    return "none";
  } catch (error) {
    return Code[ConnectError.from(error).code];
  }
}

async function all(stream) {
  const messages = [];
  for await (const message of stream) messages.push(message);
  return messages;
}

async function seen(useBinaryFormat) {
  const transport = createConnectTransport({ baseUrl, useBinaryFormat });
  const query = createClient(files.getService("millrace.query.v1.Query"), transport);
  const wanted = { applicationName: application, endpointIds: [endpoint] };
  const series = await query.listTimeSeries(wanted, { headers });
  const timeSeriesNames = series.timeSeries.map((one) => one.name);
  const points = { ...wanted, timeSeriesNames, ...range };
  const chunks = await all(query.getDataPoints(points, { headers }));

  // Leaving by an AbortSignal is not tried here: Node's fetch may lose the signal to its garbage
  // collector.
  let first;
  for await (const answer of query.subscribe(wanted, { headers })) {
    first = answer.kind.case;
    break;
  }
  return {
    timeSeriesNames,
    numbers: chunks.flatMap((chunk) => chunk.columns[0].numbers),
    first,
    unknown: await failure(() =>
      query.listTimeSeries({ applicationName: "nobody's" }, { headers }),
    ),
    keyless: await failure(() => query.listTimeSeries(wanted)),
    keylessStream: await failure(() => all(query.getDataPoints(points))),
    late: await failure(() => query.diagnose({}, { headers, timeoutMs: 50 })),
    lateStream: await failure(() => all(query.subscribe(wanted, { headers, timeoutMs: 300 }))),
  };
}

console.log(JSON.stringify({ binary: await seen(true), json: await seen(false) }));
process.exit(0); // streams that were left may be open still
