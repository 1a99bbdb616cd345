// SPDX-License-Identifier: Apache-2.0
//
// The API key of this browser tab. It is kept in sessionStorage: gone when the tab is closed, never sent by the browser on
// its own as a cookie would be.
import { signal } from "@preact/signals";

const STORAGE_KEY = "millrace.api-key";

function stored(): string {
  try {
    return globalThis.sessionStorage?.getItem(STORAGE_KEY) ?? "";
  } catch {
    return ""; // Storage is forbidden: the session then lasts as long as the page.
  }
}

// Empty: nobody is signed in.
export const apiKey = signal(stored());

// Whether the server has said that the key is not valid any more, which the sign-in page explains.
export const endedByServer = signal(false);

export function keepKey(key: string): void {
  apiKey.value = key;
  endedByServer.value = false;
  try {
    if (key === "") globalThis.sessionStorage?.removeItem(STORAGE_KEY);
    else globalThis.sessionStorage?.setItem(STORAGE_KEY, key);
  } catch {
    // As above.
  }
}

// A call was answered "unauthenticated": back to the sign-in page, with a sentence.
export function sessionEnded(): void {
  if (apiKey.value === "") return;
  keepKey("");
  endedByServer.value = true;
}
