// SPDX-License-Identifier: Apache-2.0
//
// The applications that the key may see, asked for once and shared by all views.
import { signal } from "@preact/signals";

import { registry } from "../api/clients";
import { useCall, type Call } from "../api/call";
import type { Application } from "../gen/millrace/registry/v1/registry_pb";
import { ownKey } from "../session/session";

const PAGE_SIZE = 1000;
// What a page can show and a person can look through; a deployment with more has other problems.
const MOST = 10_000;

// Grows with every change that a view makes, so that the others ask again.
const changes = signal(0);

export function applicationsChanged(): void {
  changes.value += 1;
}

export async function listApplications(signal: AbortSignal): Promise<Application[]> {
  const found: Application[] = [];
  let pageToken = "";
  do {
    const page = await registry.listApplications({ pageSize: PAGE_SIZE, pageToken }, { signal });
    found.push(...page.applications);
    pageToken = page.nextPageToken;
  } while (pageToken !== "" && found.length < MOST);
  return found;
}

const known = signal<Application[] | undefined>(undefined);
const knownOf = signal<unknown>(undefined);

// The answer before is shown until the new one is there, also in another view.
export function useApplications(): Call<Application[]> {
  const call = useCall(
    async (abort) => {
      const found = await listApplications(abort);
      known.value = found;
      knownOf.value = ownKey.value;
      return found;
    },
    [ownKey.value],
    { enabled: ownKey.value !== undefined, round: changes.value },
  );
  const earlier = knownOf.value === ownKey.value ? known.value : undefined;
  return { ...call, value: call.value ?? earlier };
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
