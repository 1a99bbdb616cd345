// SPDX-License-Identifier: Apache-2.0
#include "cli/document.h"

#include <fstream>
#include <sstream>

#include <gmock/gmock.h>

namespace millrace::cli {
namespace {

using ::testing::HasSubstr;

TEST(DocumentTest, ReadsStandardInput) {
  std::istringstream in(std::string(100'000, 'x'));
  EXPECT_EQ(read_document("-", in, 100'000).value().size(), 100'000U);
  EXPECT_EQ(document_name("-"), "standard input");
}

TEST(DocumentTest, ReadsAFileWithEveryByte) {
  const std::string path = testing::TempDir() + "document_test";
  const std::string bytes("a\0\r\n\xff", 5);
  std::ofstream(path, std::ios::binary) << bytes;
  std::istringstream in("not this");
  EXPECT_EQ(read_document(path, in, 5).value(), bytes);
  EXPECT_EQ(read_document(path, in, 4).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(DocumentTest, SaysWhyItCannotBeRead) {
  std::istringstream in;
  for (const std::string path : {"/nowhere/series.yaml", "/"}) {
    const auto read = read_document(path, in, 10);
    EXPECT_EQ(read.status().code(), absl::StatusCode::kNotFound) << path;
    EXPECT_THAT(std::string(read.status().message()), HasSubstr("cannot read " + path + ": "));
  }
}

TEST(DocumentTest, HasABound) {
  std::istringstream in(std::string(11, 'x'));
  EXPECT_THAT(std::string(read_document("-", in, 10).status().message()),
              HasSubstr("standard input: it has more than 10 bytes"));
}

}  // namespace
}  // namespace millrace::cli
