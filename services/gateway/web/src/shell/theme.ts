// SPDX-License-Identifier: Apache-2.0
//
// Light or dark: as the system, or as chosen on this device. `theme` is what is shown, also for pictures that are drawn
// and must be drawn again.
import { computed, effect, signal } from "@preact/signals";

const STORAGE_KEY = "millrace.theme";

export type ThemeChoice = "system" | "light" | "dark";

function kept(): ThemeChoice {
  try {
    const value = globalThis.localStorage?.getItem(STORAGE_KEY);
    return value === "light" || value === "dark" ? value : "system";
  } catch {
    return "system";
  }
}

export const themeChoice = signal<ThemeChoice>(kept());

const systemIsDark = signal(false);

export const theme = computed<"light" | "dark">(() =>
  themeChoice.value === "system" ? (systemIsDark.value ? "dark" : "light") : themeChoice.value,
);

export function chooseTheme(choice: ThemeChoice): void {
  themeChoice.value = choice;
  try {
    if (choice === "system") localStorage.removeItem(STORAGE_KEY);
    else localStorage.setItem(STORAGE_KEY, choice);
  } catch {
    // Storage is forbidden: the choice lasts as long as the page.
  }
}

// Once, before the first rendering.
export function startTheme(): void {
  const query = matchMedia("(prefers-color-scheme: dark)");
  systemIsDark.value = query.matches;
  query.addEventListener("change", () => {
    systemIsDark.value = query.matches;
  });
  effect(() => {
    document.documentElement.dataset.theme = theme.value;
  });
}
