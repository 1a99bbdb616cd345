// SPDX-License-Identifier: Apache-2.0
//
// When devices were last heard, of those whose rows are in view.
import { useEffect, useRef, useState } from "preact/hooks";

import { query } from "../api/clients";
import { toFailure } from "../api/failure";
import { whenVisible } from "../api/visibility";
import { toMs } from "../format/time";
import { sessionEnded } from "../session/key";

export const WINDOW_SECONDS = 300;
const REFRESH_MS = 5000;
// After the rows in view have changed: one scrolls past most of them.
const SETTLE_MS = 150;
// What a request may name.
const MOST = 1000;

export interface Activity {
  lastMs: number;
  // In the window before it was asked.
  samples: number;
}

// By endpoint id; null: asked for, and never heard. What is not in it has not been asked for yet. Unavailable answers leave
// what was known: the list is useful without.
export function useActivity(
  app: string,
  endpointIds: readonly string[],
): ReadonlyMap<string, Activity | null> {
  const [known, setKnown] = useState<ReadonlyMap<string, Activity | null>>(new Map());
  const [round, setRound] = useState(0);
  const asked = endpointIds.slice(0, MOST);
  const inView = asked.join(" ");
  const before = useRef("");

  useEffect(() => {
    if (asked.length === 0) return;
    const leave = new AbortController();
    const again = () =>
      whenVisible(REFRESH_MS, leave.signal, () => setRound((number) => number + 1));
    const ask = async () => {
      try {
        const answer = await query.listEndpointActivity(
          { applicationName: app, endpointIds: asked, windowSeconds: WINDOW_SECONDS },
          { signal: leave.signal },
        );
        if (leave.signal.aborted) return;
        setKnown((older) => {
          const next = new Map(older);
          for (const id of asked) next.set(id, null);
          for (const { endpointId, lastTime, samples } of answer.endpoints) {
            if (lastTime !== undefined)
              next.set(endpointId, { lastMs: toMs(lastTime), samples: Number(samples) });
          }
          return next;
        });
      } catch (thrown) {
        if (leave.signal.aborted) return;
        if (toFailure(thrown).kind === "unauthenticated") sessionEnded();
      }
      again();
    };
    const moved = before.current !== inView;
    before.current = inView;
    const timer = setTimeout(() => void ask(), moved ? SETTLE_MS : 0);
    return () => {
      clearTimeout(timer);
      leave.abort();
    };
  }, [app, inView, round]);
  return known;
}
