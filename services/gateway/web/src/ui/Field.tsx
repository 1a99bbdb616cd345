// SPDX-License-Identifier: Apache-2.0
//
// A control with its label, what may stand in it, and what is wrong with what does. The words are tied to the control for
// screen readers.
import type { ComponentChildren, JSX, Ref } from "preact";
import { useId } from "preact/hooks";

import { Icon } from "./Icon";
import "./Field.css";

interface Frame {
  label: string;
  // What may stand in it.
  hint?: ComponentChildren;
  // What is wrong; shown instead of the hint.
  error?: string;
  // The label is for screen readers alone: what stands around says it.
  hideLabel?: boolean;
}

interface Ties {
  id: string;
  "aria-describedby"?: string;
  "aria-invalid"?: true;
}

export function Field({
  label,
  hint,
  error,
  hideLabel,
  children,
}: Frame & { children: (ties: Ties) => ComponentChildren }) {
  const id = useId();
  const note = `${id}-note`;
  const noted = error !== undefined || hint !== undefined;
  return (
    <div class="field">
      <label class={hideLabel ? "sr-only" : "field-label"} for={id}>
        {label}
      </label>
      {children({
        id,
        "aria-describedby": noted ? note : undefined,
        "aria-invalid": error !== undefined ? true : undefined,
      })}
      {noted && (
        <p id={note} class={error !== undefined ? "field-error" : "field-hint"} aria-live="polite">
          {error !== undefined && <Icon name="failure" size={14} />}
          <span>{error ?? hint}</span>
        </p>
      )}
    </div>
  );
}

type Native<E extends HTMLElement> = Omit<
  JSX.HTMLAttributes<E>,
  "label" | "onInput" | "onChange" | "value" | "size"
>;

interface TextProps extends Frame, Native<HTMLInputElement> {
  value: string;
  onValue: (value: string) => void;
  type?: "text" | "password" | "search" | "number" | "datetime-local" | "url";
  inputRef?: Ref<HTMLInputElement>;
  mono?: boolean;
  placeholder?: string;
  autocomplete?: string;
  maxLength?: number;
  min?: string;
  max?: string;
  step?: string;
  required?: boolean;
  disabled?: boolean;
  readOnly?: boolean;
  name?: string;
  list?: string;
}

export function TextField({
  label,
  hint,
  error,
  hideLabel,
  value,
  onValue,
  inputRef,
  mono,
  ...rest
}: TextProps) {
  return (
    <Field label={label} hint={hint} error={error} hideLabel={hideLabel}>
      {(ties) => (
        <input
          type="text"
          autocomplete="off"
          spellcheck={false}
          {...(rest as JSX.InputHTMLAttributes<HTMLInputElement>)}
          {...ties}
          ref={inputRef}
          class={mono ? "input mono" : "input"}
          value={value}
          onInput={(event) => onValue(event.currentTarget.value)}
        />
      )}
    </Field>
  );
}

interface AreaProps extends Frame {
  value: string;
  onValue: (value: string) => void;
  rows?: number;
  mono?: boolean;
  placeholder?: string;
  readOnly?: boolean;
  maxLength?: number;
}

export function TextArea({
  label,
  hint,
  error,
  hideLabel,
  value,
  onValue,
  mono,
  rows = 4,
  ...rest
}: AreaProps) {
  return (
    <Field label={label} hint={hint} error={error} hideLabel={hideLabel}>
      {(ties) => (
        <textarea
          spellcheck={false}
          {...rest}
          {...ties}
          rows={rows}
          class={mono ? "input input-area mono" : "input input-area"}
          value={value}
          onInput={(event) => onValue(event.currentTarget.value)}
        />
      )}
    </Field>
  );
}

interface CheckProps {
  label: ComponentChildren;
  hint?: ComponentChildren;
  checked: boolean;
  onChecked: (checked: boolean) => void;
  disabled?: boolean;
}

export function Checkbox({ label, hint, checked, onChecked, disabled }: CheckProps) {
  const id = useId();
  return (
    <div class="check">
      <input
        type="checkbox"
        id={id}
        checked={checked}
        disabled={disabled}
        aria-describedby={hint !== undefined ? `${id}-note` : undefined}
        onChange={(event) => onChecked(event.currentTarget.checked)}
      />
      <div>
        <label for={id}>{label}</label>
        {hint !== undefined && (
          <p id={`${id}-note`} class="field-hint">
            {hint}
          </p>
        )}
      </div>
    </div>
  );
}
