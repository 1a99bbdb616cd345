// SPDX-License-Identifier: Apache-2.0
import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";

import { toAddresses } from "./addresses";
import { shellQuoted, snippet, SNIPPETS, uploadTopic, uploadUrl, type Sender } from "./snippets";

const plain: Sender = {
  addresses: toAddresses(undefined, "example.org"),
  version: "demo-v1",
  token: "abc123",
};
// Every sign that a token may hold and some language cares about.
const NASTY = "a'b\"c\\d$e`f%g?h&i!j*k;l|m~n{o}";
const nasty: Sender = { ...plain, token: NASTY };

// What a POSIX shell hands to a program as its words.
function words(command: string): string[] {
  const program = /^\w+/.exec(command)![0];
  const script = `${program}() { for word in "$@"; do printf '%s\\0' "$word"; done; }\n${command}`;
  return execFileSync("sh", ["-c", script]).toString().split("\0").slice(0, -1);
}

describe("shellQuoted", () => {
  it.each(["plain-1.2", NASTY, "", " ", "~", "~/x", "$(id)", "-x"])(
    "hands %j on as it is",
    (value) => {
      expect(words(`p ${shellQuoted(value)}`)).toEqual([value]);
    },
  );
});

describe("snippets", () => {
  it.each(SNIPPETS)("%s names the endpoint's address", (name) => {
    const code = snippet(name, plain);
    expect(code).toContain("kp1/demo-v1/dcx/abc123/json");
    expect(code).toContain("example.org");
    expect(code).toMatch(/\n$/);
  });

  it("curl posts JSON to the address, whatever the token holds", () => {
    const sent = words(snippet("curl", nasty));
    expect(sent.at(-1)).toBe(uploadUrl(nasty));
    expect(decodeURIComponent(new URL(uploadUrl(nasty)).pathname)).toBe(
      `/kp1/demo-v1/dcx/${NASTY}/json`,
    );
    expect(JSON.parse(sent[sent.indexOf("-d") + 1]!)).toEqual({ temperature: 23.5, humidity: 48 });
  });

  it("mosquitto_pub publishes JSON to the topic, whatever the token holds", () => {
    const sent = words(snippet("mosquitto", nasty));
    expect(sent[sent.indexOf("-t") + 1]).toBe(uploadTopic(nasty));
    expect(sent[sent.indexOf("-p") + 1]).toBe("1883");
    expect(JSON.parse(sent[sent.indexOf("-m") + 1]!)).toEqual({ temperature: 23.5, humidity: 48 });
  });

  it("Python and C get a literal that means the token", () => {
    const literal = /TOPIC = (".*")\n/.exec(snippet("paho", nasty))![1]!;
    expect(JSON.parse(literal)).toBe(uploadTopic(nasty));
    expect(snippet("arduino", nasty)).toContain(JSON.stringify(uploadUrl(nasty)));
  });

  it("MQTT over TLS is said in each way", () => {
    const tls: Sender = {
      ...plain,
      addresses: toAddresses({ deviceMqttUrl: "mqtts://m.example.org" }, "h"),
    };
    expect(snippet("paho", tls)).toContain('hostname="m.example.org", port=8883, tls={}');
    expect(snippet("mosquitto", tls)).toContain("-p 8883 --capath /etc/ssl/certs");
  });
});

describe("toAddresses", () => {
  it("takes the page's host with the usual ports where nothing is set", () => {
    const expected = { http: "http://h:8080", mqtt: { host: "h", port: 1883, tls: false } };
    expect(toAddresses(undefined, "h")).toEqual(expected);
    expect(toAddresses({ deviceHttpUrl: "", deviceMqttUrl: "" }, "h")).toEqual(expected);
    expect(toAddresses({ deviceHttpUrl: 7, deviceMqttUrl: "javascript:x" }, "h")).toEqual(expected);
    expect(toAddresses("<html>", "h")).toEqual(expected);
  });

  it("takes what is set", () => {
    const config = {
      deviceHttpUrl: "https://in.example.org/",
      deviceMqttUrl: "mqtt://in.example.org:2883",
    };
    expect(toAddresses(config, "h")).toEqual({
      http: "https://in.example.org",
      mqtt: { host: "in.example.org", port: 2883, tls: false },
    });
  });

  it("writes an IPv6 host as each protocol wants it", () => {
    expect(toAddresses(undefined, "[::1]")).toEqual({
      http: "http://[::1]:8080",
      mqtt: { host: "::1", port: 1883, tls: false },
    });
  });
});
