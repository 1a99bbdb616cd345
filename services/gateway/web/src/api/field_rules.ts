// SPDX-License-Identifier: Apache-2.0
//
// The registry's rules of names, said while one types. The registry has the last word: services/registry/field_rules.cpp.
import { text } from "../text/en";

// Each gives what is wrong with a value that is not empty, or undefined.

// Of applications and their versions.
export function nameFault(name: string): string | undefined {
  if (/[A-Z]/.test(name)) return text.fieldRules.upperCase;
  const strange = /[^a-z0-9_-]/.exec(name)?.[0];
  if (strange !== undefined) return text.fieldRules.nameSign(strange);
  return name.length > 63 ? text.fieldRules.tooLong(63, name.length) : undefined;
}

export function displayNameFault(name: string): string | undefined {
  return (
    lengthFault(name, 200) ??
    (/[\u0000-\u001f\u007f]/.test(name) ? text.fieldRules.control : undefined)
  );
}

export function keyNameFault(name: string): string | undefined {
  return (
    lengthFault(name, 100) ??
    (/[\u0000-\u001f\u007f]/.test(name) ? text.fieldRules.control : undefined)
  );
}

export function endpointIdFault(id: string): string | undefined {
  const strange = /[^A-Za-z0-9._~-]/.exec(id)?.[0];
  if (strange !== undefined) return text.fieldRules.endpointSign(strange);
  return id.length > 128 ? text.fieldRules.tooLong(128, id.length) : undefined;
}

export function tokenFault(token: string): string | undefined {
  const strange = /[^\x21-\x7e]|[+#/.]/.exec(token)?.[0];
  if (strange !== undefined) return text.fieldRules.tokenSign(strange);
  return token.length > 128 ? text.fieldRules.tooLong(128, token.length) : undefined;
}

// The server counts characters, as people do, not UTF-16 units.
function lengthFault(value: string, most: number): string | undefined {
  const length = [...value].length;
  return length > most ? text.fieldRules.tooLong(most, length) : undefined;
}
