// SPDX-License-Identifier: Apache-2.0
//
// From "the device is registered" to "its data is on the screen": something to run, and a light that says whether it worked.
import { useState } from "preact/hooks";

import { useCall } from "../api/call";
import { tokenFault } from "../api/field_rules";
import { freshToken, rememberToken } from "../devices/fresh_tokens";
import { stateName } from "../devices/token_states";
import type { Endpoint } from "../gen/millrace/registry/v1/registry_pb";
import { paths } from "../router/paths";
import { useQueryParam } from "../router/query";
import { text } from "../text/en";
import { ButtonLink } from "../ui/Button";
import { Code } from "../ui/Code";
import { TextField } from "../ui/Field";
import { Notice } from "../ui/Notice";
import { Segments } from "../ui/Segments";
import { Skeleton } from "../ui/Skeleton";
import { loadAddresses } from "./addresses";
import { ArrivalLight } from "./ArrivalLight";
import { isSnippet, snippet, SNIPPETS } from "./snippets";
import "./ConnectPanel.css";

const words = text.connect;

export function ConnectPanel({ endpoint }: { endpoint: Endpoint }) {
  const { value: addresses } = useCall((signal) => loadAddresses(location.hostname, signal), []);
  const [chosen, choose] = useQueryParam("with");
  const name = isSnippet(chosen) ? chosen : "curl";
  const token = freshToken(endpoint.endpointId);
  const usable = endpoint.tokens.some((one) =>
    ["active", "inactive"].includes(stateName(one) ?? ""),
  );
  return (
    <div class="connect">
      <section class="stack connect-how" aria-label={words.title}>
        <div>
          <h2>{words.title}</h2>
          <p class="muted">{words.note}</p>
        </div>
        {!usable && (
          <Notice
            kind="warning"
            actions={
              <ButtonLink
                size="s"
                href={paths.device(endpoint.applicationName, endpoint.endpointId, "tokens")}
              >
                {words.toTokens}
              </ButtonLink>
            }
          >
            {words.tokenUnusable}
          </Notice>
        )}
        <TokenEntry endpointId={endpoint.endpointId} token={token} />
        <div class="stack-s">
          <Segments
            label={words.snippet}
            value={name}
            options={SNIPPETS.map((one) => ({ value: one, label: words.snippets[one] }))}
            onValue={(next) => choose(next === "curl" ? undefined : next)}
          />
          <p class="muted small">{words.snippetNotes[name]}</p>
        </div>
        {addresses === undefined ? (
          <Skeleton height={120} />
        ) : (
          <Code
            label={words.snippets[name]}
            copy={words.copy}
            value={snippet(name, {
              addresses,
              version: endpoint.appVersionName,
              token: token || words.tokenPlaceholderInCode,
            })}
          />
        )}
      </section>
      <ArrivalLight endpoint={endpoint} httpUrl={addresses?.http} />
    </div>
  );
}

function TokenEntry({ endpointId, token }: { endpointId: string; token: string }) {
  const [typed, setTyped] = useState("");
  // Filled in by the dialog that made it, not typed here.
  const [made] = useState(token !== "");
  if (made) return <p class="muted small">{words.tokenKnown}</p>;
  const fault = tokenFault(typed);
  return (
    <TextField
      label={words.token}
      hint={words.tokenHint}
      placeholder={words.tokenPlaceholder}
      error={fault}
      value={typed || token}
      onValue={(value) => {
        const next = value.trim();
        setTyped(next);
        rememberToken(endpointId, tokenFault(next) === undefined ? next : "");
      }}
      mono
    />
  );
}
