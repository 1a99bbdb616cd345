// SPDX-License-Identifier: Apache-2.0
import { useEffect, useState } from "preact/hooks";

import { useAction, useCall } from "../api/call";
import { registry } from "../api/clients";
import { formatMoment, toMs } from "../format/time";
import type { ClientAuthentication } from "../gen/millrace/registry/v1/registry_pb";
import { text } from "../text/en";
import { Button } from "../ui/Button";
import { Confirm } from "../ui/Dialog";
import { FailureNotice } from "../ui/Notice";
import { Skeleton } from "../ui/Skeleton";
import { toast } from "../ui/Toast";
import {
  asksForMore,
  changedTransports,
  rulesOf,
  TRANSPORTS,
  type Asked,
  type Rules,
} from "./transports";

const words = text.clients.authentication;

export function AuthenticationCard() {
  const { value, failure, reload, set } = useCall(
    (signal) => registry.getClientAuthentication({}, { signal }),
    [],
  );
  return (
    <section class="stack card" aria-labelledby="clients-authentication">
      <h2 id="clients-authentication">{words.title}</h2>
      <p class="muted">{words.note}</p>
      {failure && <FailureNotice failure={failure} onRetry={reload} />}
      {value === undefined && failure === undefined && <Skeleton lines={4} />}
      {value && <Form stored={value} onStored={set} onStale={reload} />}
    </section>
  );
}

interface FormProps {
  stored: ClientAuthentication;
  onStored: (stored: ClientAuthentication) => void;
  onStale: () => void;
}

function Form({ stored, onStored, onStale }: FormProps) {
  const before = rulesOf(stored.rules);
  const [after, setAfter] = useState<Rules>(before);
  const [asking, setAsking] = useState(false);
  // What another has saved meanwhile is what changes are made to.
  useEffect(() => setAfter(rulesOf(stored.rules)), [stored]);
  const changed = changedTransports(before, after);
  const { run, running, failure } = useAction((signal) =>
    registry.updateClientAuthentication(
      { transports: changed, expectedVersion: stored.rules?.version ?? 0n },
      { signal },
    ),
  );
  const save = async () => {
    const saved = await run();
    setAsking(false);
    if (saved === undefined) return;
    toast(words.saved);
    onStored(saved);
  };
  const submit = (event: Event) => {
    event.preventDefault();
    if (asksForMore(before, after)) setAsking(true);
    else void save();
  };
  return (
    <form class="stack" onSubmit={submit}>
      <RulesTable rules={after} onRules={setAfter} />
      {failure && <FailureNotice failure={failure} onRetry={onStale} />}
      <div class="row">
        <Button kind="primary" type="submit" busy={running} disabled={changed.length === 0}>
          {text.actions.save}
        </Button>
        <LastChange stored={stored} />
      </div>
      {asking && (
        <Confirm
          title={words.confirmTitle}
          confirm={words.confirm}
          danger
          busy={running}
          onConfirm={save}
          onClose={() => setAsking(false)}
        >
          <p>{words.confirmWords}</p>
        </Confirm>
      )}
    </form>
  );
}

function LastChange({ stored: { updatedBy, updatedAt } }: { stored: ClientAuthentication }) {
  const at = toMs(updatedAt);
  if (updatedBy === "" || at === undefined) return null;
  return <span class="muted small">{words.changedBy(updatedBy, formatMoment(at))}</span>;
}

interface RulesTableProps {
  rules: Rules;
  onRules: (rules: Rules) => void;
}

function RulesTable({ rules, onRules }: RulesTableProps) {
  return (
    <table class="clients-rules" aria-label={words.title}>
      <thead>
        <tr>
          <th scope="col">{words.transport}</th>
          <th scope="col">{words.password}</th>
          <th scope="col">{words.certificate}</th>
        </tr>
      </thead>
      <tbody>
        {TRANSPORTS.map(({ name, tls }) => {
          const called = words.transports[name];
          const put = (asked: Partial<Asked>) =>
            onRules({ ...rules, [name]: { ...rules[name], ...asked } });
          return (
            <tr key={name}>
              <th scope="row">{called}</th>
              <td>
                <input
                  type="checkbox"
                  aria-label={words.passwordOn(called)}
                  checked={rules[name].password}
                  onChange={(event) => put({ password: event.currentTarget.checked })}
                />
              </td>
              <td>
                {tls ? (
                  <input
                    type="checkbox"
                    aria-label={words.certificateOn(called)}
                    checked={rules[name].certificate}
                    onChange={(event) => put({ certificate: event.currentTarget.checked })}
                  />
                ) : (
                  <span class="muted small">{words.noCertificate}</span>
                )}
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}
