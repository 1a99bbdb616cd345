// SPDX-License-Identifier: Apache-2.0
//
// What a device sends while one looks: the newest points, one entry an instant.
import { useEffect, useState } from "preact/hooks";

import { query } from "../api/clients";
import { followStream, type StreamState } from "../api/stream";
import { microsToMs } from "../format/time";
import { formatValue } from "../format/number";
import {
  ValueType,
  type DataPointsChunk,
  type ValueColumn,
} from "../gen/millrace/query/v1/query_pb";
import { sessionEnded } from "../session/key";

const KEPT = 5;
const NAMED = 12;

export interface LiveSample {
  timeMs: number;
  // Series and value, ready to be read: ["temperature", "23.5"].
  values: [string, string][];
}

export interface LiveSamples {
  state: StreamState;
  // Newest first.
  samples: LiveSample[];
  received: number;
}

export function useLiveSamples(app: string, endpointId: string): LiveSamples {
  const [state, setState] = useState<StreamState>({ kind: "connecting" });
  const [samples, setSamples] = useState<LiveSample[]>([]);
  const [received, setReceived] = useState(0);
  useEffect(() => {
    const leave = new AbortController();
    const seen = new Set<bigint>();
    void followStream({
      open: (resumeToken, signal) =>
        query.subscribe(
          { applicationName: app, endpointIds: [endpointId], resumeToken },
          { signal },
        ),
      onMessage: (message) => {
        if (message.kind.case !== "dataPoints") return;
        const chunk = message.kind.value;
        for (const time of chunk.timestampsUs) seen.add(time);
        setReceived(seen.size);
        setSamples((before) => addChunk(before, chunk));
      },
      onState: (next) => {
        if (next.kind === "failed" && next.failure.kind === "unauthenticated") sessionEnded();
        setState((before) => (before.kind === "live" && next.kind === "live" ? before : next));
      },
      signal: leave.signal,
    });
    return () => leave.abort();
  }, [app, endpointId]);
  return { state, samples, received };
}

// The kept samples with a chunk's newest points among them: those of one instant belong together.
export function addChunk(before: readonly LiveSample[], chunk: DataPointsChunk): LiveSample[] {
  const byTime = new Map(before.map((sample) => [sample.timeMs, sample]));
  const first = Math.max(0, chunk.timestampsUs.length - KEPT);
  for (let row = first; row < chunk.timestampsUs.length; row += 1) {
    const timeMs = microsToMs(chunk.timestampsUs[row]!);
    const values = new Map(byTime.get(timeMs)?.values ?? []);
    for (const column of chunk.columns) {
      const said = valueAt(column, row);
      if (said !== undefined && values.size < NAMED)
        values.set(nameOf(chunk.timeSeriesName, column.name), said);
    }
    byTime.set(timeMs, { timeMs, values: [...values] });
  }
  return [...byTime.values()].sort((a, b) => b.timeMs - a.timeMs).slice(0, KEPT);
}

// auto~temperature with its value `value` is "temperature"; others are "series.value".
export function nameOf(series: string, value: string): string {
  const name = series.startsWith("auto~") ? series.slice("auto~".length) : series;
  return value === "value" ? name : `${name}.${value}`;
}

function valueAt(column: ValueColumn, row: number): string | undefined {
  if (column.present.length > 0 && !column.present[row]) return undefined;
  switch (column.type) {
    case ValueType.STRING:
      return column.strings[row]?.slice(0, 100);
    case ValueType.BOOLEAN:
      return String(column.booleans[row]);
    default: {
      const number = column.numbers[row];
      return number === undefined ? undefined : formatValue(number);
    }
  }
}
