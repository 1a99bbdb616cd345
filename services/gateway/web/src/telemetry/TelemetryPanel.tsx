// SPDX-License-Identifier: Apache-2.0

export function TelemetryPanel(_: { app: string; endpointId: string }) {
  return <></>;
}
