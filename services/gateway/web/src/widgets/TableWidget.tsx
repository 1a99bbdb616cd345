// SPDX-License-Identifier: Apache-2.0
//
// The newest points, a row an instant. New ones appear at the top.
import { useEffect, useRef, useState } from "preact/hooks";

import type { TableWidget as Settings } from "../gen/millrace/registry/v1/dashboard_pb";
import { toFailure, type Failure } from "../api/failure";
import { formatExact } from "../format/time";
import { formatValue } from "../format/number";
import { forEachPoint } from "../telemetry/chunk_points";
import { text } from "../text/en";
import { FailureNotice } from "../ui/Notice";
import { Skeleton } from "../ui/Skeleton";
import { loadNewest } from "./newest_query";
import { NewestRows } from "./newest_rows";
import { useSourceLines, useWidgetPage } from "./page";
import type { Source } from "./sources";
import "./TableWidget.css";

const ROWS = 20;
const TELL_MS = 250;

interface TableWidgetProps {
  settings: Pick<Settings, "rows">;
  sources: readonly Source[];
  title: string;
}

export function TableWidget({ settings, sources, title }: TableWidgetProps) {
  const { app, feed } = useWidgetPage();
  const lines = useSourceLines(sources);
  const limit = settings.rows || ROWS;
  const [state, setState] = useState<{ loaded: boolean; failure?: Failure }>({ loaded: false });
  const [round, reload] = useState(0);
  const [, tell] = useState(0);
  const rows = useRef(new NewestRows(limit));

  useEffect(() => {
    const leave = new AbortController();
    const kept = (rows.current = new NewestRows(limit));
    const keys = new Set(lines.map(({ key }) => key));
    let timer = 0;
    const stop = feed.listen((chunk) => {
      forEachPoint(chunk, (key, time, value) => {
        if (!keys.has(key) || !kept.put(key, time, value) || timer !== 0) return;
        timer = window.setTimeout(() => {
          timer = 0;
          tell((count) => count + 1);
        }, TELL_MS);
      });
    });
    loadNewest(app, lines, limit, feed.now(), kept, leave.signal).then(
      () => !leave.signal.aborted && setState({ loaded: true }),
      (thrown: unknown) =>
        !leave.signal.aborted && setState({ loaded: false, failure: toFailure(thrown) }),
    );
    return () => {
      leave.abort();
      stop();
      clearTimeout(timer);
    };
  }, [app, feed, lines, limit, round]);

  if (state.failure !== undefined) {
    return (
      <FailureNotice
        failure={state.failure}
        onRetry={() => {
          setState({ loaded: false });
          reload(round + 1);
        }}
      />
    );
  }
  if (!state.loaded) return <Skeleton lines={4} />;
  if (rows.current.list.length === 0) return <p class="muted">{text.widgets.noPoints}</p>;
  return (
    <div class="newest" tabIndex={0} role="region" aria-label={title}>
      <table>
        <caption class="sr-only">{title}</caption>
        <thead>
          <tr>
            <th scope="col">{text.widgets.time}</th>
            {lines.map((line) => (
              <th key={line.key} scope="col" class={line.type === "number" ? "newest-number" : ""}>
                {line.label}
                {line.unit !== "" && <span class="muted"> {line.unit}</span>}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.current.list.map(({ time, values }) => (
            <tr key={time}>
              <td class="newest-time">{formatExact(time)}</td>
              {lines.map((line) => {
                const value = values.get(line.key);
                return (
                  <td key={line.key} class={line.type === "number" ? "newest-number" : ""}>
                    {typeof value === "number" ? formatValue(value) : String(value ?? "")}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
