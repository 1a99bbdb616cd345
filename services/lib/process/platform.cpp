// SPDX-License-Identifier: Apache-2.0
#include "lib/process/platform.h"

#include <algorithm>
#include <utility>

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include "lib/log/json_line.h"

namespace millrace::process {
namespace {

using Writer = rapidjson::Writer<rapidjson::StringBuffer>;

// Details may quote what a peer answered, in whatever encoding.
void write_text(Writer& writer, const std::string& text) {
  const std::string clean = log::clean_utf8(text, log::kLongestTextBytes);
  writer.String(clean.data(), static_cast<rapidjson::SizeType>(clean.size()));
}

}  // namespace

void Readiness::set(const std::string& condition, bool holds, const std::string& detail) {
  const concurrency::MutexLock lock(mutex_);
  conditions_[condition] = Condition{.holds = holds, .detail = detail};
}

bool Readiness::ready() const {
  const concurrency::MutexLock lock(mutex_);
  return std::all_of(conditions_.begin(), conditions_.end(),
                     [](const auto& entry) { return entry.second.holds; });
}

std::string Readiness::to_json() const {
  std::map<std::string, Condition> conditions;
  {
    const concurrency::MutexLock lock(mutex_);
    conditions = conditions_;
  }
  rapidjson::StringBuffer buffer;
  Writer writer(buffer);
  writer.StartObject();
  writer.Key("ready");
  writer.Bool(std::all_of(conditions.begin(), conditions.end(),
                          [](const auto& entry) { return entry.second.holds; }));
  writer.Key("conditions");
  writer.StartObject();
  for (const auto& [name, condition] : conditions) {
    write_text(writer, name);
    writer.StartObject();
    writer.Key("holds");
    writer.Bool(condition.holds);
    writer.Key("detail");
    write_text(writer, condition.detail);
    writer.EndObject();
  }
  writer.EndObject();
  writer.EndObject();
  return {buffer.GetString(), buffer.GetSize()};
}

}  // namespace millrace::process
