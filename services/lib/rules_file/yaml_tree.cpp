// SPDX-License-Identifier: Apache-2.0
#include "lib/rules_file/yaml_tree.h"

#include <algorithm>
#include <optional>
#include <sstream>
#include <utility>

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include "lib/utf8/utf8.h"

namespace millrace::rules_file {
namespace {

int line_of(const YAML::Mark& mark) {
  return mark.line + 1;
}

// Builds the tree while yaml-cpp reads, so that a bound ends the reading. A fault leaves as
// yaml-cpp's own do.
class TreeBuilder final : public YAML::EventHandler {
 public:
  YamlNode take_root() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark& /*mark*/) override {}
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    add(mark, anchor, YamlNode::Kind::kNull, "", true);
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t /*anchor*/) override {
    throw YAML::ParserException(mark, "aliases (*name) are not read: write out what it stands for");
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    add(mark, anchor, YamlNode::Kind::kScalar, value, tag == "?");
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& /*tag*/, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value /*style*/) override {
    open(mark, anchor, YamlNode::Kind::kSequence);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& /*tag*/, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value /*style*/) override {
    open(mark, anchor, YamlNode::Kind::kMap);
  }
  void OnMapEnd() override { close(); }

 private:
  // A sequence or map that has begun. `key`: of a map, read and waiting for its value.
  struct Open {
    YamlNode node;
    std::optional<YamlMember> key;
  };

  static YamlNode node_of(const YAML::Mark& mark, YamlNode::Kind kind) {
    YamlNode node;
    node.kind = kind;
    node.line = line_of(mark);
    return node;
  }

  void count(const YAML::Mark& mark, YAML::anchor_t anchor) {
    if (anchor != YAML::NullAnchor) {
      throw YAML::ParserException(mark, "anchors (&name) are not read: write out each use");
    }
    if (++nodes_ > kMaxFileNodes) {
      throw YAML::ParserException(mark,
                                  fmt::format("there are more than {} entries", kMaxFileNodes));
    }
  }

  void open(const YAML::Mark& mark, YAML::anchor_t anchor, YamlNode::Kind kind) {
    count(mark, anchor);
    if (awaits_key()) {
      throw YAML::ParserException(mark, "a key must be a text");
    }
    if (open_.size() == kMaxFileDepth) {
      throw YAML::ParserException(
          mark, fmt::format("it is nested more than {} levels deep", kMaxFileDepth));
    }
    open_.push_back({node_of(mark, kind), std::nullopt});
  }

  void close() {
    YamlNode node = std::move(open_.back().node);
    open_.pop_back();
    put(std::move(node));
  }

  void add(const YAML::Mark& mark, YAML::anchor_t anchor, YamlNode::Kind kind,
           const std::string& text, bool plain) {
    count(mark, anchor);
    if (awaits_key()) {
      open_.back().key = YamlMember{text, line_of(mark), {}};
      return;
    }
    YamlNode node = node_of(mark, kind);
    node.text = text;
    node.plain = plain;
    put(std::move(node));
  }

  bool awaits_key() const {
    return !open_.empty() && open_.back().node.kind == YamlNode::Kind::kMap && !open_.back().key;
  }

  void put(YamlNode node) {
    if (open_.empty()) {
      root_ = std::move(node);
    } else if (Open& parent = open_.back(); parent.key) {
      parent.key->value = std::move(node);
      parent.node.members.push_back(*std::move(parent.key));
      parent.key.reset();
    } else {
      parent.node.elements.push_back(std::move(node));
    }
  }

  YamlNode root_;
  std::vector<Open> open_;
  std::size_t nodes_ = 0;
};

std::optional<FileFault> fault_of_bytes(std::string_view text) {
  if (text.size() > kMaxFileBytes) {
    return FileFault{
        0, fmt::format("it has {} bytes; at most {} are read", text.size(), kMaxFileBytes)};
  }
  const std::size_t nul = text.find('\0');
  if (!utf8::is_valid(text)) return FileFault{0, "it is not UTF-8"};
  if (nul == std::string_view::npos) return std::nullopt;
  return FileFault{1 + static_cast<int>(std::count(text.begin(), text.begin() + nul, '\n')),
                   "there is a NUL"};
}

}  // namespace

std::variant<YamlNode, FileFault> read_yaml(std::string_view text) {
  if (auto fault = fault_of_bytes(text)) return *std::move(fault);
  try {
    // A comment behind the text: yaml-cpp takes a line's end before the end of all for the end of a
    // quoted text, too.
    const bool ends_line = !text.empty() && text.back() == '\n';
    std::istringstream stream(std::string(text) + (ends_line ? "#" : "\n#"));
    YAML::Parser parser(stream);
    TreeBuilder builder;
    if (!parser.HandleNextDocument(builder)) return FileFault{0, "it is empty"};
    TreeBuilder second;
    if (parser.HandleNextDocument(second)) {
      return FileFault{second.take_root().line, "a second document begins; one is read"};
    }
    return builder.take_root();
  } catch (const YAML::Exception& fault) {
    return FileFault{fault.mark.is_null() ? 0 : line_of(fault.mark), fault.msg};
  }
}

}  // namespace millrace::rules_file
