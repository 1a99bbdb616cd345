// SPDX-License-Identifier: Apache-2.0

export function DevicesPage(_: { app: string }) {
  return <></>;
}
