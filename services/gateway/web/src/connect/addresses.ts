// SPDX-License-Identifier: Apache-2.0
//
// Where devices send to. The gateway says it in /config.json, if whoever runs it has set it; else it is this page's host with
// the receivers' usual ports.

export interface Addresses {
  // Without a slash at its end.
  http: string;
  mqtt: { host: string; port: number; tls: boolean };
}

const HTTP_PORT = 8080;
const MQTT_PORT = 1883;
const MQTTS_PORT = 8883;

// Never throws: what cannot be read is as if it were not set.
export async function loadAddresses(host: string, signal: AbortSignal): Promise<Addresses> {
  try {
    const answer = await fetch("/config.json", { signal, headers: { Accept: "application/json" } });
    return toAddresses(answer.ok ? await answer.json() : undefined, host);
  } catch {
    return toAddresses(undefined, host);
  }
}

function member(object: unknown, name: string): string {
  const value =
    object !== null && typeof object === "object"
      ? (object as Record<string, unknown>)[name]
      : undefined;
  return typeof value === "string" ? value : "";
}

function parse(text: string, schemes: string[]): URL | undefined {
  // Others than http have no host for URL's own parser in every browser.
  const [scheme, rest] = text.split("://", 2);
  if (scheme === undefined || rest === undefined || !schemes.includes(scheme)) return undefined;
  try {
    return new URL(`http://${rest}`);
  } catch {
    return undefined;
  }
}

export function toAddresses(config: unknown, host: string): Addresses {
  const http = member(config, "deviceHttpUrl").replace(/\/+$/, "");
  const mqttText = member(config, "deviceMqttUrl");
  const mqtt = parse(mqttText, ["mqtt", "mqtts"]);
  const tls = mqttText.startsWith("mqtts://");
  return {
    http: parse(http, ["http", "https"]) === undefined ? `http://${host}:${HTTP_PORT}` : http,
    mqtt:
      mqtt === undefined
        ? { host: unbracketed(host), port: MQTT_PORT, tls: false }
        : // Port 80 is what the parser leaves out.
          { host: unbracketed(mqtt.hostname), port: portOf(mqttText, tls), tls },
  };
}

function portOf(text: string, tls: boolean): number {
  const port = /:(\d+)\/?$/.exec(text)?.[1];
  return port === undefined ? (tls ? MQTTS_PORT : MQTT_PORT) : Number(port);
}

// [::1] is how a URL writes ::1.
function unbracketed(host: string): string {
  return host.replace(/^\[|\]$/g, "");
}
