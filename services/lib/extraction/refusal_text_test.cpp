// SPDX-License-Identifier: Apache-2.0
#include "lib/extraction/refusal_text.h"

#include <string>

#include "lib/extraction/extraction_fixture.h"

namespace millrace::extraction {
namespace {

using std::chrono::seconds;
using time_series::RejectionReason;

// Of a sample under rules.
time_series::Rejection rejection(const std::string& rules, const std::string& json) {
  const ExtractionLimits limits{.max_fields = 1000, .max_name_bytes = 80, .max_string_bytes = 8};
  const auto compiled = CompiledRules::compile(rules_of(rules));
  EXPECT_TRUE(compiled.ok()) << compiled.status();
  Extraction extraction(limits);
  EXPECT_TRUE(extraction.extract(json, 1, **compiled).ok());
  return rejection_of(extraction.samples()[0], limits);
}

TEST(RefusalText, NamesWhatWasRefusedAndKeepsTheFirstValue) {
  const auto refused = rejection(
      "series { name: 'p' values { path: 'a.b' } } series { name: 'q' values { path: 'c' } }",
      R"({"a":{"b":"23"},"c":true})");
  EXPECT_EQ(refused.reason, RejectionReason::kWrongType);
  EXPECT_EQ(refused.detail,
            "cannot store a.b, c: the value has another type than the series rules say; send that "
            "type, or change the rules");
  EXPECT_EQ(refused.path, "a.b");
  EXPECT_EQ(refused.value, R"("23")");
}

TEST(RefusalText, NamesTenAndCountsTheRest) {
  std::string json = "{";
  for (int i = 0; i < 13; ++i) json += fmt::format("{}\"f{}\":1e400", i ? "," : "", i);
  EXPECT_EQ(rejection("auto_extract: true", json + "}").detail,
            "cannot store f0, f1, f2, f3, f4, f5, f6, f7, f8, f9 and 3 more: the number is too "
            "large for a 64-bit floating-point number, which ends at 1.8e308");
}

TEST(RefusalText, CutsALongValueAndALongName) {
  const std::string name(81, 'n');
  const auto of_name = rejection("auto_extract: true", "{\"" + name + "\":1}");
  EXPECT_EQ(of_name.reason, RejectionReason::kNameTooLong);
  EXPECT_EQ(of_name.path, std::string(64, 'n') + "…");
  const auto of_value = rejection("auto_extract_strings_and_booleans: true",
                                  "{\"a\":\"" + std::string(300, 'x') + "\"}");
  EXPECT_EQ(of_value.reason, RejectionReason::kStringTooLong);
  EXPECT_EQ(of_value.value, "\"" + std::string(255, 'x'));
}

// No receiver lets it pass; who publishes to the stream without one may.
TEST(RefusalText, KeepsBytesThatAreNoTextAsReplacements) {
  const auto refused = rejection("auto_extract_strings_and_booleans: true", "{\"a\":\"\xff\"}");
  EXPECT_EQ(refused.reason, RejectionReason::kStringNotText);
  EXPECT_EQ(refused.value, "\"\xEF\xBF\xBD\"");
  std::string many = "{\"a\":\"";
  many.append(300, '\xff');
  EXPECT_LE(rejection("auto_extract_strings_and_booleans: true", many + "\"}").value.size(),
            time_series::kMaxRejectedValueBytes);
}

TEST(RefusalText, SaysWhereATimeWasWanted) {
  const std::string rules = "auto_extract: true timestamp { path: 'meta.at' }";
  const auto missing = rejection(rules, R"({"a":1})");
  EXPECT_EQ(missing.reason, RejectionReason::kTimestampMissing);
  EXPECT_EQ(missing.path, "meta.at");
  EXPECT_EQ(missing.value, "");
  const auto invalid = rejection(rules, R"({"a":1,"meta":{"at":"soon"}})");
  EXPECT_EQ(invalid.reason, RejectionReason::kTimestampInvalid);
  EXPECT_EQ(invalid.value, R"("soon")");
}

TEST(AcceptanceWindow, HasBothEnds) {
  const AcceptanceWindow window{seconds(10), seconds(5)};
  const time::UnixMicros now{seconds(1000)};
  EXPECT_TRUE(window.has(now - seconds(10), now));
  EXPECT_FALSE(window.has(now - seconds(10) - std::chrono::microseconds(1), now));
  EXPECT_TRUE(window.has(now + seconds(5), now));
  EXPECT_FALSE(window.has(now + seconds(5) + std::chrono::microseconds(1), now));
}

TEST(OutsideWindow, AsksForTheClockThatWasWrong) {
  const auto rules =
      *CompiledRules::compile(rules_of("auto_extract: true timestamp { path: 'at' }"));
  Extraction extraction({});
  ASSERT_TRUE(extraction.extract(R"({"a":1,"at":"1970-01-01"})", 1, *rules).ok());
  const auto& sent = extraction.samples()[0];
  const auto of_device = outside_window(sent, *sent.time, *rules);
  EXPECT_EQ(of_device.path, "at");
  EXPECT_EQ(of_device.value, R"("1970-01-01")");
  EXPECT_NE(of_device.detail.find("clock of the device"), std::string::npos);
  const auto of_receiver = outside_window(ExtractedSample(), time::UnixMicros(), *rules);
  EXPECT_EQ(of_receiver.path, "");
  EXPECT_NE(of_receiver.detail.find("clock of the receiver"), std::string::npos);
}

}  // namespace
}  // namespace millrace::extraction
