// SPDX-License-Identifier: Apache-2.0
//
// What is searched for stands in the address, so that a list can be sent to somebody.
import { useEffect, useState } from "preact/hooks";

import type { AppVersion } from "../gen/millrace/registry/v1/registry_pb";
import { useQueryParam } from "../router/query";
import { text } from "../text/en";
import { TextField } from "../ui/Field";
import { Select } from "../ui/Select";

const words = text.devices;
const TYPING_PAUSE_MS = 250;

export function DeviceFilters({ versions }: { versions: readonly AppVersion[] }) {
  const [search, setSearch] = useQueryParam("q");
  const [version, setVersion] = useQueryParam("version");
  const [state, setState] = useQueryParam("state");
  const [typed, setTyped] = useState(search);
  useEffect(() => {
    if (typed.trim() === search) return;
    const timer = setTimeout(() => setSearch(typed.trim()), TYPING_PAUSE_MS);
    return () => clearTimeout(timer);
  }, [typed]);
  // Cleared by a button elsewhere, or by the browser's back.
  useEffect(() => setTyped((now) => (now.trim() === search ? now : search)), [search]);

  return (
    <div class="devices-filters" role="search">
      <TextField
        label={words.search}
        placeholder={words.search}
        hideLabel
        type="search"
        value={typed}
        maxLength={128}
        onValue={setTyped}
      />
      <Select
        label={words.version}
        hideLabel
        value={version}
        onValue={setVersion}
        options={[
          { value: "", label: words.anyVersion },
          ...versions.map(({ name }) => ({ value: name, label: name })),
        ]}
      />
      <Select
        label={words.state}
        hideLabel
        value={state}
        onValue={setState}
        options={[
          { value: "", label: words.anyState },
          ...(["active", "inactive", "suspended", "revoked"] as const).map((name) => ({
            value: name,
            label: words.states[name],
          })),
        ]}
      />
    </div>
  );
}
