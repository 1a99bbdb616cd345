// SPDX-License-Identifier: Apache-2.0
#include "lib/http/gzip_source.h"

#include <gtest/gtest.h>

#include "lib/http/body_source_fixture.h"
#include "lib/http/inflate.h"

namespace millrace::http {
namespace {

constexpr std::size_t kLarge = 64 << 20;
using Piece = absl::StatusOr<std::optional<std::string>>;

// For a source that answers at once.
Piece next_of(BodySource& source) {
  Piece got;
  source.next([&got](Piece piece) { got = std::move(piece); });
  return got;
}

std::string all_of(BodySource& source) {
  std::string all;
  for (Piece piece = next_of(source); piece.ok() && piece->has_value(); piece = next_of(source)) {
    all += **piece;
  }
  return all;
}

TEST(GzipSource, AllPiecesAreOneText) {
  for (const GzipFlush flush : {GzipFlush::kEveryPiece, GzipFlush::kAtTheEnd}) {
    const std::vector<std::string> pieces = {"a", "", std::string(100'000, 'b'), "c"};
    const auto source = gzip_source(std::make_shared<ListSource>(pieces), flush);
    const std::string compressed = all_of(*source);
    EXPECT_LT(compressed.size(), 1'000U);
    EXPECT_EQ(*inflate_gzip(compressed, kLarge), "a" + std::string(100'000, 'b') + "c");
    EXPECT_EQ(*next_of(*source), std::nullopt);
  }
}

TEST(GzipSource, ALivePieceIsNotHeldBack) {
  const std::vector<std::string> pieces = {"tick", "tock"};
  const auto live = gzip_source(std::make_shared<ListSource>(pieces), GzipFlush::kEveryPiece);
  EXPECT_GT((*next_of(*live))->size(), 10U);
  EXPECT_GT((*next_of(*live))->size(), 4U);
  const auto finite = gzip_source(std::make_shared<ListSource>(pieces), GzipFlush::kAtTheEnd);
  static_cast<void>(next_of(*finite));  // zlib may give its header at once
  EXPECT_EQ((*next_of(*finite))->size(), 0U);
}

TEST(GzipSource, AnErrorStaysAnError) {
  const auto source =
      gzip_source(std::make_shared<ListSource>(std::vector<std::string>{"a"},
                                               absl::UnavailableError("the database went away")),
                  GzipFlush::kEveryPiece);
  EXPECT_TRUE(next_of(*source).ok());
  EXPECT_EQ(next_of(*source).status().code(), absl::StatusCode::kUnavailable);
}

TEST(GzipSource, ACancelReachesTheSource) {
  const auto plain = std::make_shared<HeldSource>();
  auto source = gzip_source(plain, GzipFlush::kEveryPiece);
  bool answered = false;
  source->next([&answered](const Piece&) { answered = true; });
  const BodySource::Next owed = plain->take();
  source->cancel();
  EXPECT_EQ(plain->cancelled(), 1);
  source.reset();
  owed("late");  // its deflater is still there
  EXPECT_TRUE(answered);
}

}  // namespace
}  // namespace millrace::http
