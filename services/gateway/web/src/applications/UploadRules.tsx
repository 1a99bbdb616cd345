// SPDX-License-Identifier: Apache-2.0
import { useState } from "preact/hooks";

import { useAction } from "../api/call";
import { registry } from "../api/clients";
import type { Application } from "../gen/millrace/registry/v1/registry_pb";
import { text } from "../text/en";
import { Checkbox, TextField } from "../ui/Field";
import { FormDialog } from "../ui/FormDialog";
import { burstFault, draftOf, fieldsOf, rateFault } from "./upload_rules";

const words = text.applications.uploadRules;

interface UploadRulesProps {
  application: Application;
  onClose: () => void;
  onSaved: () => void;
}

export function UploadRules({ application, onClose, onSaved }: UploadRulesProps) {
  const [draft, setDraft] = useState(draftOf(application));
  const faults = { rate: rateFault(draft.rate), burst: burstFault(draft.burst) };
  const { run, running, failure } = useAction((signal) =>
    registry.updateApplication({ name: application.name, ...fieldsOf(draft) }, { signal }),
  );
  const submit = async () => {
    if (faults.rate !== undefined || faults.burst !== undefined) return;
    if ((await run()) !== undefined) onSaved();
  };
  return (
    <FormDialog
      title={words.title}
      action={text.actions.save}
      busy={running}
      failure={failure}
      onSubmit={submit}
      onClose={onClose}
    >
      <TextField
        label={words.rate}
        hint={words.rateHint}
        error={faults.rate}
        value={draft.rate}
        onValue={(rate) => setDraft({ ...draft, rate })}
      />
      <TextField
        label={words.burst}
        hint={words.burstHint}
        error={faults.burst}
        value={draft.burst}
        disabled={draft.rate.trim() === ""}
        onValue={(burst) => setDraft({ ...draft, burst })}
      />
      <Checkbox
        label={words.relaxed}
        hint={words.relaxedHint}
        checked={draft.relaxed}
        onChecked={(relaxed) => setDraft({ ...draft, relaxed })}
      />
    </FormDialog>
  );
}
