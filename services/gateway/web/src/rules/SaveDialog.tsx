// SPDX-License-Identifier: Apache-2.0
//
// The last look before rules take effect: what changes, and what for.
import { Code } from "@connectrpc/connect";
import { useEffect, useMemo, useState } from "preact/hooks";

import { useAction, useCall } from "../api/call";
import { registry } from "../api/clients";
import { applicationsChanged } from "../applications/directory";
import type { SeriesRulesVersion } from "../gen/millrace/registry/v1/registry_pb";
import { text } from "../text/en";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { TextField } from "../ui/Field";
import { FailureNotice } from "../ui/Notice";
import { Skeleton } from "../ui/Skeleton";
import { toast } from "../ui/Toast";
import { ChangesTable } from "./ChangesTable";
import type { RulesDraft } from "./draft";
import { rulesOf } from "./form";

const words = text.rules;
const MOST_COMMENT = 200;

interface SaveDialogProps {
  app: string;
  draft: RulesDraft;
  onSaved: (version: SeriesRulesVersion) => void;
  onConflict: () => void;
  onClose: () => void;
}

export function SaveDialog({ app, draft, onSaved, onConflict, onClose }: SaveDialogProps) {
  const rules = useMemo(() => rulesOf(draft.form), [draft.form]);
  const [comment, setComment] = useState("");
  const before = draft.base.seriesRules?.version ?? 0n;
  const diff = useCall(
    (signal) =>
      registry.diffSeriesRules(
        { applicationName: app, fromVersion: before, target: { case: "to", value: rules } },
        { signal },
      ),
    [app, rules],
  );
  const apply = useAction((signal) =>
    registry.applySeriesRules(
      { applicationName: app, seriesRules: rules, expectedVersion: before, comment },
      { signal },
    ),
  );
  const save = async () => {
    const saved = await apply.run();
    if (!saved) return;
    const version = saved.seriesRules?.version ?? 0n;
    toast(version === before ? words.savedAlready : words.saved(String(version)));
    applicationsChanged();
    draft.restart(saved);
    onClose();
    onSaved(saved);
  };
  const isConflict = apply.failure?.code === Code.FailedPrecondition;
  useEffect(() => {
    if (isConflict) onConflict();
  }, [isConflict]);
  return (
    <Dialog
      title={words.saveTitle}
      wide
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{text.actions.cancel}</Button>
          <Button kind="primary" busy={apply.running} onClick={save}>
            {words.save}
          </Button>
        </>
      }
    >
      {diff.value ? (
        <ChangesTable diff={diff.value} />
      ) : diff.failure ? (
        <FailureNotice failure={diff.failure} onRetry={diff.reload} />
      ) : (
        <Skeleton lines={3} />
      )}
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void save();
        }}
      >
        <TextField
          label={words.comment}
          hint={words.commentHint}
          value={comment}
          maxLength={MOST_COMMENT}
          onValue={setComment}
        />
      </form>
      {apply.failure && !isConflict && <FailureNotice failure={apply.failure} onRetry={save} />}
    </Dialog>
  );
}
