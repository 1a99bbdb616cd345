// SPDX-License-Identifier: Apache-2.0
import { Field } from "./Field";

export interface Option<V extends string> {
  value: V;
  label: string;
}

interface SelectProps<V extends string> {
  label: string;
  hideLabel?: boolean;
  hint?: string;
  error?: string;
  value: V;
  options: readonly Option<V>[];
  onValue: (value: V) => void;
  disabled?: boolean;
}

// The browser's own: it works with every keyboard, screen reader and phone.
export function Select<V extends string>({
  label,
  hideLabel,
  hint,
  error,
  value,
  options,
  onValue,
  disabled,
}: SelectProps<V>) {
  return (
    <Field label={label} hint={hint} error={error} hideLabel={hideLabel}>
      {(ties) => (
        <select
          {...ties}
          class="input"
          value={value}
          disabled={disabled}
          onChange={(event) => onValue(event.currentTarget.value as V)}
        >
          {options.map((option) => (
            <option key={option.value} value={option.value}>
              {option.label}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}
