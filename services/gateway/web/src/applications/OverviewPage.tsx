// SPDX-License-Identifier: Apache-2.0

export function OverviewPage(_: { app: string }) {
  return <></>;
}
