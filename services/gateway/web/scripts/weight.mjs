// SPDX-License-Identifier: Apache-2.0
//
// Prints what the files of dist weigh compressed, and what the first view loads: index.html and what it names. Ends with 1
// when that is over the budget.
import { existsSync, readFileSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const BUDGET_KIB = 350;
const dist = fileURLToPath(new URL("../dist", import.meta.url));
const kib = (bytes) => (bytes / 1024).toFixed(1).padStart(8);
// What does not compress, such as a PNG, is sent as it is.
const weight = (name) => {
  const path = join(dist, name);
  return statSync(existsSync(`${path}.br`) ? `${path}.br` : path).size;
};

const assets = readdirSync(join(dist, "assets"))
  .filter((name) => !/\.(br|gz)$/.test(name))
  .map((name) => `assets/${name}`);
const page = readFileSync(join(dist, "index.html"), "utf8");
const first = ["index.html", ...assets.filter((name) => page.includes(`/${name}`))];

for (const name of ["index.html", ...assets].sort((a, b) => weight(b) - weight(a))) {
  console.log(`${kib(weight(name))} KiB  ${first.includes(name) ? "first" : "later"}  ${name}`);
}
const total = first.reduce((sum, name) => sum + weight(name), 0);
console.log(`${kib(total)} KiB  the shell, with brotli; at most ${BUDGET_KIB} KiB`);
process.exit(total > BUDGET_KIB * 1024 ? 1 : 0);
