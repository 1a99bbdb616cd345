// SPDX-License-Identifier: Apache-2.0

export function DashboardsPage(_: { app: string }) {
  return <></>;
}
