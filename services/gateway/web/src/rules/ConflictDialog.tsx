// SPDX-License-Identifier: Apache-2.0
//
// Somebody else has saved while this person was editing: what they changed, and what to do with both.
import { useMemo } from "preact/hooks";

import { useCall } from "../api/call";
import { registry } from "../api/clients";
import type { SeriesRulesVersion } from "../gen/millrace/registry/v1/registry_pb";
import { text } from "../text/en";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { FailureNotice } from "../ui/Notice";
import { Skeleton } from "../ui/Skeleton";
import { toast } from "../ui/Toast";
import { ChangesTable } from "./ChangesTable";
import type { RulesDraft } from "./draft";
import { formOf, rulesOf } from "./form";
import { merge } from "./merge";

const words = text.rules;

interface ConflictDialogProps {
  app: string;
  draft: RulesDraft;
  onClose: () => void;
}

export function ConflictDialog({ app, draft, onClose }: ConflictDialogProps) {
  const base = draft.base.seriesRules;
  const found = useCall(
    async (signal) => {
      const newest = await registry.getSeriesRules({ applicationName: app }, { signal });
      const diff = await registry.diffSeriesRules(
        {
          applicationName: app,
          fromVersion: base?.version ?? 0n,
          target: { case: "toVersion", value: newest.seriesRules?.version ?? 0n },
        },
        { signal },
      );
      return { newest, diff };
    },
    [app, draft.base],
  );
  const rules = useMemo(() => rulesOf(draft.form), [draft.form]);
  const theirs = found.value?.newest.seriesRules;
  const merged = useMemo(
    () => (base && theirs ? merge(base, rules, theirs) : undefined),
    [base, rules, theirs],
  );
  const go = (newest: SeriesRulesVersion, isCombined: boolean) => {
    draft.restart(newest, isCombined && merged ? formOf(merged.rules) : undefined);
    if (isCombined) toast(words.combined(String(newest.seriesRules?.version)));
    onClose();
  };
  const newest = found.value?.newest;
  return (
    <Dialog
      title={words.conflictTitle}
      wide
      onClose={onClose}
      actions={
        newest && (
          <>
            <Button onClick={() => go(newest, false)}>{words.takeTheirs}</Button>
            <Button kind="primary" onClick={() => go(newest, true)}>
              {words.combine}
            </Button>
          </>
        )
      }
    >
      {found.failure && <FailureNotice failure={found.failure} onRetry={found.reload} />}
      {!found.value && !found.failure && <Skeleton lines={4} />}
      {found.value && (
        <>
          <p>
            {words.conflictWords(
              String(found.value.newest.seriesRules?.version),
              found.value.newest.createdBy,
            )}
          </p>
          <ChangesTable diff={found.value.diff} />
          {merged && (
            <p>
              {merged.clashes.length === 0
                ? words.conflictNoClash
                : words.conflictClashes(merged.clashes.join(", "))}
            </p>
          )}
        </>
      )}
    </Dialog>
  );
}
