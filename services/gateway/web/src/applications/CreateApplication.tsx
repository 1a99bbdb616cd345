// SPDX-License-Identifier: Apache-2.0
//
// A new application, with its first version at once: without one no device can send.
import { useState } from "preact/hooks";
import { useLocation } from "wouter-preact";

import { useAction } from "../api/call";
import { registry } from "../api/clients";
import { displayNameFault, nameFault } from "../api/field_rules";
import { paths } from "../router/paths";
import { text } from "../text/en";
import { Checkbox, TextField } from "../ui/Field";
import { FormDialog } from "../ui/FormDialog";
import { toast } from "../ui/Toast";
import { applicationsChanged } from "./directory";

const words = text.applications;

// What people call it, as a name: "Weather Stations" → weather-stations.
export function suggestedName(displayName: string): string {
  return displayName
    .normalize("NFKD")
    .replace(/[\u0300-\u036f]/g, "")
    .toLowerCase()
    .replace(/[^a-z0-9_]+/g, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 60);
}

export function CreateApplication({ onClose }: { onClose: () => void }) {
  const [displayName, setDisplayName] = useState("");
  const [chosenName, setChosenName] = useState<string | undefined>();
  const [chosenVersion, setChosenVersion] = useState<string | undefined>();
  const [autoExtract, setAutoExtract] = useState(false);
  // Made, though its version was refused: only that is asked for again.
  const [made, setMade] = useState("");
  const [, navigate] = useLocation();
  const name = chosenName ?? suggestedName(displayName);
  const version = chosenVersion ?? (name === "" ? "" : `${name.slice(0, 60)}-v1`);
  const faults = [displayNameFault(displayName), nameFault(name), nameFault(version)];

  const { run, running, failure } = useAction(async (signal) => {
    if (made !== name) {
      await registry.createApplication({ name, displayName, autoExtract }, { signal });
      setMade(name);
      applicationsChanged();
    }
    if (version !== "")
      await registry.createAppVersion({ applicationName: name, name: version }, { signal });
    return name;
  });
  const submit = async () => {
    if (name === "" || faults.some((fault) => fault !== undefined)) return;
    if ((await run()) === undefined) return;
    toast(words.created(name));
    onClose();
    navigate(paths.application(name));
  };

  return (
    <FormDialog
      title={words.create}
      busy={running}
      disabled={name === ""}
      failure={failure}
      onSubmit={submit}
      onClose={onClose}
    >
      <TextField
        label={words.displayName}
        hint={text.fieldRules.displayName}
        error={faults[0]}
        value={displayName}
        onValue={setDisplayName}
        disabled={made !== ""}
      />
      <TextField
        label={words.name}
        hint={text.fieldRules.name}
        error={faults[1]}
        value={name}
        onValue={setChosenName}
        disabled={made !== ""}
        required
        mono
      />
      <TextField
        label={words.versionName}
        hint={words.versionHint}
        error={faults[2]}
        value={version}
        onValue={setChosenVersion}
        mono
      />
      <Checkbox
        label={words.autoExtract}
        hint={words.autoExtractHint}
        checked={autoExtract}
        onChecked={setAutoExtract}
        disabled={made !== ""}
      />
    </FormDialog>
  );
}
