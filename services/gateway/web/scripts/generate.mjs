// SPDX-License-Identifier: Apache-2.0
//
// Makes src/gen from the contracts that the page calls. They are at MILLRACE_PROTO, by default where the repository has
// them; the compiler is MILLRACE_PROTOC, by default protoc. Nothing is done while src/gen is newer than all of them and was made of the same.
import { execFileSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const web = fileURLToPath(new URL("..", import.meta.url));
const proto = resolve(process.env.MILLRACE_PROTO ?? join(web, "../../../proto"));
const protoc = process.env.MILLRACE_PROTOC ?? "protoc";
const out = join(web, "src/gen");
const stamp = join(out, ".made");

// What services say to each other on the bus is no business of the page.
const folders = ["configuration", "identity", "query", "registry"].map((name) =>
  join(proto, "millrace", name),
);

function contracts(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? contracts(path) : path.endsWith(".proto") ? [path] : [];
  });
}

if (!existsSync(proto)) {
  console.error(
    `cannot find the contracts in ${proto}: set MILLRACE_PROTO to the folder proto of the repository`,
  );
  process.exit(1);
}
const files = folders.flatMap(contracts).sort();
const newest = Math.max(...files.map((path) => statSync(path).mtimeMs));
const made = files.map((path) => relative(proto, path)).join("\n");
if (existsSync(stamp) && statSync(stamp).mtimeMs > newest && readFileSync(stamp, "utf8") === made) {
  process.exit(0);
}

rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
try {
  execFileSync(
    protoc,
    [
      `-I${proto}`,
      `--plugin=protoc-gen-es=${join(web, "node_modules/.bin/protoc-gen-es")}`,
      `--es_out=${out}`,
      "--es_opt=target=ts",
      ...files.map((path) => relative(proto, path)),
    ],
    { stdio: "inherit" },
  );
} catch (fault) {
  console.error(
    fault.code === "ENOENT"
      ? `cannot find ${protoc}: install the package protobuf-compiler, or set MILLRACE_PROTOC`
      : `cannot generate src/gen: ${fault.message}`,
  );
  process.exit(1);
}
writeFileSync(stamp, made);
