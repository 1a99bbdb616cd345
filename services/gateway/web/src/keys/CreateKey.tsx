// SPDX-License-Identifier: Apache-2.0
import { useState } from "preact/hooks";

import { useAction } from "../api/call";
import { registry } from "../api/clients";
import { keyNameFault } from "../api/field_rules";
import { displayName, useApplications } from "../applications/directory";
import { ApiKeyRole } from "../gen/millrace/identity/v1/api_key_pb";
import type { Role } from "../session/session";
import { text } from "../text/en";
import { Checkbox, TextField } from "../ui/Field";
import { FormDialog } from "../ui/FormDialog";
import { FailureNotice } from "../ui/Notice";
import { SecretDialog } from "../ui/SecretDialog";

const words = text.keys;
const ROLES: Role[] = ["reader", "operator", "admin"];
const WANTED: Record<Role, ApiKeyRole> = {
  reader: ApiKeyRole.READER,
  operator: ApiKeyRole.OPERATOR,
  admin: ApiKeyRole.ADMIN,
};
const MOST_APPLICATIONS = 100;

interface CreateKeyProps {
  onClose: () => void;
  onCreated: () => void;
}

export function CreateKey({ onClose, onCreated }: CreateKeyProps) {
  const [name, setName] = useState("");
  const [role, setRole] = useState<Role>("reader");
  const [bound, setBound] = useState(false);
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [made, setMade] = useState<string | undefined>();
  const nameFault = keyNameFault(name);
  const isBound = bound && role !== "admin";
  const boundFault = isBound && chosen.size > MOST_APPLICATIONS ? words.tooMany : undefined;
  const complete = name.trim() !== "" && !(isBound && chosen.size === 0);
  const { run, running, failure } = useAction((signal) =>
    registry.createApiKey(
      { name: name.trim(), role: WANTED[role], applicationNames: isBound ? [...chosen] : [] },
      { signal },
    ),
  );
  const submit = async () => {
    if (!complete || nameFault !== undefined || boundFault !== undefined) return;
    const created = await run();
    if (created === undefined) return;
    setMade(created.key);
    onCreated();
  };
  if (made !== undefined) {
    return (
      <SecretDialog
        title={words.createdTitle}
        label={words.secret}
        value={made}
        warning={words.warning}
        copy={words.copy}
        onClose={onClose}
      />
    );
  }
  return (
    <FormDialog
      title={words.create}
      busy={running}
      disabled={!complete}
      failure={failure}
      onSubmit={submit}
      onClose={onClose}
    >
      <TextField
        label={words.name}
        hint={words.nameHint}
        error={nameFault}
        value={name}
        onValue={setName}
        required
      />
      <fieldset class="keys-choices">
        <legend>{words.role}</legend>
        {ROLES.map((one) => (
          <label key={one} class="keys-choice">
            <input type="radio" name="role" checked={role === one} onChange={() => setRole(one)} />
            <span>
              {text.session.roles[one]}{" "}
              <span class="muted small">{text.session.roleMeaning[one]}</span>
            </span>
          </label>
        ))}
      </fieldset>
      <fieldset class="keys-choices" disabled={role === "admin"}>
        <legend>{words.boundLegend}</legend>
        {role === "admin" ? (
          <p class="muted small">{words.adminUnbound}</p>
        ) : (
          <>
            <label class="keys-choice">
              <input type="radio" name="bound" checked={!bound} onChange={() => setBound(false)} />
              <span>{words.unbound}</span>
            </label>
            <label class="keys-choice">
              <input type="radio" name="bound" checked={bound} onChange={() => setBound(true)} />
              <span>{words.bound}</span>
            </label>
            {bound && <Applications chosen={chosen} onChosen={setChosen} />}
            {bound && (chosen.size === 0 || boundFault) && (
              <p class="field-hint">{boundFault ?? words.chooseSome}</p>
            )}
          </>
        )}
      </fieldset>
    </FormDialog>
  );
}

interface ApplicationsProps {
  chosen: ReadonlySet<string>;
  onChosen: (chosen: ReadonlySet<string>) => void;
}

// A search box appears where one would scroll.
const SEARCHED_FROM = 10;

function Applications({ chosen, onChosen }: ApplicationsProps) {
  const { value: applications = [], failure, reload } = useApplications();
  const [search, setSearch] = useState("");
  const wanted = search.trim().toLowerCase();
  const shown = applications.filter(
    ({ name, displayName: called }) =>
      name.includes(wanted) || called.toLowerCase().includes(wanted),
  );
  const toggle = (name: string, on: boolean) => {
    const next = new Set(chosen);
    if (on) next.add(name);
    else next.delete(name);
    onChosen(next);
  };
  if (failure) return <FailureNotice failure={failure} onRetry={reload} />;
  return (
    <>
      {applications.length > SEARCHED_FROM && (
        <TextField
          label={words.search}
          hideLabel
          placeholder={words.search}
          type="search"
          value={search}
          onValue={setSearch}
        />
      )}
      <div class="keys-applications">
        {shown.slice(0, 200).map((application) => (
          <Checkbox
            key={application.name}
            label={displayName(application, application.name)}
            checked={chosen.has(application.name)}
            onChecked={(on) => toggle(application.name, on)}
          />
        ))}
        {shown.length === 0 && <p class="muted small">{text.states.nothingFits}</p>}
      </div>
    </>
  );
}
