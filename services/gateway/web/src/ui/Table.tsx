// SPDX-License-Identifier: Apache-2.0
//
// A table whose rows are equally high, of which only those near the screen are in the document: ten thousand cost what fifty
// do. It scrolls with the page. Screen readers are told how many rows there are and which they are at.
import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

import { visibleRange, type Range } from "./visible_range";
import "./Table.css";

export interface Column<R> {
  key: string;
  title: string;
  // The heading is for screen readers alone, as over buttons.
  hideTitle?: boolean;
  cell: (row: R, index: number) => ComponentChildren;
  align?: "start" | "end";
  // As in CSS; columns without one share the rest.
  width?: string;
  // Left out on narrow screens: what it says must stand elsewhere there.
  wideOnly?: boolean;
  // The row's name, which screen readers say with each of its cells.
  rowHeader?: boolean;
}

interface TableProps<R> {
  label: string;
  columns: readonly Column<R>[];
  rows: readonly R[];
  rowKey: (row: R) => string;
  rowHeight?: number;
  // How many there are altogether, where more than `rows` exist; undefined: not known.
  total?: number;
  // The rows that are in view, first inclusive, last exclusive; for loading the next page or what belongs to them.
  onRange?: (range: Range) => void;
  // Rows that stand for what is being loaded.
  placeholders?: number;
  onRow?: (row: R) => void;
  selected?: (row: R) => boolean;
}

const OVERSCAN = 12;

export function Table<R>({
  label,
  columns,
  rows,
  rowKey,
  rowHeight = 44,
  total,
  onRange,
  placeholders = 0,
  onRow,
  selected,
}: TableProps<R>) {
  const body = useRef<HTMLTableSectionElement>(null);
  const range = useVisibleRows(body, rows.length, rowHeight, onRange);
  const shown = rows.slice(range.first, range.last);
  const below = (rows.length - range.last) * rowHeight;
  return (
    <table class="table" aria-label={label} aria-rowcount={(total ?? rows.length) + 1}>
      <colgroup>
        {columns.map((column) => (
          <col
            key={column.key}
            class={column.wideOnly ? "wide-only" : ""}
            style={{ width: column.width ?? "auto" }}
          />
        ))}
      </colgroup>
      <thead>
        <tr aria-rowindex={1}>
          {columns.map((column) => (
            <th key={column.key} scope="col" class={cellClass(column)}>
              {column.hideTitle ? <span class="sr-only">{column.title}</span> : column.title}
            </th>
          ))}
        </tr>
      </thead>
      <tbody ref={body}>
        {range.first > 0 && <Spacer height={range.first * rowHeight} />}
        {shown.map((row, offset) => (
          <tr
            key={rowKey(row)}
            aria-rowindex={range.first + offset + 2}
            class={(onRow ? "table-press" : "") + (selected?.(row) ? " table-selected" : "")}
            style={{ height: `${rowHeight}px` }}
            onClick={onRow && ((event) => !isControl(event.target) && onRow(row))}
          >
            {columns.map((column) =>
              column.rowHeader ? (
                <th key={column.key} scope="row" class={cellClass(column)}>
                  {column.cell(row, range.first + offset)}
                </th>
              ) : (
                <td key={column.key} class={cellClass(column)}>
                  {column.cell(row, range.first + offset)}
                </td>
              ),
            )}
          </tr>
        ))}
        {below > 0 && <Spacer height={below} />}
        {Array.from({ length: placeholders }, (_, index) => (
          <tr key={`placeholder ${index}`} aria-hidden="true" style={{ height: `${rowHeight}px` }}>
            {columns.map((column) => (
              <td key={column.key} class={cellClass(column)}>
                {!column.hideTitle && <div class="skeleton-bar" />}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function cellClass<R>(column: Column<R>): string {
  return `${column.align === "end" ? "table-end" : ""} ${column.wideOnly ? "wide-only" : ""}`;
}

// A click on a link or button inside a row is not one on the row.
function isControl(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest("a, button, input, select, label") !== null;
}

// One cell: more would bring the columns back that are left out on narrow screens.
function Spacer({ height }: { height: number }) {
  return (
    <tr aria-hidden="true" class="table-spacer">
      <td style={{ height: `${height}px` }} />
    </tr>
  );
}

function useVisibleRows(
  body: { current: HTMLElement | null },
  count: number,
  rowHeight: number,
  onRange: ((range: Range) => void) | undefined,
): Range {
  const [range, setRange] = useState<Range>({ first: 0, last: Math.min(count, 60) });
  const told = useRef(onRange);
  told.current = onRange;
  useEffect(() => {
    let frame = 0;
    const look = () => {
      frame = 0;
      const top = body.current?.getBoundingClientRect().top ?? 0;
      const seen = visibleRange({ top, height: window.innerHeight, rowHeight, count });
      const next = {
        first: Math.max(0, seen.first - OVERSCAN),
        last: Math.min(count, seen.last + OVERSCAN),
      };
      setRange((before) =>
        before.first === next.first && before.last === next.last ? before : next,
      );
      told.current?.(seen);
    };
    const later = () => {
      frame ||= requestAnimationFrame(look);
    };
    look();
    addEventListener("scroll", later, { passive: true });
    addEventListener("resize", later, { passive: true });
    return () => {
      cancelAnimationFrame(frame);
      removeEventListener("scroll", later);
      removeEventListener("resize", later);
    };
  }, [count, rowHeight]);
  // Fewer rows than a moment ago, before the effect has looked.
  return {
    first: Math.min(range.first, count),
    last: Math.min(Math.max(range.last, range.first), count),
  };
}
