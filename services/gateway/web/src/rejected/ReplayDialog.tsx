// SPDX-License-Identifier: Apache-2.0
//
// Sends the rejected samples of a filter through extraction once more, and says how far it has come.
import { useEffect, useRef, useState } from "preact/hooks";

import { query } from "../api/clients";
import { toFailure } from "../api/failure";
import { pauseMs, sleep } from "../api/stream";
import { formatCount } from "../format/number";
import { paths } from "../router/paths";
import { sessionEnded } from "../session/key";
import { text } from "../text/en";
import { Button, ButtonLink } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { FailureNotice, Notice } from "../ui/Notice";
import { fromSeconds, isFiltered, type RejectedFilter } from "./filter";
import { reasonText } from "./reasons";
import { replayAll, type ReplayState } from "./replay";

const words = text.rejected;
const PAGE_SIZE = 1000;

interface ReplayDialogProps {
  app: string;
  filter: RejectedFilter;
  onClose: () => void;
}

function filterWords(filter: RejectedFilter): string {
  return [
    filter.endpointId,
    filter.reason === "" ? "" : reasonText(filter.reason).title,
    filter.age === "" ? "" : words.ages[filter.age],
  ]
    .filter((word) => word !== "")
    .join(", ");
}

export function ReplayDialog({ app, filter, onClose }: ReplayDialogProps) {
  const [state, setState] = useState<ReplayState | undefined>();
  const stop = useRef<AbortController | undefined>(undefined);
  useEffect(() => () => stop.current?.abort(), []);
  const isRunning = state?.kind === "running" || state?.kind === "retrying";

  const start = () => {
    const abort = new AbortController();
    stop.current = abort;
    const from = fromSeconds(filter, Date.now());
    void replayAll(
      {
        page: (pageToken, signal) =>
          query.replayRejectedSamples(
            {
              applicationName: app,
              endpointId: filter.endpointId,
              reason: filter.reason,
              from: from === undefined ? undefined : { seconds: BigInt(from), nanos: 0 },
              pageSize: PAGE_SIZE,
              pageToken,
            },
            { signal },
          ),
        onState: setState,
        retryAfter: (error, failures) => {
          const failure = toFailure(error);
          if (failure.kind === "unauthenticated") sessionEnded();
          return failure.kind === "temporary" ? pauseMs(failures, failure, Math.random) : undefined;
        },
        wait: sleep,
      },
      abort.signal,
    );
  };

  return (
    <Dialog
      title={words.replayTitle}
      onClose={onClose}
      actions={
        <>
          {isRunning && <Button onClick={() => stop.current?.abort()}>{words.stop}</Button>}
          {!isRunning && (
            <Button kind={state?.kind === "done" ? "primary" : "secondary"} onClick={onClose}>
              {state === undefined ? text.actions.cancel : text.actions.done}
            </Button>
          )}
          {!isRunning && state?.kind !== "done" && (
            <Button kind="primary" icon="play" onClick={start}>
              {words.start}
            </Button>
          )}
        </>
      }
    >
      {state === undefined ? (
        <>
          <p>{isFiltered(filter) ? words.replayFiltered : words.replayAll}</p>
          {isFiltered(filter) && <p class="break">{words.replayFilter(filterWords(filter))}</p>}
          <p>{words.replayHow}</p>
          <Notice
            kind="warning"
            actions={
              <ButtonLink size="s" href={`${paths.seriesRules(app)}?try=rejected`}>
                {words.toRules}
              </ButtonLink>
            }
          >
            {words.replayFirst}
          </Notice>
        </>
      ) : (
        <Progress state={state} />
      )}
    </Dialog>
  );
}

function Progress({ state }: { state: ReplayState }) {
  const { replayed, cut } = state.progress;
  return (
    <div class="stack" role="status">
      <p class="rejected-count">{words.replayed(formatCount(replayed))}</p>
      {cut > 0 && <p class="muted">{words.cutCount(formatCount(cut))}</p>}
      {state.kind === "running" && <p class="muted">{words.running}</p>}
      {state.kind === "retrying" && <Notice kind="warning">{words.retrying}</Notice>}
      {state.kind === "done" && (
        <Notice kind="ok">{replayed + cut === 0 ? words.doneNothing : words.done}</Notice>
      )}
      {state.kind === "stopped" && <Notice>{words.stopped}</Notice>}
      {state.kind === "failed" && (
        <>
          <FailureNotice failure={toFailure(state.error)} />
          <p>{words.failed}</p>
        </>
      )}
    </div>
  );
}
