// SPDX-License-Identifier: Apache-2.0
//
// The points behind a chart as a file. The gateway streams it; the key is in a header, which a plain link could not send.
import { apiKey, sessionEnded } from "../session/key";
import { text } from "../text/en";
import type { Span } from "./view";

export interface CsvRequest {
  applicationName: string;
  endpointIds: readonly string[];
  timeSeriesNames: readonly string[];
  span: Span;
}

export function csvPath({
  applicationName,
  endpointIds,
  timeSeriesNames,
  span,
}: CsvRequest): string {
  const query = new URLSearchParams();
  for (const name of timeSeriesNames) query.append("timeSeriesName", name);
  for (const id of endpointIds) query.append("endpointId", id);
  query.set("fromDate", new Date(Math.floor(span.from)).toISOString());
  query.set("toDate", new Date(Math.ceil(span.to)).toISOString());
  return `/api/v1/applications/${encodeURIComponent(applicationName)}/time-series/data.csv?${query}`;
}

// meter-7_2026-05-01T12-00_2026-05-02T12-00.csv: what no file system refuses.
export function csvName({ endpointIds, span }: CsvRequest): string {
  const minute = (time: number) => new Date(time).toISOString().slice(0, 16).replace(":", "-");
  const whose = endpointIds.length === 1 ? endpointIds[0]! : `${endpointIds.length}-devices`;
  const safe = whose.replace(/[^A-Za-z0-9._-]/g, "_").slice(0, 80);
  return `${safe}_${minute(span.from)}_${minute(span.to)}.csv`;
}

// The gateway said no; `message` is its own.
export class CsvRefused extends Error {}

// Puts the file among the person's downloads.
export async function downloadCsv(request: CsvRequest, signal: AbortSignal): Promise<void> {
  const answer = await fetch(csvPath(request), {
    headers: { Authorization: `Bearer ${apiKey.value}` },
    signal,
  });
  if (answer.status === 401) sessionEnded();
  if (!answer.ok) throw new CsvRefused(await messageOf(answer));
  // Something between here and the gateway answered in its place.
  const type = answer.headers.get("content-type") ?? "";
  if (!type.startsWith("text/csv")) throw new CsvRefused(text.telemetry.csvNoCsv(type));
  const address = URL.createObjectURL(await answer.blob());
  const link = document.createElement("a");
  link.href = address;
  link.download = csvName(request);
  link.click();
  // The browser has taken hold of it when the click is over.
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

async function messageOf(answer: Response): Promise<string> {
  const body = (await answer.text()).slice(0, 2000);
  try {
    const { message } = JSON.parse(body) as { message?: unknown };
    if (typeof message === "string") return message;
  } catch {
    // Not JSON: its status says the most.
  }
  return `${answer.status} ${answer.statusText}`;
}
