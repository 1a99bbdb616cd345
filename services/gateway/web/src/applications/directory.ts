// SPDX-License-Identifier: Apache-2.0
//
// The applications that the key may see, asked for once and shared by all views: the switcher, the list, and every page that
// shows the display name of one.
import { effect, signal } from "@preact/signals";
import { useEffect } from "preact/hooks";

import { registry } from "../api/clients";
import { toFailure, type Failure } from "../api/failure";
import type { Application } from "../gen/millrace/registry/v1/registry_pb";
import { sessionEnded } from "../session/key";
import { ownKey } from "../session/session";

const PAGE_SIZE = 1000;
// What a page can show and a person can look through; a deployment with more has other problems.
const MOST = 10_000;
// A view that is opened later asks again: others make applications too.
const FRESH_MS = 30_000;

interface Directory {
  value: Application[] | undefined;
  failure: Failure | undefined;
}

const NOTHING: Directory = { value: undefined, failure: undefined };
const directory = signal<Directory>(NOTHING);
let loading: AbortController | undefined;
let loadedAtMs = -Infinity;

// Another key sees other applications.
let keyBefore: unknown;
effect(() => {
  if (ownKey.value === keyBefore) return;
  keyBefore = ownKey.value;
  loading?.abort();
  loading = undefined;
  loadedAtMs = -Infinity;
  directory.value = NOTHING;
});

async function listApplications(abort: AbortSignal): Promise<Application[]> {
  const found: Application[] = [];
  let pageToken = "";
  do {
    const page = await registry.listApplications(
      { pageSize: PAGE_SIZE, pageToken },
      { signal: abort },
    );
    found.push(...page.applications);
    pageToken = page.nextPageToken;
  } while (pageToken !== "" && found.length < MOST);
  return found;
}

async function load(): Promise<void> {
  loading?.abort();
  const own = new AbortController();
  loading = own;
  try {
    const value = await listApplications(own.signal);
    if (own.signal.aborted) return;
    loadedAtMs = Date.now();
    directory.value = { value, failure: undefined };
  } catch (thrown) {
    if (own.signal.aborted) return;
    const failure = toFailure(thrown);
    if (failure.kind === "unauthenticated") sessionEnded();
    directory.value = { value: directory.value.value, failure };
  }
  loading = undefined;
}

// After a view has made or changed one.
export function applicationsChanged(): void {
  void load();
}

// The answer before is shown until a newer one is there.
export function useApplications(): Directory & { reload: () => void } {
  useEffect(() => {
    if (ownKey.value === undefined || loading !== undefined) return;
    if (Date.now() - loadedAtMs > FRESH_MS) void load();
  }, [ownKey.value]);
  return { ...directory.value, reload: applicationsChanged };
}

// What people call it.
export function displayName(application: Application | undefined, name: string): string {
  return application?.displayName || name;
}

export function useDisplayName(name: string): string {
  const { value } = useApplications();
  return displayName(
    value?.find((application) => application.name === name),
    name,
  );
}
