// SPDX-License-Identifier: Apache-2.0
import { registry } from "../api/clients";
import { useCall } from "../api/call";
import { formatCount } from "../format/number";

// The server stops counting here.
const COUNTED = 100_000;

export async function countDevices(
  app: string,
  version: string,
  signal: AbortSignal,
): Promise<number> {
  const page = await registry.listEndpoints(
    { applicationName: app, appVersionName: version, pageSize: 1 },
    { signal },
  );
  return page.total;
}

export function deviceCount(count: number): string {
  return count >= COUNTED ? `${formatCount(COUNTED)}+` : formatCount(count);
}

// How many devices an application has, or a version of it; nothing until it is known.
export function DeviceCount({ app, version = "" }: { app: string; version?: string }) {
  const { value } = useCall((signal) => countDevices(app, version, signal), [app, version]);
  return <>{value === undefined ? "" : deviceCount(value)}</>;
}
