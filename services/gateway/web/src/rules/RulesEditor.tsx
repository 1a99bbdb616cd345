// SPDX-License-Identifier: Apache-2.0
import { useRef, useState } from "preact/hooks";

import type { SeriesRulesVersion } from "../gen/millrace/registry/v1/registry_pb";
import type { Path } from "../json/path";
import { visibleText, type JsonNode } from "../json/tree";
import { may } from "../session/session";
import { text } from "../text/en";
import { Notice } from "../ui/Notice";
import { toast } from "../ui/Toast";
import { AutoExtractCard } from "./AutoExtractCard";
import { ConflictDialog } from "./ConflictDialog";
import { useDraft, type RulesDraft } from "./draft";
import { DryRunPanel } from "./DryRunPanel";
import { pick } from "./pick";
import { RetentionCard } from "./RetentionCard";
import { SaveBar } from "./SaveBar";
import { SaveDialog } from "./SaveDialog";
import { SeriesList } from "./SeriesList";
import { TimestampCard } from "./TimestampCard";
import "./RulesEditor.css";

const words = text.rules;

interface RulesEditorProps {
  app: string;
  // In force when the page was opened.
  loaded: SeriesRulesVersion;
  onSaved: (version: SeriesRulesVersion) => void;
}

// What the parts of the form need.
export interface CardProps {
  draft: RulesDraft;
  readOnly: boolean;
}

type Open = "" | "save" | "conflict";

export function RulesEditor({ app, loaded, onSaved }: RulesEditorProps) {
  const draft = useDraft(app, loaded);
  const readOnly = !may("operator");
  const [open, setOpen] = useState<Open>("");
  const [unfolded, setUnfolded] = useState<ReadonlySet<string>>(new Set());
  const form = useRef<HTMLDivElement>(null);

  const unfold = (ids: readonly string[]) => setUnfolded((before) => new Set([...before, ...ids]));
  const picked = (path: Path, node: JsonNode) => {
    const result = pick(draft.form, path, node);
    if ("unwritable" in result) return;
    const series = result.form.series.find((one) =>
      one.values.some((value) => value.id === result.valueId),
    );
    const value = series?.values.find((one) => one.id === result.valueId);
    if (!series || !value) return;
    draft.change(result.form);
    unfold([series.id]);
    const said = result.isNew ? words.dryPicked : words.dryPickedAlready;
    toast(said(visibleText(value.path), series.name || words.seriesUnnamed));
  };
  const showFault = () => {
    draft.visitedAll();
    unfold(draft.form.series.map((series) => series.id));
    // When they are unfolded.
    setTimeout(() => form.current?.querySelector<HTMLElement>("[aria-invalid]")?.focus(), 50);
  };

  return (
    <div class="rules">
      <div class="rules-form" ref={form}>
        {readOnly && <Notice>{words.readOnly}</Notice>}
        <AutoExtractCard draft={draft} readOnly={readOnly} />
        <TimestampCard draft={draft} readOnly={readOnly} />
        <SeriesList
          draft={draft}
          readOnly={readOnly}
          unfolded={unfolded}
          onUnfolded={setUnfolded}
        />
        <RetentionCard draft={draft} readOnly={readOnly} />
        {!readOnly && (
          <SaveBar
            draft={draft}
            onReview={() => setOpen("save")}
            onConflict={() => setOpen("conflict")}
            onShowFault={showFault}
          />
        )}
      </div>
      <DryRunPanel
        app={app}
        rules={draft.triable}
        isFaulty={draft.faults.length > 0}
        onPick={readOnly ? undefined : picked}
      />
      {open === "save" && (
        <SaveDialog
          app={app}
          draft={draft}
          onSaved={onSaved}
          onConflict={() => setOpen("conflict")}
          onClose={() => setOpen("")}
        />
      )}
      {open === "conflict" && (
        <ConflictDialog app={app} draft={draft} onClose={() => setOpen("")} />
      )}
    </div>
  );
}
