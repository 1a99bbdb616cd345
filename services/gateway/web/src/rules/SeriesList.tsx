// SPDX-License-Identifier: Apache-2.0
//
// The configured series. There may be a thousand: those that are folded are a line, and a search finds one.
import { useMemo, useState } from "preact/hooks";

import { visibleText } from "../json/tree";
import { text } from "../text/en";
import { Button } from "../ui/Button";
import { TextField } from "../ui/Field";
import { FieldErrors } from "./FieldErrors";
import { wholeField } from "./faults";
import { emptySeries, type SeriesForm } from "./form";
import { SeriesCard } from "./SeriesCard";
import type { CardProps } from "./RulesEditor";

const words = text.rules;
// From so many on there is a search.
const SEARCHED = 8;
const SHOWN = 30;

interface SeriesListProps extends CardProps {
  unfolded: ReadonlySet<string>;
  onUnfolded: (ids: ReadonlySet<string>) => void;
}

function matches(series: SeriesForm, wanted: string): boolean {
  return (
    series.name.toLowerCase().includes(wanted) ||
    series.values.some((value) => `${value.path} ${value.name}`.toLowerCase().includes(wanted))
  );
}

export function SeriesList({ draft, readOnly, unfolded, onUnfolded }: SeriesListProps) {
  const { form, change } = draft;
  const [search, setSearch] = useState("");
  const [most, setMost] = useState(SHOWN);
  const wanted = search.trim().toLowerCase();
  const found = useMemo(
    () => form.series.filter((series) => wanted === "" || matches(series, wanted)),
    [form.series, wanted],
  );
  const fold = (id: string) => {
    const ids = new Set(unfolded);
    if (!ids.delete(id)) ids.add(id);
    onUnfolded(ids);
  };
  const add = () => {
    const series = emptySeries();
    setSearch("");
    setMost(Math.max(most, form.series.length + 1));
    onUnfolded(new Set([...unfolded, series.id]));
    change({ ...form, series: [...form.series, series] });
  };
  return (
    <section class="card rules-card">
      <div class="stack-s">
        <h2>{words.seriesTitle}</h2>
        <p class="muted small">{words.seriesHint}</p>
      </div>
      <FieldErrors draft={draft} field={wholeField} />
      {form.series.length >= SEARCHED && (
        <TextField label={words.findSeries} type="search" value={search} onValue={setSearch} />
      )}
      {form.series.length === 0 && <p class="muted rules-none">{words.noSeries}</p>}
      {form.series.length > 0 && found.length === 0 && (
        <p class="muted rules-none">{words.noSeriesFound(visibleText(search))}</p>
      )}
      <ul class="rules-series">
        {found.slice(0, most).map((series) => (
          <SeriesCard
            key={series.id}
            series={series}
            draft={draft}
            readOnly={readOnly}
            isOpen={unfolded.has(series.id)}
            onFold={() => fold(series.id)}
          />
        ))}
      </ul>
      <div class="row">
        {found.length > most && (
          <Button kind="quiet" onClick={() => setMost(most + 200)}>
            {words.moreSeries(found.length - most)}
          </Button>
        )}
        {!readOnly && (
          <Button icon="plus" onClick={add}>
            {words.addSeries}
          </Button>
        )}
      </div>
    </section>
  );
}
