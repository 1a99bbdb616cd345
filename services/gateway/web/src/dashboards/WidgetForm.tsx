// SPDX-License-Identifier: Apache-2.0
//
// Makes or changes a widget: what it is, what it shows, how.
import { useState } from "preact/hooks";

import { query } from "../api/clients";
import { useCall } from "../api/call";
import type { Widget } from "../gen/millrace/registry/v1/dashboard_pb";
import { PRESETS } from "../telemetry/view";
import { text } from "../text/en";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { TextField } from "../ui/Field";
import { FailureNotice } from "../ui/Notice";
import { Select } from "../ui/Select";
import { SeriesPicker } from "./SeriesPicker";
import { SourceList } from "./SourceList";
import { ThresholdFields } from "./ThresholdFields";
import {
  coordinatesOf,
  formOf,
  isFree,
  KINDS,
  problemsOf,
  SOURCES_MAX,
  sourceOf,
  widgetOf,
  type FormModel,
  type FormProblems,
} from "./widget_model";
import "./WidgetForm.css";

const words = text.dashboards.form;
const TITLE_MAX = 200;

interface WidgetFormProps {
  app: string;
  // Undefined: a new one.
  widget: Widget | undefined;
  onWidget: (widget: Widget) => void;
  onClose: () => void;
}

export function WidgetForm({ app, widget, onWidget, onClose }: WidgetFormProps) {
  const [form, setForm] = useState<FormModel>(() => formOf(widget));
  const [tried, setTried] = useState(false);
  const {
    value: series,
    failure,
    reload,
  } = useCall((signal) => query.listTimeSeries({ applicationName: app }, { signal }), [app]);
  const change = (next: Partial<FormModel>) => setForm((now) => ({ ...now, ...next }));
  const problems = tried ? problemsOf(form) : { thresholds: [] };
  const all = series?.timeSeries;
  const fitting = form.kind === "map" ? all?.filter((one) => coordinatesOf(one)) : all;
  const add = (name: string) => {
    const coordinates = all && coordinatesOf(all.find((one) => one.name === name)!);
    const last = form.sources[form.sources.length - 1];
    // What is added next is most likely of the same device.
    const source = { ...sourceOf(name), endpointId: last?.endpointId ?? "" };
    if (form.kind === "map") change({ sources: [source], ...coordinates });
    else change({ sources: [...form.sources, source].slice(0, SOURCES_MAX) });
  };
  return (
    <Dialog
      title={widget === undefined ? words.addTitle : words.editTitle}
      wide
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{text.actions.cancel}</Button>
          <Button kind="primary" type="submit" form="widget-form">
            {widget === undefined ? words.add : words.apply}
          </Button>
        </>
      }
    >
      <form
        id="widget-form"
        class="stack"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          setTried(true);
          if (isFree(problemsOf(form))) onWidget(widgetOf(form));
        }}
      >
        <KindChoice kind={form.kind} onKind={(kind) => change({ kind })} />
        <fieldset class="stack-s">
          <legend class="wform-legend">{words.shows}</legend>
          {problems.sources && <p class="field-error">{problems.sources}</p>}
          <SourceList
            app={app}
            sources={form.sources}
            series={all}
            onSources={(sources) => change({ sources })}
          />
          {failure && <FailureNotice failure={failure} onRetry={reload} />}
          <SeriesPicker
            series={fitting}
            none={form.kind === "map" && all?.length !== 0 ? words.noMapSeries : words.noSeries}
            onPick={add}
          />
        </fieldset>
        <KindFields form={form} problems={problems} onChange={change} />
        <TextField
          label={words.title}
          hint={words.titleHint}
          maxLength={TITLE_MAX}
          value={form.title}
          onValue={(title) => change({ title })}
        />
      </form>
    </Dialog>
  );
}

function KindChoice({
  kind,
  onKind,
}: {
  kind: FormModel["kind"];
  onKind: (kind: FormModel["kind"]) => void;
}) {
  return (
    <fieldset>
      <legend class="wform-legend">{words.kind}</legend>
      <div class="wform-kinds">
        {KINDS.map((one) => (
          <label key={one} class={one === kind ? "wform-kind wform-chosen" : "wform-kind"}>
            <input
              type="radio"
              name="kind"
              class="sr-only"
              checked={one === kind}
              onChange={() => onKind(one)}
            />
            <strong>{text.widgets.kinds[one]}</strong>
            <span class="muted small">{text.widgets.kindWords[one]}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}

interface KindFieldsProps {
  form: FormModel;
  problems: FormProblems;
  onChange: (change: Partial<FormModel>) => void;
}

function KindFields({ form, problems, onChange }: KindFieldsProps) {
  switch (form.kind) {
    case "chart":
      return <RangeField form={form} onChange={onChange} />;
    case "map":
      return (
        <div class="wform-row">
          <RangeField form={form} onChange={onChange} />
          <TextField
            label={words.latitude}
            value={form.latitude}
            onValue={(latitude) => onChange({ latitude })}
          />
          <TextField
            label={words.longitude}
            value={form.longitude}
            onValue={(longitude) => onChange({ longitude })}
          />
        </div>
      );
    case "gauge":
      return (
        <>
          <div class="wform-row">
            <TextField
              label={words.minimum}
              type="number"
              step="any"
              value={form.minimum}
              error={problems.minimum}
              onValue={(minimum) => onChange({ minimum })}
            />
            <TextField
              label={words.maximum}
              type="number"
              step="any"
              value={form.maximum}
              error={problems.maximum}
              onValue={(maximum) => onChange({ maximum })}
            />
          </div>
          <ThresholdFields
            thresholds={form.thresholds}
            problems={problems.thresholds}
            onThresholds={(thresholds) => onChange({ thresholds })}
          />
        </>
      );
    case "table":
      return (
        <TextField
          label={words.rows}
          type="number"
          min="1"
          max="1000"
          value={form.rows}
          error={problems.rows}
          onValue={(rows) => onChange({ rows })}
        />
      );
    case "tiles":
      return null;
  }
}

function RangeField({ form, onChange }: Omit<KindFieldsProps, "problems">) {
  const options = PRESETS.map(({ name, ms }) => ({
    value: String(ms / 1000),
    label: text.telemetry.rangeNames[name]!,
  }));
  // A file or another program may have said any.
  if (!options.some(({ value }) => value === String(form.range))) {
    options.push({ value: String(form.range), label: text.dashboards.seconds(form.range) });
  }
  return (
    <Select
      label={words.range}
      value={String(form.range)}
      options={options}
      onValue={(range) => onChange({ range: Number(range) })}
    />
  );
}
