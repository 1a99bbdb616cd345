// SPDX-License-Identifier: Apache-2.0
//
// What is searched for, told when typing pauses.
import { useEffect, useState } from "preact/hooks";

import { TextField } from "./Field";

const TYPING_PAUSE_MS = 250;
// What the server takes.
const MOST_CHARACTERS = 128;

interface SearchFieldProps {
  label: string;
  value: string;
  onValue: (value: string) => void;
}

export function SearchField({ label, value, onValue }: SearchFieldProps) {
  const [typed, setTyped] = useState(value);
  useEffect(() => {
    if (typed.trim() === value) return;
    const timer = setTimeout(() => onValue(typed.trim()), TYPING_PAUSE_MS);
    return () => clearTimeout(timer);
  }, [typed]);
  // Cleared by a button elsewhere, or by the browser's back.
  useEffect(() => setTyped((now) => (now.trim() === value ? now : value)), [value]);
  return (
    <TextField
      label={label}
      placeholder={label}
      hideLabel
      type="search"
      value={typed}
      maxLength={MOST_CHARACTERS}
      onValue={setTyped}
    />
  );
}
