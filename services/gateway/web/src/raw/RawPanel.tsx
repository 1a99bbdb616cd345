// SPDX-License-Identifier: Apache-2.0

export function RawPanel(_: { app: string; endpointId: string }) {
  return <></>;
}
