// SPDX-License-Identifier: Apache-2.0
//
// What is searched for stands in the address, so that a list can be sent to somebody.
import type { AppVersion } from "../gen/millrace/registry/v1/registry_pb";
import { useQueryParam } from "../router/query";
import { text } from "../text/en";
import { SearchField } from "../ui/SearchField";
import { Select } from "../ui/Select";

const words = text.devices;

export function DeviceFilters({ versions }: { versions: readonly AppVersion[] }) {
  const [search, setSearch] = useQueryParam("q");
  const [version, setVersion] = useQueryParam("version");
  const [state, setState] = useQueryParam("state");
  return (
    <div class="devices-filters" role="search">
      <SearchField label={words.search} value={search} onValue={setSearch} />
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
