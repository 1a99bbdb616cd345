// SPDX-License-Identifier: Apache-2.0
#include "cli/rules_document.h"

#include <sstream>

#include <gmock/gmock.h>

#include "cli/wrong_usage.h"

namespace millrace::cli {
namespace {

using ::testing::HasSubstr;

constexpr char kKaa[] =
    "kaa: {applications: {greenhouse: {versions: {v1: }, time-series: {retention: 1d}}}}";

class RulesDocumentTest : public testing::Test {
 protected:
  absl::StatusOr<RulesDocument> read(const std::string& text, const std::string& application) {
    std::istringstream in(text);
    cli::Run run{session_, output_, in, err_, clock_, {}};
    return read_rules_document(run, "-", application);
  }

  Session session_{SessionOptions()};
  std::ostringstream out_;
  std::ostringstream err_;
  Output output_{out_, Format::kTable};
  time::SystemClock clock_;
};

TEST_F(RulesDocumentTest, ThePlainFormNeedsTheApplication) {
  EXPECT_EQ(read("{}", "greenhouse")->application_name, "greenhouse");
  EXPECT_TRUE(is_wrong_usage(read("{}", "").status()));
}

TEST_F(RulesDocumentTest, TheFormOfKaaNamesIt) {
  const auto document = read(kKaa, "");
  ASSERT_TRUE(document.ok()) << document.status();
  EXPECT_EQ(document->application_name, "greenhouse");
  EXPECT_EQ(document->rules.retention_seconds(), 86'400);
  EXPECT_THAT(err_.str(), HasSubstr("millrace: note: standard input:1: "));
}

TEST_F(RulesDocumentTest, BothMustAgree) {
  EXPECT_TRUE(read(kKaa, "greenhouse").ok());
  EXPECT_THAT(std::string(read(kKaa, "other").status().message()),
              HasSubstr("there is no application \"other\"; there are \"greenhouse\""));
}

}  // namespace
}  // namespace millrace::cli
