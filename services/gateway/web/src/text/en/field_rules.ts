// SPDX-License-Identifier: Apache-2.0

const sign = (one: string) => (one === " " ? "a blank" : `“${one}”`);

export const fieldRules = {
  name: "1 to 63 characters of a-z 0-9 - _. It never changes.",
  upperCase: "Only small letters: a-z 0-9 - _",
  nameSign: (one: string) => `Without ${sign(one)}: only a-z 0-9 - _`,
  displayName: "Free text for people; it can be changed at any time.",
  endpointId:
    "Empty: one is made. Otherwise 1 to 128 characters of A-Z a-z 0-9 . _ ~ - that never change.",
  endpointSign: (one: string) => `Without ${sign(one)}: only A-Z a-z 0-9 . _ ~ -`,
  token:
    "Empty: 20 random letters and digits are made, which nobody can guess. A token of your own is a password too.",
  tokenSign: (one: string) => `Without ${sign(one)}: printable ASCII but not + # / . and blanks`,
  tooLong: (most: number, length: number) => `At most ${most} characters; this has ${length}.`,
  control: "Without line breaks and control characters.",
};
