// SPDX-License-Identifier: Apache-2.0
//
// Auto-extraction: the fields at the root of one sample that become series by themselves. For one
// thread.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "lib/extraction/compiled_rules.h"
#include "lib/extraction/field_table.h"
#include "lib/extraction/found_value.h"

namespace millrace::extraction {

class AutoFields {
 public:
  struct Field {
    std::string_view name;
    // null: another value of the name came later that gives no series.
    FoundValue value;
  };

  // `max_name_bytes`: longer names are refused.
  AutoFields(std::size_t max_fields, std::size_t max_name_bytes)
      : max_fields_(max_fields), max_name_bytes_(max_name_bytes), table_(max_fields) {}

  void begin_sample(const CompiledRules& rules);
  // Each field of the sample, in its order; `name` must stay valid as long as the sample.
  void add(std::string_view name, const FoundValue& value);

  // Each name once.
  std::span<const Field> fields() const { return fields_; }
  bool too_many() const { return too_many_; }
  // The first field whose name is too long; null: none. One is enough: a device could send
  // thousands.
  const Field* too_long() const { return too_long_.name.empty() ? nullptr : &too_long_; }

 private:
  bool is_wanted(FoundValue::Kind kind) const;

  const std::size_t max_fields_;
  const std::size_t max_name_bytes_;
  bool numbers_ = false;
  bool others_ = false;
  bool too_many_ = false;
  Field too_long_;
  FieldTable table_;
  std::vector<Field> fields_;
};

}  // namespace millrace::extraction
