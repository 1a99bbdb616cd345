// SPDX-License-Identifier: Apache-2.0
//
// What is chosen for this device: time zone and theme.
import { useMemo } from "preact/hooks";

import { allZones, browserZone, chooseZone, zoneChoice } from "../format/time";
import { setQuery } from "../router/query";
import { text } from "../text/en";
import { Icon } from "../ui/Icon";
import { chooseTheme, theme, themeChoice, type ThemeChoice as Choice } from "./theme";
import "./Choices.css";

export function ZoneChoice() {
  const zones = useMemo(allZones, []);
  const choose = (zone: string) => {
    chooseZone(zone);
    // A link that named another one has done its work.
    if (new URLSearchParams(location.search).has("tz")) setQuery({ tz: zone });
  };
  return (
    <label class="choice">
      <Icon name="clock" />
      <span class="sr-only">{text.settings.timeZone}</span>
      <select value={zoneChoice.value} onChange={(event) => choose(event.currentTarget.value)}>
        <option value="">{text.settings.browserZone(browserZone)}</option>
        {zones.map((zone) => (
          <option key={zone} value={zone}>
            {zone}
          </option>
        ))}
      </select>
    </label>
  );
}

export function ThemeChoice() {
  return (
    <label class="choice">
      <Icon name={theme.value === "dark" ? "moon" : "sun"} />
      <span class="sr-only">{text.settings.theme}</span>
      <select
        value={themeChoice.value}
        onChange={(event) => chooseTheme(event.currentTarget.value as Choice)}
      >
        <option value="system">{text.settings.themeSystem}</option>
        <option value="light">{text.settings.themeLight}</option>
        <option value="dark">{text.settings.themeDark}</option>
      </select>
    </label>
  );
}
