// SPDX-License-Identifier: Apache-2.0
import { useLocation } from "wouter-preact";

import { useAction } from "../api/call";
import { registry } from "../api/clients";
import type { Dashboard } from "../gen/millrace/registry/v1/dashboard_pb";
import { paths } from "../router/paths";
import { text } from "../text/en";
import { Confirm } from "../ui/Dialog";
import { toast } from "../ui/Toast";

const words = text.dashboards;

export function DeleteDashboard({
  dashboard,
  onClose,
}: {
  dashboard: Dashboard;
  onClose: () => void;
}) {
  const [, navigate] = useLocation();
  const { applicationName, dashboardId, title } = dashboard;
  const remove = useAction((signal) => registry.deleteDashboard({ dashboardId }, { signal }));
  const confirm = async () => {
    if ((await remove.run()) === undefined) return;
    toast(words.deletedToast(title));
    navigate(paths.dashboards(applicationName), { replace: true });
  };
  return (
    <Confirm
      title={words.deleteTitle(title)}
      confirm={words.delete}
      danger
      busy={remove.running}
      failure={remove.failure}
      onConfirm={confirm}
      onClose={onClose}
    >
      <p>{words.deleteWords}</p>
    </Confirm>
  );
}
