// SPDX-License-Identifier: Apache-2.0
//
// One configured series: a line that tells it, and unfolded the form of its values.
import { visibleText } from "../json/tree";
import { text } from "../text/en";
import { Badge } from "../ui/Badge";
import { Button } from "../ui/Button";
import { TextField } from "../ui/Field";
import { Icon } from "../ui/Icon";
import { FieldErrors } from "./FieldErrors";
import { seriesField } from "./faults";
import { emptyValue, moved, withSeries, withoutSeries, type SeriesForm } from "./form";
import { ValueFields } from "./ValueFields";
import type { CardProps } from "./RulesEditor";

const words = text.rules;

interface SeriesCardProps extends CardProps {
  series: SeriesForm;
  isOpen: boolean;
  onFold: () => void;
}

function faultCount({ series, draft }: SeriesCardProps): number {
  const ids = new Set([series.id, ...series.values.map((value) => value.id)]);
  return draft.faults.filter(
    (fault) =>
      ids.has(fault.field.slice(0, fault.field.indexOf("."))) && draft.errorOf(fault.field),
  ).length;
}

export function SeriesCard(props: SeriesCardProps) {
  const { series, draft, readOnly, isOpen, onFold } = props;
  const { form, change } = draft;
  const name = series.name.trim() || words.seriesUnnamed;
  const faults = isOpen ? 0 : faultCount(props);
  return (
    <li class="rules-one">
      <div class="rules-one-head">
        <button type="button" class="rules-fold" aria-expanded={isOpen} onClick={onFold}>
          <Icon name={isOpen ? "chevron" : "right"} size={16} />
          <span class="rules-one-name">{visibleText(name)}</span>
          {!isOpen && (
            <span class="muted small rules-one-paths">
              {visibleText(
                series.values
                  .map((value) => value.path.trim())
                  .join(", ")
                  .slice(0, 200),
              )}
            </span>
          )}
        </button>
        {faults > 0 && <Badge kind="danger">{words.faultsInside(faults)}</Badge>}
        {!readOnly && <Arrows {...props} name={name} />}
      </div>
      {isOpen && (
        <div class="rules-one-body">
          <TextField
            label={words.seriesName}
            placeholder={words.seriesNameExample}
            error={draft.errorOf(seriesField(series.id, "name"))}
            value={series.name}
            disabled={readOnly}
            onBlur={() => draft.visited(seriesField(series.id, "name"))}
            onValue={(value) =>
              change(withSeries(form, series.id, (one) => ({ ...one, name: value })))
            }
            mono
          />
          <FieldErrors draft={draft} field={seriesField(series.id, "values")} />
          {series.values.map((value, index) => (
            <ValueFields
              key={value.id}
              draft={draft}
              readOnly={readOnly}
              value={value}
              number={index + 1}
              isOnly={series.values.length === 1}
            />
          ))}
          {!readOnly && (
            <div>
              <Button
                size="s"
                icon="plus"
                onClick={() =>
                  change(
                    withSeries(form, series.id, (one) => ({
                      ...one,
                      values: [...one.values, emptyValue()],
                    })),
                  )
                }
              >
                {words.addValue}
              </Button>
            </div>
          )}
        </div>
      )}
    </li>
  );
}

function Arrows({ series, draft, name }: SeriesCardProps & { name: string }) {
  const { form, change } = draft;
  const move = (by: -1 | 1) => change({ ...form, series: moved(form.series, series.id, by) });
  return (
    <div class="rules-arrows">
      {form.series.length > 1 && (
        <>
          <span class="rules-up">
            <Button
              kind="quiet"
              size="s"
              icon="chevron"
              label={words.moveUp(name)}
              onClick={() => move(-1)}
            />
          </span>
          <Button
            kind="quiet"
            size="s"
            icon="chevron"
            label={words.moveDown(name)}
            onClick={() => move(1)}
          />
        </>
      )}
      <Button
        kind="quiet"
        size="s"
        icon="trash"
        label={words.removeSeries(name)}
        onClick={() => change(withoutSeries(form, series.id))}
      />
    </div>
  );
}
