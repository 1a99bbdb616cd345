// SPDX-License-Identifier: Apache-2.0
//
// A few choices side by side, of which one is on.

import "./Segments.css";

interface SegmentsProps<V extends string> {
  label: string;
  value: V | undefined;
  options: readonly { value: V; label: string; title?: string }[];
  onValue: (value: V) => void;
}

export function Segments<V extends string>({ label, value, options, onValue }: SegmentsProps<V>) {
  return (
    <div class="segments" role="group" aria-label={label}>
      {options.map((option) => (
        <button
          key={option.value}
          type="button"
          class="segments-one"
          title={option.title}
          aria-pressed={option.value === value}
          onClick={() => onValue(option.value)}
        >
          {option.label}
        </button>
      ))}
    </div>
  );
}
