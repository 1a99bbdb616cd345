// SPDX-License-Identifier: Apache-2.0
import { useEffect, useRef, useState } from "preact/hooks";

import { text } from "../text/en";
import { Button } from "./Button";

const SAID_MS = 2000;

// The clipboard of browsers needs https or localhost; elsewhere a selection does.
async function copy(value: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(value);
    return true;
  } catch {
    const area = document.createElement("textarea");
    area.value = value;
    area.className = "sr-only";
    // Inside an open dialog the rest of the page cannot be selected.
    (document.querySelector("dialog[open]") ?? document.body).append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    return done;
  }
}

interface CopyProps {
  value: string;
  // What is copied: "Copy token".
  label: string;
  // With words beside the icon.
  words?: boolean;
  kind?: "primary" | "secondary" | "quiet";
  onCopied?: () => void;
}

export function CopyButton({ value, label, words, kind = "quiet", onCopied }: CopyProps) {
  const [state, setState] = useState<"" | "copied" | "failed">("");
  const timer = useRef(0);
  useEffect(() => () => clearTimeout(timer.current), []);
  const click = async () => {
    const done = await copy(value);
    setState(done ? "copied" : "failed");
    if (done) onCopied?.();
    clearTimeout(timer.current);
    timer.current = window.setTimeout(() => setState(""), SAID_MS);
  };
  const said =
    state === "" ? label : state === "copied" ? text.states.copied : text.states.notCopied;
  return (
    <>
      <Button
        kind={kind}
        size={words ? "m" : "s"}
        icon={state === "copied" ? "check" : "copy"}
        label={words ? undefined : said}
        onClick={click}
      >
        {words ? said : undefined}
      </Button>
      <span class="sr-only" role="status">
        {state === "" ? "" : said}
      </span>
    </>
  );
}
