// SPDX-License-Identifier: Apache-2.0

export const applications = {
  title: "Applications",
  versions: { title: "Versions" },
};
