// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";

import { spanWords } from "./span_words";

const NOW = Date.UTC(2026, 10, 27);

function words(from: string, to: string): string {
  const span = { from: Date.parse(from), to: Date.parse(to) };
  // Which kinds of blanks and dashes is the browser's business.
  return spanWords(span, "Europe/Berlin", NOW, "en-GB").replace(/\s/g, " ").replace(/ ?– ?/, " - ");
}

describe("spanWords", () => {
  it("says once what both ends share", () => {
    expect(words("2026-11-27T04:18:29Z", "2026-11-27T06:18:29Z")).toBe("27 Nov, 05:18 - 07:18");
    expect(words("2026-11-11T07:47:00Z", "2026-11-21T12:17:00Z")).toBe(
      "11 Nov, 08:47 - 21 Nov, 13:17",
    );
  });

  it("says the year where it is another", () => {
    expect(words("2018-12-31T23:00:00Z", "2019-12-31T23:00:00Z")).toMatch(/2019.* - .*2020/);
  });

  it("says seconds where they matter", () => {
    expect(words("2026-11-27T04:18:29Z", "2026-11-27T04:19:31Z")).toBe(
      "27 Nov, 05:18:29 - 05:19:31",
    );
  });
});
