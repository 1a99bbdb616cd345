// SPDX-License-Identifier: Apache-2.0
//
// A YAML document as a tree that remembers lines. Only what a configuration needs, and bounded: no
// anchors and aliases (a few lines of them stand for gigabytes), one document, texts as keys. JSON
// is YAML. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace millrace::rules_file {

inline constexpr std::size_t kMaxFileBytes = 1 << 20;
inline constexpr std::size_t kMaxFileDepth = 16;
inline constexpr std::size_t kMaxFileNodes = 200'000;

struct YamlMember;

struct YamlNode {
  enum class Kind { kNull, kScalar, kSequence, kMap };
  Kind kind = Kind::kNull;
  int line = 0;       // from 1
  std::string text;   // of a scalar, without quotes
  bool plain = true;  // a scalar without quotes
  std::vector<YamlNode> elements;
  std::vector<YamlMember> members;  // in order of the file; a key may be there twice
};

struct YamlMember {
  std::string key;
  int line = 0;
  YamlNode value;
};

struct FileFault {
  int line = 0;  // 0: of the file as a whole
  std::string what;
};

std::variant<YamlNode, FileFault> read_yaml(std::string_view text);

}  // namespace millrace::rules_file
