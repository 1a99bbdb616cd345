// SPDX-License-Identifier: Apache-2.0
//
// What a widget shows, each with its device, name, unit and colour.
import { useState } from "preact/hooks";

import { EndpointPicker } from "../devices/EndpointPicker";
import type { TimeSeries } from "../gen/millrace/query/v1/query_pb";
import { lineStyle } from "../telemetry/palette";
import { text } from "../text/en";
import { Button } from "../ui/Button";
import { TextField } from "../ui/Field";
import { Select } from "../ui/Select";
import type { Source } from "../widgets/sources";

const words = text.dashboards.form;

interface ListProps {
  app: string;
  sources: readonly Source[];
  series: readonly TimeSeries[] | undefined;
  onSources: (sources: readonly Source[]) => void;
}

export function SourceList({ app, sources, series, onSources }: ListProps) {
  const replace = (index: number, source: Source) =>
    onSources(sources.map((one, i) => (i === index ? source : one)));
  const up = (index: number) => {
    const next = [...sources];
    [next[index - 1], next[index]] = [next[index]!, next[index - 1]!];
    onSources(next);
  };
  return (
    <ul class="stack-s">
      {sources.map((source, index) => (
        <SourceItem
          // Their order is what they are.
          key={`${index} ${source.timeSeriesName}`}
          app={app}
          source={source}
          color={source.color || lineStyle(index).color}
          series={series?.find(({ name }) => name === source.timeSeriesName)}
          onSource={(next) => replace(index, next)}
          onUp={index > 0 ? () => up(index) : undefined}
          onRemove={() => onSources(sources.filter((_, i) => i !== index))}
        />
      ))}
    </ul>
  );
}

interface ItemProps {
  app: string;
  source: Source;
  color: string;
  series: TimeSeries | undefined;
  onSource: (source: Source) => void;
  onUp: (() => void) | undefined;
  onRemove: () => void;
}

function SourceItem({ app, source, color, series, onSource, onUp, onRemove }: ItemProps) {
  const [fixed, setFixed] = useState(source.endpointId !== "");
  const change = (next: Partial<Source>) => onSource({ ...source, ...next });
  const name = source.timeSeriesName;
  const values = series?.values ?? [];
  return (
    <li class="wform-source">
      <input
        type="color"
        class="wform-color"
        aria-label={words.colorOf(name)}
        value={asHex(color)}
        onInput={(event) => change({ color: event.currentTarget.value })}
      />
      <span class="wform-source-name" title={name}>
        {name}
      </span>
      <span class="row">
        {source.color !== "" && (
          <Button
            kind="quiet"
            size="s"
            icon="undo"
            label={words.colorReset(name)}
            onClick={() => change({ color: "" })}
          />
        )}
        {onUp && <Button kind="quiet" size="s" icon="up" label={words.up(name)} onClick={onUp} />}
        <Button
          kind="quiet"
          size="s"
          icon="trash"
          label={words.removeSeries(name)}
          onClick={onRemove}
        />
      </span>
      <div class="wform-source-fields">
        <Select
          label={words.endpoint}
          value={fixed ? "fixed" : "chosen"}
          options={[
            { value: "chosen", label: words.chosenEndpoint },
            { value: "fixed", label: words.fixedEndpoint },
          ]}
          onValue={(choice) => {
            setFixed(choice === "fixed");
            if (choice === "chosen") change({ endpointId: "" });
          }}
        />
        {fixed && (
          <EndpointPicker
            app={app}
            label={words.fixedEndpoint}
            value={source.endpointId}
            onValue={(endpointId) => change({ endpointId })}
          />
        )}
        {values.length > 1 && (
          <Select
            label={text.dashboards.value}
            value={source.valueName}
            options={[
              { value: "", label: words.allValues },
              ...values.map((value) => ({ value: value.name, label: value.name })),
            ]}
            onValue={(valueName) => change({ valueName })}
          />
        )}
        <TextField
          label={words.label}
          maxLength={100}
          placeholder={name}
          value={source.label}
          onValue={(label) => change({ label })}
        />
        <TextField
          label={words.unit}
          maxLength={32}
          placeholder={values[0]?.unit || words.unitFromRules}
          value={source.unit}
          onValue={(unit) => change({ unit })}
        />
      </div>
    </li>
  );
}

// What the browser's field takes.
function asHex(color: string): string {
  return /^#[0-9a-f]{6}$/i.test(color) ? color : "#000000";
}
