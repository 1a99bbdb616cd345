// SPDX-License-Identifier: Apache-2.0
//
// libFuzzer target: whatever the file, reading it ends; what was read passes the check, and is
// read back from what is written of it.
#include <cstdint>
#include <cstdlib>

#include "lib/rules_file/rules_file.h"
#include "lib/rules_file/rules_writer.h"
#include "lib/series_rules/check.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace millrace;
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  const auto read = rules_file::read_rules_file("file", text, "");
  if (!read.ok()) return 0;
  const std::string rules = read->rules.SerializeAsString();
  const auto checked = series_rules::check(read->rules);
  if (!checked.ok() || checked->SerializeAsString() != rules) std::abort();
  const auto again =
      rules_file::read_rules_file("written", rules_file::write_rules_file(read->rules), "");
  if (!again.ok() || again->rules.SerializeAsString() != rules) std::abort();
  return 0;
}
