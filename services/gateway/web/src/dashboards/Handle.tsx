// SPDX-License-Identifier: Apache-2.0
//
// Where a widget is taken hold of, to move or to resize it. A button, so that the keyboard gets to it: the arrow keys do what
// dragging does.
import { useEffect, useRef } from "preact/hooks";

import { text } from "../text/en";
import { COLUMNS, shifted, type Box, type Shift } from "./grid";

interface HandleProps {
  kind: Shift;
  label: string;
  box: Box;
  // The grid's element, which says how large a cell is.
  grid: { current: HTMLElement | null };
  // While a hand drags.
  onMove: (box: Box) => void;
  // A hand has let go; undefined: it has given up.
  onSettle: (box: Box | undefined) => void;
}

const ARROWS: Record<string, [columns: number, rows: number]> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

interface Drag {
  x: number;
  y: number;
  begin: Box;
  now: Box;
}

export function Handle({ kind, label, box, grid, onMove, onSettle }: HandleProps) {
  const drag = useRef<Drag | undefined>(undefined);
  const cancel = useRef(() => {});
  cancel.current = () => {
    if (drag.current === undefined) return;
    drag.current = undefined;
    onSettle(undefined);
  };
  useEffect(() => () => cancel.current(), []);

  const move = (event: PointerEvent) => {
    const held = drag.current;
    const element = grid.current;
    if (held === undefined || element === null) return;
    const style = getComputedStyle(element);
    const gap = parseFloat(style.rowGap) || 0;
    const column = (element.clientWidth + gap) / COLUMNS;
    const row = parseFloat(style.gridAutoRows) + gap;
    // The page may have scrolled below the hand.
    const x = event.pageX - held.x;
    const y = event.pageY - held.y;
    const next = shifted(kind, held.begin, Math.round(x / column), Math.round(y / row));
    if (JSON.stringify(next) === JSON.stringify(held.now)) return;
    held.now = next;
    onMove(next);
  };
  return (
    <button
      type="button"
      class={`dhandle dhandle-${kind}`}
      aria-label={label}
      aria-description={text.dashboards.moveKeys}
      title={label}
      onPointerDown={(event) => {
        if (event.button !== 0) return;
        event.currentTarget.setPointerCapture(event.pointerId);
        drag.current = { x: event.pageX, y: event.pageY, begin: box, now: box };
      }}
      onPointerMove={move}
      onPointerUp={() => {
        const held = drag.current;
        drag.current = undefined;
        if (held !== undefined) onSettle(held.now === held.begin ? undefined : held.now);
      }}
      onPointerCancel={() => cancel.current()}
      onKeyDown={(event) => {
        if (event.key === "Escape") cancel.current();
        const arrow = ARROWS[event.key];
        if (arrow === undefined) return;
        event.preventDefault();
        onSettle(shifted(kind, box, ...arrow));
      }}
    />
  );
}
