// SPDX-License-Identifier: Apache-2.0
//
// Always in sight while there are changes: whether they can be saved, and the way to do it.
import { useState } from "preact/hooks";

import { text } from "../text/en";
import { Button } from "../ui/Button";
import { Confirm } from "../ui/Dialog";
import type { RulesDraft } from "./draft";

const words = text.rules;

interface SaveBarProps {
  draft: RulesDraft;
  onReview: () => void;
  onConflict: () => void;
  onShowFault: () => void;
}

function stateOf(draft: RulesDraft): string {
  if (!draft.isDirty) return words.clean;
  if (draft.faults.length > 0) return words.faults(draft.faults.length);
  if (draft.isOutdated) return words.conflictTitle;
  if (draft.isChecking) return words.checking;
  return draft.failure ? draft.failure.message : words.checked;
}

export function SaveBar({ draft, onReview, onConflict, onShowFault }: SaveBarProps) {
  const [isAsking, ask] = useState(false);
  const hasFaults = draft.isDirty && draft.faults.length > 0;
  return (
    <div class={draft.isDirty ? "rules-bar rules-bar-dirty" : "rules-bar"}>
      <div class="grow" role="status">
        {draft.isDirty && <strong>{words.dirty} </strong>}
        <span class={hasFaults ? "rules-bar-fault" : "muted"}>{stateOf(draft)}</span>
      </div>
      {draft.isDirty && (
        <>
          <Button kind="quiet" onClick={() => ask(true)}>
            {words.reset}
          </Button>
          {hasFaults ? (
            <Button onClick={onShowFault}>{words.showFault}</Button>
          ) : (
            <Button kind="primary" onClick={draft.isOutdated ? onConflict : onReview}>
              {words.review}
            </Button>
          )}
        </>
      )}
      {isAsking && (
        <Confirm
          title={words.resetTitle}
          confirm={words.reset}
          danger
          onConfirm={() => {
            draft.restart(draft.base);
            ask(false);
          }}
          onClose={() => ask(false)}
        >
          <p>{words.resetWords}</p>
        </Confirm>
      )}
    </div>
  );
}
