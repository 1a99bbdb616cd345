// SPDX-License-Identifier: Apache-2.0
//
// A box to type in, with a list of what fits below it (ARIA's combobox with a listbox). What fits is found by whoever uses
// it: among thousands only a server can search.
import { useEffect, useId, useRef, useState } from "preact/hooks";

import { text } from "../text/en";
import { Field } from "./Field";
import "./Combobox.css";

export interface Suggestion {
  value: string;
  // Beside the value.
  note?: string;
}

interface ComboboxProps {
  label: string;
  hideLabel?: boolean;
  hint?: string;
  placeholder?: string;
  // What is chosen.
  value: string;
  onValue: (value: string) => void;
  // What fits, at most as many as one looks through.
  search: (typed: string, signal: AbortSignal) => Promise<Suggestion[]>;
}

const TYPING_PAUSE_MS = 150;

export function Combobox({
  label,
  hideLabel,
  hint,
  placeholder,
  value,
  onValue,
  search,
}: ComboboxProps) {
  const [typed, setTyped] = useState<string | undefined>();
  const [found, setFound] = useState<Suggestion[] | undefined>();
  const [active, setActive] = useState(-1);
  const list = useId();
  const finding = useRef(search);
  finding.current = search;
  const open = typed !== undefined;

  useEffect(() => {
    if (typed === undefined) return;
    const leave = new AbortController();
    const timer = setTimeout(() => {
      finding.current(typed, leave.signal).then(
        (suggestions) => {
          if (leave.signal.aborted) return;
          setFound(suggestions);
          setActive(suggestions.length > 0 && typed !== "" ? 0 : -1);
        },
        () => !leave.signal.aborted && setFound([]),
      );
    }, TYPING_PAUSE_MS);
    return () => {
      clearTimeout(timer);
      leave.abort();
    };
  }, [typed]);

  const close = () => {
    setTyped(undefined);
    setFound(undefined);
    setActive(-1);
  };
  const choose = (chosen: Suggestion) => {
    onValue(chosen.value);
    close();
  };
  const move = (step: number) => {
    const count = found?.length ?? 0;
    if (count > 0) setActive((index) => (index + step + count) % count);
  };
  const key = (event: KeyboardEvent) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (open) move(event.key === "ArrowDown" ? 1 : -1);
      else setTyped("");
    } else if (event.key === "Enter" && open) {
      event.preventDefault();
      const chosen = found?.[active];
      if (chosen) choose(chosen);
    } else if (event.key === "Escape" && open) {
      event.preventDefault();
      event.stopPropagation();
      close();
    }
  };

  return (
    <div class="combo">
      <Field label={label} hideLabel={hideLabel} hint={hint}>
        {(ties) => (
          <input
            {...ties}
            class="input"
            type="text"
            role="combobox"
            autocomplete="off"
            spellcheck={false}
            placeholder={placeholder}
            aria-expanded={open}
            aria-controls={list}
            aria-autocomplete="list"
            aria-activedescendant={open && active >= 0 ? `${list}-${active}` : undefined}
            value={typed ?? value}
            onFocus={(event) => event.currentTarget.select()}
            onClick={() => open || setTyped("")}
            onInput={(event) => setTyped(event.currentTarget.value)}
            onKeyDown={key}
            onBlur={close}
          />
        )}
      </Field>
      {open && (
        <ul class="combo-list" role="listbox" id={list} aria-label={label}>
          {found?.map((suggestion, index) => (
            <li
              key={suggestion.value}
              id={`${list}-${index}`}
              role="option"
              aria-selected={index === active}
              class={index === active ? "combo-active" : ""}
              // Before the box loses the focus.
              onMouseDown={(event) => event.preventDefault()}
              onClick={() => choose(suggestion)}
            >
              <span class="combo-value">{suggestion.value}</span>
              {suggestion.note && <span class="muted small">{suggestion.note}</span>}
            </li>
          ))}
          {found?.length === 0 && <li class="muted combo-none">{text.states.nothingFits}</li>}
          {found === undefined && <li class="muted combo-none">{text.states.loading}</li>}
        </ul>
      )}
    </div>
  );
}
