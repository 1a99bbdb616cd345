// SPDX-License-Identifier: Apache-2.0
#include "cli/trial_printer.h"

#include <sstream>

#include <gmock/gmock.h>

namespace millrace::cli {
namespace {

query::v1::TriedSample sample() {
  query::v1::TriedSample tried;
  tried.set_endpoint_id("station-7");
  tried.mutable_timestamp()->set_seconds(1'790'000'000);
  auto& point = *tried.add_data_points();
  point.set_time_series_name("location");
  auto& value = *point.add_values();
  value.set_name("latitude");
  value.set_number(2.5);
  point.add_values()->set_name("place");
  auto& rejection = *tried.add_rejections();
  rejection.set_reason("wrong_type");
  rejection.set_path("a");
  rejection.set_value("\"x\"");
  rejection.set_detail("cannot store a");
  return tried;
}

std::string printed(Format format, const std::vector<query::v1::TriedSample>& samples) {
  std::ostringstream out;
  Output output(out, format);
  TrialPrinter printer(output);
  for (const auto& one : samples) EXPECT_TRUE(printer.add(one).ok());
  EXPECT_TRUE(printer.end().ok());
  EXPECT_EQ(printer.samples(), samples.size());
  return out.str();
}

TEST(TrialPrinterTest, TableHasALineForEachValueAndRejection) {
  EXPECT_EQ(printed(Format::kTable, {sample(), query::v1::TriedSample()}),
            "SAMPLE  ENDPOINT ID  TIMESTAMP             SERIES    VALUE NAME  VALUE  PATH  REASON"
            "      DETAIL\n"
            "1       station-7    2026-09-21T14:13:20Z  location  latitude    2.5\n"
            "1       station-7    2026-09-21T14:13:20Z  location  place       null\n"
            "1       station-7    2026-09-21T14:13:20Z                        \"x\"    a     "
            "wrong_type  cannot store a\n"
            "2" +
                std::string(89, ' ') + "the rules take nothing from it\n");
}

TEST(TrialPrinterTest, CsvHasTheSameLines) {
  EXPECT_EQ(printed(Format::kCsv, {sample()}),
            "sample,endpoint_id,timestamp,series,value_name,value,path,reason,detail\r\n"
            "1,station-7,2026-09-21T14:13:20Z,location,latitude,2.5,,,\r\n"
            "1,station-7,2026-09-21T14:13:20Z,location,place,null,,,\r\n"
            "1,station-7,2026-09-21T14:13:20Z,,,\"\"\"x\"\"\",a,wrong_type,cannot store a\r\n");
}

TEST(TrialPrinterTest, JsonIsAnArrayOfMessages) {
  const std::string json = printed(Format::kJson, {sample(), sample()});
  EXPECT_THAT(json, testing::StartsWith("[\n{\"sample\":\"\","));
  EXPECT_THAT(json, testing::HasSubstr("},\n{"));
  EXPECT_THAT(json, testing::EndsWith("}\n]\n"));
  EXPECT_EQ(printed(Format::kJson, {}), "[]\n");
}

}  // namespace
}  // namespace millrace::cli
