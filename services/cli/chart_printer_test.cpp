// SPDX-License-Identifier: Apache-2.0
#include "cli/chart_printer.h"

#include <sstream>

#include <gmock/gmock.h>

namespace millrace::cli {
namespace {

using testing::HasSubstr;

query::v1::ChartChunk chunk(const std::string& value_name, std::int64_t first) {
  query::v1::ChartChunk chunk;
  chunk.set_endpoint_id("ep");
  chunk.set_time_series_name("s\n");
  chunk.set_value_name(value_name);
  chunk.set_value_type(query::v1::VALUE_TYPE_NUMBER);
  chunk.set_points(12'345);
  for (std::int64_t i = first; i < first + 3; ++i) {
    chunk.add_timestamps_us(i * 1'000'000);
    chunk.add_numbers(static_cast<double>(i) / 2);
  }
  return chunk;
}

std::string printed(Format format, const std::vector<query::v1::ChartChunk>& chunks) {
  std::ostringstream out;
  Output output(out, format);
  ChartPrinter printer(output, {time::from_unix_us(0), time::from_unix_us(6'000'000)},
                       {60, 4, true});
  for (const query::v1::ChartChunk& one : chunks) EXPECT_TRUE(printer.add(one).ok());
  EXPECT_TRUE(printer.end().ok());
  return out.str();
}

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
    ++found;
  }
  return found;
}

TEST(ChartPrinter, ChunksOfOneValueAreOnePicture) {
  const std::string text = printed(Format::kTable, {chunk("value", 0), chunk("value", 3)});
  EXPECT_THAT(text, HasSubstr("ep  s\\x0a  min 0  max 2.5  last 2.5  (12,345 points)\n"));
  EXPECT_EQ(count(text, "points)"), 1);
}

TEST(ChartPrinter, EachValueHasAPictureOfItsOwn) {
  const std::string text = printed(Format::kTable, {chunk("lat", 0), chunk("lon", 0)});
  EXPECT_THAT(text, HasSubstr("ep  s\\x0a  lat  min"));
  EXPECT_THAT(text, HasSubstr("ep  s\\x0a  lon  min"));
  EXPECT_EQ(printed(Format::kTable, {}), "no points\n");
}

TEST(ChartPrinter, CsvHasALineForEachPoint) {
  const std::string text = printed(Format::kCsv, {chunk("value", 0)});
  EXPECT_EQ(count(text, "\r\n"), 4);
  EXPECT_THAT(text, HasSubstr("1970-01-01T00:00:02Z,ep,\"s\n\",value,1\r\n"));
}

TEST(ChartPrinter, JsonIsAnArrayOfChunks) {
  EXPECT_EQ(printed(Format::kJson, {}), "[]\n");
  EXPECT_EQ(count(printed(Format::kJson, {chunk("a", 0), chunk("b", 0)}), "},\n{"), 1);
}

TEST(ChartPrinter, AChunkThatDoesNotFitIsRefused) {
  std::ostringstream out;
  Output output(out, Format::kTable);
  ChartPrinter printer(output, {}, {});
  query::v1::ChartChunk broken = chunk("value", 0);
  broken.add_numbers(1);
  EXPECT_EQ(printer.add(broken).code(), absl::StatusCode::kDataLoss);
}

}  // namespace
}  // namespace millrace::cli
