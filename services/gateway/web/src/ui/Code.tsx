// SPDX-License-Identifier: Apache-2.0
//
// Something to copy and run, as it is.
import { CopyButton } from "./CopyButton";
import "./Code.css";

export function Code({ value, label, copy }: { value: string; label: string; copy: string }) {
  return (
    <div class="code">
      <div class="code-head">
        <span class="muted small">{label}</span>
        <CopyButton value={value} label={copy} words kind="secondary" />
      </div>
      {/* Long lines scroll, also by the keyboard. */}
      <pre tabIndex={0} role="region" aria-label={label}>
        <code>{value}</code>
      </pre>
    </div>
  );
}
