// SPDX-License-Identifier: Apache-2.0
import { ValueType } from "../gen/millrace/configuration/v1/configuration_pb";
import { text } from "../text/en";
import { Button } from "../ui/Button";
import { TextField } from "../ui/Field";
import { Select } from "../ui/Select";
import { valueField, type ValuePart } from "./faults";
import { defaultValueName, withValue, withoutValue, type ValueForm } from "./form";
import type { CardProps } from "./RulesEditor";

const words = text.rules;
const TYPES = [ValueType.NUMBER, ValueType.STRING, ValueType.BOOLEAN];

interface ValueFieldsProps extends CardProps {
  value: ValueForm;
  // In its series, from 1.
  number: number;
  isOnly: boolean;
}

export function ValueFields({ draft, readOnly, value, number, isOnly }: ValueFieldsProps) {
  const change = (part: Partial<ValueForm>) => draft.change(withValue(draft.form, value.id, part));
  const field = (part: ValuePart) => ({
    error: draft.errorOf(valueField(value.id, part)),
    disabled: readOnly,
    onBlur: () => draft.visited(valueField(value.id, part)),
  });
  const name = value.name.trim() || defaultValueName;
  return (
    <fieldset class="rules-value">
      <legend class="sr-only">{words.value(number)}</legend>
      <TextField
        label={words.valuePath}
        placeholder={words.valuePathExample}
        value={value.path}
        onValue={(path) => change({ path })}
        mono
        {...field("path")}
      />
      <TextField
        label={words.valueName}
        placeholder={defaultValueName}
        value={value.name}
        onValue={(changed) => change({ name: changed })}
        mono
        {...field("name")}
      />
      <Select
        label={words.valueType}
        value={String(value.type)}
        options={TYPES.map((type) => ({ value: String(type), label: words.types[type] ?? "" }))}
        onValue={(type) => change({ type: Number(type) })}
        error={field("type").error}
        disabled={readOnly}
      />
      <TextField
        label={words.valueUnit}
        placeholder={words.valueUnitExample}
        value={value.unit}
        onValue={(unit) => change({ unit })}
        {...field("unit")}
      />
      <TextField
        label={words.valueDescription}
        value={value.description}
        onValue={(description) => change({ description })}
        {...field("description")}
      />
      {!readOnly && !isOnly && (
        <Button
          kind="quiet"
          icon="trash"
          label={words.removeValue(name)}
          onClick={() => draft.change(withoutValue(draft.form, value.id))}
        />
      )}
    </fieldset>
  );
}
