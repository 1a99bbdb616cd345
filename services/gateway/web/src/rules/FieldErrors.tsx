// SPDX-License-Identifier: Apache-2.0
import { Icon } from "../ui/Icon";
import type { RulesDraft } from "./draft";
import type { FieldKey } from "./faults";

// Faults of something that is no control by itself.
export function FieldErrors({ draft, field }: { draft: RulesDraft; field: FieldKey }) {
  const faults = draft.faults.filter((fault) => fault.field === field);
  if (faults.length === 0) return null;
  return (
    <ul role="alert">
      {faults.map((fault) => (
        <li key={fault.text} class="field-error">
          <Icon name="failure" size={14} />
          <span class="break">{fault.text}</span>
        </li>
      ))}
    </ul>
  );
}
