// SPDX-License-Identifier: Apache-2.0
//
// Programs that send a sample as this device, to be copied and run as they are. A token may hold any sign but blanks and
// + # / . so each language quotes it in its own way.
import { text } from "../text/en";
import type { Addresses } from "./addresses";

export const SNIPPETS = ["curl", "requests", "paho", "mosquitto", "arduino"] as const;
export type SnippetName = (typeof SNIPPETS)[number];

export interface Sender {
  addresses: Addresses;
  version: string;
  token: string;
}

export function isSnippet(name: string): name is SnippetName {
  return (SNIPPETS as readonly string[]).includes(name);
}

export function snippet(name: SnippetName, sender: Sender): string {
  return MAKERS[name](sender);
}

export function uploadUrl({ addresses, version, token }: Sender): string {
  return `${addresses.http}/kp1/${version}/dcx/${encodeURIComponent(token)}/json`;
}

export function uploadTopic({ version, token }: Sender): string {
  return `kp1/${version}/dcx/${token}/json`;
}

export function shellQuoted(value: string): string {
  return /^[\w@%+=:,./~-]+$/.test(value) && !value.startsWith("~")
    ? value
    : `'${value.replaceAll("'", "'\\''")}'`;
}

// JSON's strings are Python's and C's too, as far as printable ASCII goes.
const quoted = (value: string): string => JSON.stringify(value);

const SAMPLE = `{"temperature": 23.5, "humidity": 48}`;
const words = text.connect.code;

const PYTHON_SAMPLE = `    sample = {
        "temperature": round(random.uniform(20, 26), 1),
        "humidity": random.randint(40, 60),
    }`;

const MAKERS: Record<SnippetName, (sender: Sender) => string> = {
  curl: (sender) => `curl -i -d '${SAMPLE}' \\
  ${shellQuoted(uploadUrl(sender))}
`,
  requests: (sender) => `# pip install requests, or Debian's package python3-requests
import random
import time

import requests

URL = ${quoted(uploadUrl(sender))}

while True:
${PYTHON_SAMPLE}
    answer = requests.post(URL, json=sample, timeout=10)
    print(answer.status_code, answer.text or "accepted", sample)
    time.sleep(2)
`,
  paho: (sender) => `# pip install paho-mqtt, or Debian's package python3-paho-mqtt
import json
import random
import time

from paho.mqtt import publish

TOPIC = ${quoted(uploadTopic(sender))}

while True:
${PYTHON_SAMPLE}
    publish.single(
        TOPIC, json.dumps(sample), qos=1, hostname=${quoted(sender.addresses.mqtt.host)}, port=${sender.addresses.mqtt.port}${sender.addresses.mqtt.tls ? ", tls={}" : ""}
    )
    print("accepted", sample)
    time.sleep(2)
`,
  mosquitto: (
    sender,
  ) => `mosquitto_pub -h ${shellQuoted(sender.addresses.mqtt.host)} -p ${sender.addresses.mqtt.port}${
    sender.addresses.mqtt.tls ? " --capath /etc/ssl/certs" : ""
  } -q 1 \\
  -t ${shellQuoted(uploadTopic(sender))} \\
  -m '${SAMPLE}'
`,
  arduino: (sender) => `// ESP32
#include <HTTPClient.h>
#include <WiFi.h>

const char* ssid = ${quoted(words.network)};
const char* password = ${quoted(words.password)};
const char* url =
    ${quoted(uploadUrl(sender))};

void setup() {
  Serial.begin(115200);
  WiFi.begin(ssid, password);
  while (WiFi.status() != WL_CONNECTED) delay(500);
}

void loop() {
  String sample = String("{\\"temperature\\":") + String(20 + random(60) / 10.0, 1) +
                  ",\\"humidity\\":" + String(random(40, 60)) + "}";
  HTTPClient http;
  http.begin(url);
  int status = http.POST(sample);
  Serial.printf("%d %s\\n", status, sample.c_str());
  http.end();
  delay(2000);
}
`,
};
