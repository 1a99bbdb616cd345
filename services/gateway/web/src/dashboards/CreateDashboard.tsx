// SPDX-License-Identifier: Apache-2.0
import { useState } from "preact/hooks";
import { useLocation } from "wouter-preact";

import { useAction } from "../api/call";
import { registry } from "../api/clients";
import { paths } from "../router/paths";
import { text } from "../text/en";
import { TextField } from "../ui/Field";
import { FormDialog } from "../ui/FormDialog";

const words = text.dashboards;
export const TITLE_MAX = 200;

export function titleProblem(title: string): string | undefined {
  if (title.trim() === "") return words.nameMissing;
  return [...title.trim()].length > TITLE_MAX ? words.nameTooLong : undefined;
}

export function CreateDashboard({ app, onClose }: { app: string; onClose: () => void }) {
  const [, navigate] = useLocation();
  const [title, setTitle] = useState("");
  const [tried, setTried] = useState(false);
  const create = useAction((signal) =>
    registry.createDashboard(
      { dashboard: { applicationName: app, title: title.trim() } },
      { signal },
    ),
  );
  const submit = async () => {
    setTried(true);
    if (titleProblem(title) !== undefined) return;
    const made = await create.run();
    // A new one is there to be filled.
    if (made !== undefined) navigate(`${paths.dashboard(app, made.dashboardId)}?edit=1`);
  };
  return (
    <FormDialog
      title={words.createTitle}
      busy={create.running}
      failure={create.failure}
      onSubmit={submit}
      onClose={onClose}
    >
      <TextField
        label={words.name}
        hint={words.nameHint}
        error={tried ? titleProblem(title) : undefined}
        value={title}
        onValue={setTitle}
      />
    </FormDialog>
  );
}
