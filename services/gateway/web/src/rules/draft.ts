// SPDX-License-Identifier: Apache-2.0
//
// Rules that a person is editing, and what is wrong with them: the page's own checks at once, the server's as soon as those
// are met and the person pauses. What is not saved survives a visit to another view.
import { create } from "@bufbuild/protobuf";
import { Code } from "@connectrpc/connect";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";

import { useCall } from "../api/call";
import { registry } from "../api/clients";
import type { Failure } from "../api/failure";
import {
  SeriesRulesSchema,
  type SeriesRules,
} from "../gen/millrace/configuration/v1/configuration_pb";
import type { SeriesRulesVersion } from "../gen/millrace/registry/v1/registry_pb";
import { may } from "../session/session";
import { checkForm, faultsByField, serverFaults, type Fault, type FieldKey } from "./faults";
import { formOf, rulesOf, sameForm, type RulesForm } from "./form";
import { useSettled } from "./settled";

const QUIET_MS = 400;

interface Draft {
  readonly base: SeriesRulesVersion;
  // Of `base`.
  readonly clean: RulesForm;
  readonly form: RulesForm;
}

// One for each application whose rules were changed and not saved, for as long as the page is open.
const drafts = new Map<string, Draft>();

export interface RulesDraft {
  // What the person began with; a save is refused if it is not the newest any more.
  readonly base: SeriesRulesVersion;
  readonly form: RulesForm;
  readonly isDirty: boolean;
  readonly faults: readonly Fault[];
  // Nothing is shown of a field that was not visited yet and is only empty.
  errorOf(field: FieldKey): string | undefined;
  readonly isChecking: boolean;
  // Somebody else has saved.
  readonly isOutdated: boolean;
  // The server could not check.
  readonly failure: Failure | undefined;
  // The newest ones in which the page finds no fault, after a pause: for trials.
  readonly triable: SeriesRules;
  change(form: RulesForm): void;
  visited(field: FieldKey): void;
  visitedAll(): void;
  // Forgets the changes; `base` is what is in force.
  restart(base: SeriesRulesVersion, form?: RulesForm): void;
}

function draftOf(base: SeriesRulesVersion, form?: RulesForm): Draft {
  const clean = formOf(base.seriesRules ?? create(SeriesRulesSchema));
  return { base, clean, form: form ?? clean };
}

export function useDraft(app: string, loaded: SeriesRulesVersion): RulesDraft {
  const [draft, setDraft] = useState(() => drafts.get(app) ?? draftOf(loaded));
  const [visits, setVisits] = useState<ReadonlySet<FieldKey>>(new Set());
  const [areAllVisited, visitAll] = useState(false);
  const { base, form } = draft;
  const isDirty = useMemo(() => !sameForm(form, draft.clean), [form, draft.clean]);
  const own = useMemo(() => checkForm(form), [form]);
  const settled = useSettled(draft, QUIET_MS);
  const answer = useServerCheck(app, settled, own.length === 0 && isDirty && settled === draft);
  const refused = answer.failure?.code === Code.InvalidArgument ? answer.failure : undefined;
  const faults = useMemo(
    () => (own.length > 0 || !refused ? own : serverFaults(refused.message, form)),
    [own, refused, form],
  );
  const byField = useMemo(() => faultsByField(faults), [faults]);

  useKept(app, draft, isDirty);
  const triable = useTriable(settled.form, settled !== draft || own.length > 0);

  return {
    base,
    form,
    isDirty,
    faults,
    errorOf: (field) =>
      byField.get(field)?.find((fault) => !fault.isMissing || areAllVisited || visits.has(field))
        ?.text,
    isChecking: own.length === 0 && isDirty && (settled !== draft || answer.loading),
    isOutdated: answer.failure?.code === Code.FailedPrecondition,
    failure:
      refused || answer.failure?.code === Code.FailedPrecondition ? undefined : answer.failure,
    triable,
    change: (changed) => setDraft({ ...draft, form: changed }),
    visited: (field) =>
      setVisits((before) => (before.has(field) ? before : new Set([...before, field]))),
    visitedAll: () => visitAll(true),
    restart: (newest, changed) => {
      setDraft(draftOf(newest, changed));
      setVisits(new Set());
      visitAll(false);
    },
  };
}

// Those of the newest form without a fault; of the first one, whatever it has.
function useTriable(form: RulesForm, isFaulty: boolean): SeriesRules {
  const newest = useRef(form);
  if (!isFaulty) newest.current = form;
  const good = newest.current;
  return useMemo(() => rulesOf(good), [good]);
}

// Whether the server would take it, and whether it is still about the newest version.
function useServerCheck(app: string, draft: Draft, enabled: boolean) {
  return useCall(
    (signal) =>
      registry.applySeriesRules(
        {
          applicationName: app,
          seriesRules: rulesOf(draft.form),
          expectedVersion: draft.base.seriesRules?.version ?? 0n,
          validateOnly: true,
        },
        { signal },
      ),
    [app, draft],
    { enabled: enabled && may("operator") },
  );
}

function useKept(app: string, draft: Draft, isDirty: boolean): void {
  useEffect(() => {
    if (!isDirty) {
      drafts.delete(app);
      return;
    }
    drafts.set(app, draft);
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    addEventListener("beforeunload", ask);
    return () => removeEventListener("beforeunload", ask);
  }, [app, draft, isDirty]);
}
