// SPDX-License-Identifier: Apache-2.0
#include "epts/upload_log.h"

#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace millrace::epts {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using time_series::SampleBatch;

class UploadLogTest : public testing::Test {
 protected:
  void begin(const std::string& correlation_id, const std::string& traceparent = "") {
    ids_.push_back(std::make_unique<std::string>(correlation_id));
    ids_.push_back(std::make_unique<std::string>(traceparent));
    batch_.begin_upload({"app", "app-v1", "ep", *ids_[ids_.size() - 2], 1, *ids_.back()});
  }
  void add(const std::vector<std::string>& fields, std::uint32_t weight = 1) {
    std::string shape;
    for (const std::string& field : fields) {
      append_value_name(shape, time_series::ValueType::kNumber, "auto~", field);
    }
    SampleBatch::Facts facts;
    facts.weight = weight;
    batch_.add_sample(facts, shape, std::vector<double>(fields.size(), 1));
  }
  std::vector<std::string> logged(log::Level level = log::Level::kDebug) {
    std::vector<std::string> lines;
    log::Logger log("epts", level, clock_,
                    [&lines](std::string_view line) { lines.emplace_back(line); });
    log_uploads(batch_, stored_, log);
    return lines;
  }

  time::ManualClock clock_;
  std::vector<std::unique_ptr<std::string>> ids_;  // the batch borrows them
  SampleBatch batch_;
  BatchStorer::Stored stored_;
};

TEST_F(UploadLogTest, SaysWhatBecameOfEachUpload) {
  begin("c1", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
  add({"a"});
  add({"a", "b"});
  add({});
  begin("c2");
  add({}, 3);
  begin("c3");
  EXPECT_THAT(
      logged(),
      ElementsAre(
          HasSubstr(R"("event":"upload stored","correlation_id":"c1",)"
                    R"("trace_id":"0af7651916cd43dd8448eb211c80319c","application":"app",)"
                    R"("endpoint":"ep","stored":2,"rejected":1})"),
          HasSubstr(R"("event":"upload rejected","correlation_id":"c2","application":"app",)"
                    R"("endpoint":"ep","stored":0,"rejected":3})"),
          HasSubstr(R"("event":"upload holds nothing to store","correlation_id":"c3")")));
}

TEST_F(UploadLogTest, ASampleWithoutAnyStoredValueIsRejected) {
  begin("c1");
  add({"a", "b"});
  add({"a"});
  stored_.refused = {{0, 0, 0}, {0, 1, 0}};
  EXPECT_THAT(logged(), ElementsAre(HasSubstr(R"("stored":1,"rejected":1})")));
}

TEST_F(UploadLogTest, AnUploadOfATerminatedMessageIsSaidToBe) {
  begin("c1");
  add({"a"});
  add({"a"});
  stored_.lost = {1};
  EXPECT_THAT(logged(), ElementsAre(HasSubstr(R"("event":"upload terminated")")));
}

TEST_F(UploadLogTest, AReplayThatChangedNothingIsSaidToHave) {
  begin("c1");
  add({"a"});
  begin("c2");
  add({"a"});
  stored_.untouched = {1};
  EXPECT_THAT(logged(), ElementsAre(HasSubstr(R"("event":"upload stored")"),
                                    AllOf(HasSubstr(R"("event":"replayed upload left as it was")"),
                                          HasSubstr(R"("stored":0,"rejected":0})"))));
}

TEST_F(UploadLogTest, KeepsSilentBelowDebug) {
  begin("c1");
  add({"a"});
  EXPECT_THAT(logged(log::Level::kInfo), IsEmpty());
}

}  // namespace
}  // namespace millrace::epts
