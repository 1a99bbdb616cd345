// SPDX-License-Identifier: Apache-2.0
//
// A short word that something was done, which goes by itself. What went wrong is never a toast: it stays where it happened.
import { signal } from "@preact/signals";

import { Icon } from "./Icon";
import "./Toast.css";

const SHOWN_MS = 5000;
const MOST = 3;

interface Shown {
  id: number;
  message: string;
}

const shown = signal<Shown[]>([]);
let nextId = 1;

export function toast(message: string): void {
  const id = nextId++;
  shown.value = [...shown.value, { id, message }].slice(-MOST);
  setTimeout(() => {
    shown.value = shown.value.filter((entry) => entry.id !== id);
  }, SHOWN_MS);
}

export function Toasts() {
  return (
    <div class="toasts" role="status" aria-live="polite">
      {shown.value.map((entry) => (
        <div key={entry.id} class="toast">
          <Icon name="check" />
          <span>{entry.message}</span>
        </div>
      ))}
    </div>
  );
}
