// SPDX-License-Identifier: Apache-2.0
//
// Widgets on their grid: twelve columns, or one below the other where the screen is narrow. With `onPlace` they can be moved
// and resized: by mouse, by finger, by the arrow keys.
import { useMemo, useRef, useState } from "preact/hooks";

import { text } from "../text/en";
import { Button } from "../ui/Button";
import { WidgetBody } from "../widgets/WidgetBody";
import type { DraftWidget } from "./draft";
import { onGrid, readingOrder, withBox, type Box } from "./grid";
import { Handle } from "./Handle";
import { widgetTitle } from "./widget_title";
import "./DashboardGrid.css";

export interface GridActions {
  onPlace: (id: string, box: Box) => void;
  onEdit: (id: string) => void;
  onCopy: (id: string) => void;
  onRemove: (id: string) => void;
}

interface GridProps {
  widgets: readonly DraftWidget[];
  actions?: GridActions;
}

const words = text.dashboards;

export function DashboardGrid({ widgets, actions }: GridProps) {
  const host = useRef<HTMLDivElement>(null);
  const [moving, setMoving] = useState<{ id: string; box: Box } | undefined>();
  const [said, setSaid] = useState("");
  const boxes = previewOf(widgets, moving);
  const order = readingOrder(widgets.map(({ box }) => box));
  const settle = (id: string, box: Box | undefined, title: string) => {
    setMoving(undefined);
    if (box === undefined) return;
    actions?.onPlace(id, box);
    setSaid(words.placed(title, box.column + 1, box.row + 1, box.columns, box.rows));
  };
  return (
    <div class={actions ? "dgrid dgrid-edit" : "dgrid"} ref={host}>
      {order.map((i) => {
        const { id, widget, box } = widgets[i]!;
        const title = widgetTitle(widget);
        return (
          <GridWidget
            key={id}
            entry={widgets[i]!}
            shown={boxes[i]!}
            title={title}
            moving={moving?.id === id}
            actions={actions}
            handles={
              actions && (
                <>
                  <Handle
                    kind="move"
                    label={words.moveWidget(title)}
                    box={box}
                    grid={host}
                    onMove={(to) => setMoving({ id, box: to })}
                    onSettle={(to) => settle(id, to, title)}
                  />
                  <Handle
                    kind="resize"
                    label={words.resizeWidget(title)}
                    box={box}
                    grid={host}
                    onMove={(to) => setMoving({ id, box: to })}
                    onSettle={(to) => settle(id, to, title)}
                  />
                </>
              )
            }
          />
        );
      })}
      <div class="sr-only" aria-live="polite">
        {said}
      </div>
    </div>
  );
}

// Where everything would be if the hand let go now.
function previewOf(
  widgets: readonly DraftWidget[],
  moving: { id: string; box: Box } | undefined,
): Box[] {
  const boxes = widgets.map(({ box }) => box);
  const index = widgets.findIndex(({ id }) => id === moving?.id);
  return moving === undefined || index < 0 ? boxes : withBox(boxes, index, onGrid(moving.box));
}

interface GridWidgetProps {
  entry: DraftWidget;
  shown: Box;
  title: string;
  moving: boolean;
  actions: GridActions | undefined;
  handles: preact.ComponentChildren;
}

function GridWidget({ entry, shown, title, moving, actions, handles }: GridWidgetProps) {
  const { id, widget } = entry;
  // Moving a box draws no widget anew.
  const body = useMemo(() => <WidgetBody widget={widget} title={title} />, [widget, title]);
  const { column, row, columns, rows } = shown;
  return (
    <section
      class={moving ? "dwidget dwidget-moving" : "dwidget"}
      aria-label={title}
      style={{
        gridColumn: `${column + 1} / span ${columns}`,
        gridRow: `${row + 1} / span ${rows}`,
        "--rows": rows,
      }}
    >
      <header class="dwidget-head">
        <h2 class="dwidget-title">{title}</h2>
        {actions && (
          <div class="dwidget-actions">
            <Button
              kind="quiet"
              size="s"
              icon="edit"
              label={words.editWidget(title)}
              onClick={() => actions.onEdit(id)}
            />
            <Button
              kind="quiet"
              size="s"
              icon="copy"
              label={words.copyWidget(title)}
              onClick={() => actions.onCopy(id)}
            />
            <Button
              kind="quiet"
              size="s"
              icon="trash"
              label={words.removeWidget(title)}
              onClick={() => actions.onRemove(id)}
            />
          </div>
        )}
      </header>
      <div class="dwidget-body">{body}</div>
      {handles}
    </section>
  );
}
