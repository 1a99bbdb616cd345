// SPDX-License-Identifier: Apache-2.0

export function VersionsPage(_: { app: string }) {
  return <></>;
}
