// SPDX-License-Identifier: Apache-2.0
import { useState } from "preact/hooks";

import type { TimeSeries } from "../gen/millrace/query/v1/query_pb";
import { text } from "../text/en";
import { TextField } from "../ui/Field";
import { Skeleton } from "../ui/Skeleton";

const words = text.dashboards.form;
const SHOWN = 30;

interface PickerProps {
  // Undefined: on their way.
  series: readonly TimeSeries[] | undefined;
  // What to say where there are none.
  none: string;
  onPick: (name: string) => void;
}

// The series of an application, found by typing parts of their names.
export function SeriesPicker({ series, none, onPick }: PickerProps) {
  const [search, setSearch] = useState("");
  if (series === undefined) return <Skeleton lines={3} />;
  if (series.length === 0) return <p class="muted small">{none}</p>;
  const parts = search.toLowerCase().split(/\s+/).filter(Boolean);
  const found = series.filter(({ name }) => {
    const lower = name.toLowerCase();
    return parts.every((part) => lower.includes(part));
  });
  return (
    <div class="stack-s">
      <TextField
        label={words.pickSeries}
        type="search"
        placeholder={words.searchSeries}
        value={search}
        onValue={setSearch}
      />
      {found.length === 0 ? (
        <p class="muted small">{words.noSeriesMatch(search)}</p>
      ) : (
        <ul class="wform-found">
          {found.slice(0, SHOWN).map(({ name, values }) => (
            <li key={name}>
              <button type="button" aria-label={words.addSeries(name)} onClick={() => onPick(name)}>
                <span class="break">{name}</span>
                <span class="muted small">
                  {values.length > 1
                    ? values.map((value) => value.name).join(", ")
                    : values[0]?.unit}
                </span>
              </button>
            </li>
          ))}
        </ul>
      )}
      {found.length > SHOWN && <p class="muted small">{words.moreSeries(found.length - SHOWN)}</p>}
    </div>
  );
}
