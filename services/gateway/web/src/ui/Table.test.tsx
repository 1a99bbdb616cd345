// SPDX-License-Identifier: Apache-2.0
// @vitest-environment happy-dom
import { render } from "preact";
import { act } from "preact/test-utils";
import { afterEach, beforeEach, expect, it } from "vitest";

import { Table, type Column } from "./Table";
import type { Range } from "./visible_range";

const columns: Column<number>[] = [
  { key: "n", title: "Number", cell: (row) => String(row), rowHeader: true },
];
const rows = Array.from({ length: 10_000 }, (_, index) => index);
let place: HTMLElement;

beforeEach(() => {
  place = document.createElement("div");
  document.body.append(place);
});
afterEach(() => act(() => render(null, place)));

it("has few of ten thousand rows in the document, and tells how many there are", async () => {
  const ranges: Range[] = [];
  await act(() =>
    render(
      <Table
        label="Numbers"
        columns={columns}
        rows={rows}
        rowKey={String}
        rowHeight={40}
        onRange={(range) => ranges.push(range)}
      />,
      place,
    ),
  );
  const shown = place.querySelectorAll("tbody tr:not([aria-hidden])");
  expect(shown.length).toBeGreaterThan(10);
  expect(shown.length).toBeLessThan(100);
  expect(place.querySelector("table")?.getAttribute("aria-rowcount")).toBe("10001");
  expect(shown[0]?.getAttribute("aria-rowindex")).toBe("2");
  expect(ranges.at(-1)?.first).toBe(0);
  const spacer = place.querySelector<HTMLElement>(".table-spacer td");
  expect(spacer?.style.height).toBe(`${(10_000 - shown.length) * 40}px`);
});

it("takes a click on a row, but not one on a link in it", async () => {
  const pressed: number[] = [];
  const linked: Column<number>[] = [
    { key: "n", title: "Number", cell: (row) => <a href="#x">{row}</a> },
  ];
  await act(() =>
    render(
      <Table
        label="Numbers"
        columns={linked}
        rows={[1]}
        rowKey={String}
        onRow={(row) => pressed.push(row)}
      />,
      place,
    ),
  );
  place.querySelector<HTMLElement>("tbody td")?.click();
  place.querySelector<HTMLElement>("tbody a")?.click();
  expect(pressed).toEqual([1]);
});
