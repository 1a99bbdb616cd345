// SPDX-License-Identifier: Apache-2.0
#include "cli/output.h"

#include <sstream>

#include <gtest/gtest.h>

#include "millrace/registry/v1/registry.pb.h"

namespace millrace::cli {
namespace {

registry::v1::Application application() {
  registry::v1::Application application;
  application.set_name("demo");
  application.set_rules_version(1);
  return application;
}

std::string printed(Format format) {
  std::ostringstream out;
  EXPECT_TRUE(Output(out, format)
                  .print(application(), Table{{"name", "rules_version"}, {{"demo", "1"}}})
                  .ok());
  return out.str();
}

TEST(Output, TheSameAnswerInEachFormat) {
  EXPECT_EQ(printed(Format::kTable), "NAME  RULES VERSION\ndemo  1\n");
  EXPECT_EQ(printed(Format::kCsv), "name,rules_version\r\ndemo,1\r\n");
  EXPECT_EQ(printed(Format::kJson),
            "{\n"
            " \"name\": \"demo\",\n"
            " \"displayName\": \"\",\n"
            " \"autoExtract\": false,\n"
            " \"rulesVersion\": \"1\",\n"
            " \"maxUploadsPerSecond\": 0,\n"
            " \"maxUploadBurst\": 0,\n"
            " \"relaxedResourcePaths\": false\n"
            "}\n");
}

TEST(Output, AFullDiskIsAFailure) {
  std::ostringstream out;
  out.setstate(std::ios::badbit);
  EXPECT_EQ(Output(out, Format::kTable).print(application(), Table{}).code(),
            absl::StatusCode::kDataLoss);
}

}  // namespace
}  // namespace millrace::cli
