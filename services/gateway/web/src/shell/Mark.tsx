// SPDX-License-Identifier: Apache-2.0
import address from "./mark.svg";

export function Mark({ size = 26 }: { size?: number }) {
  return <img src={address} width={size} height={size} alt="" />;
}
