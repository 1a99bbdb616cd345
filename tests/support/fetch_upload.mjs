// SPDX-License-Identifier: Apache-2.0
//
// Uploads with the fetch of Node.js: one JSON object on stdout, a field for each way to send.
// Usage: node fetch_upload.mjs URL

import { gzipSync, deflateSync } from "node:zlib";

const [url] = process.argv.slice(2);

async function send(body, options = {}) {
  const answer = await fetch(url, { method: "POST", body, ...options });
  return {
    status: answer.status,
    text: await answer.text(),
    id: answer.headers.get("x-request-id"),
  };
}

function inPieces(...pieces) {
  return new ReadableStream({
    start(controller) {
      for (const piece of pieces) controller.enqueue(new TextEncoder().encode(piece));
      controller.close();
    },
  });
}

const results = {
  text: await send("1"),
  json: await send(JSON.stringify([{ a: 2 }]), { headers: { "Content-Type": "application/json" } }),
  chunked: await send(inPieces('{"a"', ":3}"), { duplex: "half" }),
  gzip: await send(gzipSync("4"), { headers: { "Content-Encoding": "gzip" } }),
  deflate: await send(deflateSync("5"), { headers: { "Content-Encoding": "deflate" } }),
  id: await send("6", { headers: { "X-Request-Id": "fetch-1" } }),
  refused: await send("no JSON"),
  many: (await Promise.all(Array.from({ length: 20 }, () => send("7")))).map((one) => one.status),
};
console.log(JSON.stringify(results));
