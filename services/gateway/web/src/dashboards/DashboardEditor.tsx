// SPDX-License-Identifier: Apache-2.0
//
// A dashboard being changed. Nothing is stored until it is saved; what somebody else has stored meanwhile is not overwritten
// unasked.
import { Code } from "@connectrpc/connect";
import { useEffect, useState } from "preact/hooks";

import { useAction } from "../api/call";
import { registry } from "../api/clients";
import type { Dashboard, Widget } from "../gen/millrace/registry/v1/dashboard_pb";
import { PageHeader, type Crumb } from "../shell/PageHeader";
import { text } from "../text/en";
import { Badge } from "../ui/Badge";
import { Button } from "../ui/Button";
import { Confirm, Dialog } from "../ui/Dialog";
import { Empty } from "../ui/Empty";
import { TextField } from "../ui/Field";
import { FailureNotice, Notice } from "../ui/Notice";
import { toast } from "../ui/Toast";
import { titleProblem } from "./CreateDashboard";
import { DashboardGrid } from "./DashboardGrid";
import { DashboardSources } from "./DashboardSources";
import { download } from "./download";
import {
  beginEditing,
  copyOf,
  dashboardOf,
  edited,
  isChanged,
  undone,
  WIDGETS_MAX,
  type Change,
  type Editing,
} from "./draft";
import { keepDraft, keptDraft } from "./kept_drafts";
import { WidgetForm } from "./WidgetForm";
import { sizeOf } from "./widget_model";
import "./DashboardEditor.css";

const words = text.dashboards;

interface EditorProps {
  dashboard: Dashboard;
  crumbs: readonly Crumb[];
  onSaved: (dashboard: Dashboard) => void;
  // Asks for what is stored now.
  onReload: () => void;
  onDone: () => void;
}

function useEditing(dashboard: Dashboard) {
  const { dashboardId } = dashboard;
  const [found] = useState(() => keptDraft(dashboardId));
  const [editing, setEditing] = useState<Editing>(() => found ?? beginEditing(dashboard));
  const unsaved = isChanged(editing);
  useEffect(() => keepDraft(dashboardId, unsaved ? editing : undefined), [editing, unsaved]);
  useEffect(() => {
    if (!unsaved) return;
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    addEventListener("beforeunload", ask);
    return () => removeEventListener("beforeunload", ask);
  }, [unsaved]);
  return { editing, setEditing, unsaved, found: found !== undefined };
}

export function DashboardEditor({ dashboard, crumbs, onSaved, onReload, onDone }: EditorProps) {
  const { editing, setEditing, unsaved, found } = useEditing(dashboard);
  const [form, setForm] = useState<{ id?: string; widget?: Widget } | undefined>();
  const [discarding, setDiscarding] = useState(false);
  const { draft } = editing;
  const change = (next: Change) => setEditing((now) => edited(now, next));
  const mine = dashboardOf(draft, dashboard);
  const save = useAction((signal, expectedVersion: bigint) =>
    registry.updateDashboard({ dashboard: mine, expectedVersion }, { signal }),
  );
  const problem = titleProblem(draft.title);
  const conflict =
    save.failure?.code === Code.FailedPrecondition || save.failure?.code === Code.Aborted;

  const finish = () => {
    keepDraft(dashboard.dashboardId, undefined);
    onDone();
  };
  // 0: whatever is stored.
  const store = async (expectedVersion: bigint) => {
    if (problem !== undefined) return;
    const saved = await save.run(expectedVersion);
    if (saved === undefined) return;
    toast(words.savedToast);
    finish();
    onSaved(saved);
  };
  return (
    <>
      <PageHeader
        title={draft.title}
        crumbs={crumbs}
        heading={
          <TextField
            label={words.name}
            hideLabel
            value={draft.title}
            error={problem}
            onValue={(title) => change({ kind: "rename", title })}
          />
        }
        actions={
          <>
            {unsaved && <Badge kind="warning">{words.unsaved}</Badge>}
            <Button onClick={() => (unsaved ? setDiscarding(true) : finish())}>
              {unsaved ? words.discard : text.actions.done}
            </Button>
            <Button
              kind="primary"
              busy={save.running}
              disabled={!unsaved}
              onClick={() => store(editing.dashboard.version)}
            >
              {text.actions.save}
            </Button>
          </>
        }
      />
      {found && <Notice>{words.draftKept}</Notice>}
      {save.failure && !conflict && (
        <FailureNotice failure={save.failure} onRetry={() => store(editing.dashboard.version)} />
      )}
      <div class="dedit-tools">
        <Button
          icon="plus"
          disabled={draft.widgets.length >= WIDGETS_MAX}
          onClick={() => setForm({})}
        >
          {words.addWidget}
        </Button>
        <Button
          kind="quiet"
          icon="undo"
          disabled={editing.before.length === 0}
          onClick={() => setEditing(undone)}
        >
          {words.undo}
        </Button>
        <Button
          kind="quiet"
          title={words.closeGapsLabel}
          onClick={() => change({ kind: "closeGaps" })}
        >
          {words.closeGaps}
        </Button>
        <p class="dedit-narrow muted small">{words.narrowEdit}</p>
      </div>
      {draft.widgets.length === 0 && (
        <Empty icon="dashboard" title={words.noWidgetsTitle}>
          {words.noWidgetsWords}
        </Empty>
      )}
      {draft.widgets.length > 0 && (
        <DashboardSources app={dashboard.applicationName} widgets={mine.widgets}>
          <DashboardGrid
            widgets={draft.widgets}
            actions={{
              onPlace: (id, box) => change({ kind: "place", id, box }),
              onEdit: (id) =>
                setForm({ id, widget: draft.widgets.find((w) => w.id === id)?.widget }),
              onCopy: (id) => {
                const copied = draft.widgets.find((w) => w.id === id);
                if (copied === undefined || draft.widgets.length >= WIDGETS_MAX) return;
                const { columns, rows } = copied.box;
                change({ kind: "add", widget: copyOf(copied.widget), columns, rows });
              },
              onRemove: (id) => change({ kind: "remove", id }),
            }}
          />
        </DashboardSources>
      )}
      {form !== undefined && (
        <WidgetForm
          app={dashboard.applicationName}
          widget={form.widget}
          onClose={() => setForm(undefined)}
          onWidget={(widget) => {
            setForm(undefined);
            if (form.id !== undefined) change({ kind: "replace", id: form.id, widget });
            else change({ kind: "add", widget, ...sizeOf(widget) });
          }}
        />
      )}
      {discarding && (
        <Confirm
          title={words.discardTitle}
          confirm={words.discard}
          danger
          onConfirm={finish}
          onClose={() => setDiscarding(false)}
        >
          <p>{words.discardWords}</p>
        </Confirm>
      )}
      {conflict && (
        <Conflict
          message={save.failure!.message}
          mine={mine}
          busy={save.running}
          onOverwrite={() => store(0n)}
          onTheirs={() => {
            finish();
            onReload();
          }}
          onClose={save.clear}
        />
      )}
    </>
  );
}

interface ConflictProps {
  message: string;
  mine: Dashboard;
  busy: boolean;
  onOverwrite: () => void;
  onTheirs: () => void;
  onClose: () => void;
}

function Conflict({ message, mine, busy, onOverwrite, onTheirs, onClose }: ConflictProps) {
  return (
    <Dialog
      title={words.conflictTitle}
      onClose={onClose}
      actions={
        <>
          <Button icon="download" onClick={() => download(mine)}>
            {words.exportMine}
          </Button>
          <Button onClick={onTheirs}>{words.takeTheirs}</Button>
          <Button kind="danger" busy={busy} onClick={onOverwrite}>
            {words.overwrite}
          </Button>
        </>
      }
    >
      <p>{words.conflictWords}</p>
      <p class="muted small break">{message}</p>
    </Dialog>
  );
}
