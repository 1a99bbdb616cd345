// SPDX-License-Identifier: Apache-2.0
//
// Something that the server tells once and never again: a token, a key.
import { CopyButton } from "./CopyButton";
import { Notice } from "./Notice";
import "./Secret.css";

interface SecretProps {
  label: string;
  value: string;
  warning: string;
  copy: string;
}

export function Secret({ label, value, warning, copy }: SecretProps) {
  return (
    <div class="stack">
      <div class="secret">
        <span class="small muted">{label}</span>
        <code class="secret-value">{value}</code>
        <CopyButton value={value} label={copy} words kind="primary" />
      </div>
      <Notice kind="warning">{warning}</Notice>
    </div>
  );
}
