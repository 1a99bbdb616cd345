// SPDX-License-Identifier: Apache-2.0
#include "lib/http/gzip_source.h"

#include <utility>

#include "lib/http/gzip_deflater.h"

namespace millrace::http {
namespace {

class GzipSource final : public BodySource, public std::enable_shared_from_this<GzipSource> {
 public:
  GzipSource(std::shared_ptr<BodySource> plain, GzipFlush flush)
      : plain_(std::move(plain)), flush_(flush) {}

  void next(Next done) override {
    if (ended_) return done(std::nullopt);
    plain_->next([self = shared_from_this(),
                  done = std::move(done)](absl::StatusOr<std::optional<std::string>> piece) {
      done(self->deflated(std::move(piece)));
    });
  }

  void cancel() override { plain_->cancel(); }

 private:
  absl::StatusOr<std::optional<std::string>> deflated(
      absl::StatusOr<std::optional<std::string>> piece) {
    if (!piece.ok()) return piece;
    if (!piece->has_value()) {
      ended_ = true;
      return deflater_.finish();
    }
    std::string out = deflater_.add(**piece);
    if (flush_ == GzipFlush::kEveryPiece && !(*piece)->empty()) out += deflater_.flush();
    return out;
  }

  const std::shared_ptr<BodySource> plain_;
  const GzipFlush flush_;
  // Both change only while a piece is owed, so never on two threads at a time.
  GzipDeflater deflater_;
  bool ended_ = false;
};

}  // namespace

std::shared_ptr<BodySource> gzip_source(std::shared_ptr<BodySource> plain, GzipFlush flush) {
  return std::make_shared<GzipSource>(std::move(plain), flush);
}

}  // namespace millrace::http
