// SPDX-License-Identifier: Apache-2.0
#include "gateway/csv_answer.h"

#include <gtest/gtest.h>

namespace millrace::gateway {
namespace {

TEST(CsvAnswer, CsvIsForThoseWhoNameIt) {
  for (const char* accept :
       {"text/csv", "TEXT/CSV", "text/csv, */*;q=0.1",
        "application/json;q=0.5, text/csv;charset=utf-8;q=0.9", "text/csv;q=0.001"}) {
    EXPECT_TRUE(prefers_csv(accept)) << accept;
  }
  for (const char* accept : {"", "*/*", "text/*", "application/json", "text/csv, application/json",
                             "text/csv;q=0", "application/json, text/csv;q=0.9", "text/csvx",
                             ";,;=", "text/html,application/xhtml+xml,*/*;q=0.8"}) {
    EXPECT_FALSE(prefers_csv(accept)) << accept;
  }
}

EptsDataRequest request(const std::string& application) {
  EptsDataRequest request;
  request.application = application;
  request.range = {time::from_unix_us(1'596'203'723'123'456),
                   time::from_unix_us(1'596'203'724'000'000)};
  return request;
}

TEST(CsvAnswer, FileNamesAreSafe) {
  EXPECT_EQ(export_file_name(request("green-house_1")),
            "green-house_1-20200731T135523Z-20200731T135524Z.csv");
  EXPECT_EQ(export_file_name(request("../a\"b\r\n\xc3\xa4")),
            "___a_b____-20200731T135523Z-20200731T135524Z.csv");
  EXPECT_LT(export_file_name(request(std::string(100'000, 'a'))).size(), 120U);
}

TEST(CsvAnswer, ItIsToBeSaved) {
  const http::Response answer = csv_answer(request("app"));
  EXPECT_EQ(answer.content_type, "text/csv; charset=utf-8; header=present");
  EXPECT_EQ(answer.headers.get("Content-Disposition"),
            "attachment; filename=\"app-20200731T135523Z-20200731T135524Z.csv\"");
}

}  // namespace
}  // namespace millrace::gateway
