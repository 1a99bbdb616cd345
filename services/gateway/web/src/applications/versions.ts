// SPDX-License-Identifier: Apache-2.0
import { registry } from "../api/clients";
import type { AppVersion } from "../gen/millrace/registry/v1/registry_pb";

const PAGE_SIZE = 1000;
const MOST = 10_000;

// Of one application, or with "" of all that the key may see; in order of name.
export async function listVersions(app: string, signal: AbortSignal): Promise<AppVersion[]> {
  const found: AppVersion[] = [];
  let pageToken = "";
  do {
    const page = await registry.listAppVersions(
      { applicationName: app, pageSize: PAGE_SIZE, pageToken },
      { signal },
    );
    found.push(...page.appVersions);
    pageToken = page.nextPageToken;
  } while (pageToken !== "" && found.length < MOST);
  return found;
}

export function namesByApplication(versions: readonly AppVersion[]): Map<string, string[]> {
  const names = new Map<string, string[]>();
  for (const version of versions) {
    const of = names.get(version.applicationName);
    if (of === undefined) names.set(version.applicationName, [version.name]);
    else of.push(version.name);
  }
  return names;
}
