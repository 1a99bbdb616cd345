// SPDX-License-Identifier: Apache-2.0
import { registry } from "../api/clients";
import { text } from "../text/en";
import { Combobox } from "../ui/Combobox";

interface EndpointPickerProps {
  app: string;
  label?: string;
  hideLabel?: boolean;
  hint?: string;
  // Endpoint id; empty: none is chosen.
  value: string;
  onValue: (endpointId: string) => void;
}

const SHOWN = 20;

// One endpoint of an application, searched by the server: there may be ten thousand.
export function EndpointPicker({ app, label = text.devices.picker, ...rest }: EndpointPickerProps) {
  const search = async (typed: string, signal: AbortSignal) => {
    const page = await registry.listEndpoints(
      { applicationName: app, search: typed.trim().slice(0, 128), pageSize: SHOWN },
      { signal },
    );
    return page.endpoints.map((endpoint) => ({
      value: endpoint.endpointId,
      note: endpoint.appVersionName,
    }));
  };
  return (
    <Combobox
      label={label}
      placeholder={text.devices.pickerPlaceholder}
      search={search}
      {...rest}
    />
  );
}
