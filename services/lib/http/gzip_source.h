// SPDX-License-Identifier: Apache-2.0
//
// Another BodySource, in gzip.
#pragma once

#include <memory>

#include "lib/http/message.h"

namespace millrace::http {

enum class GzipFlush {
  kEveryPiece,  // a live reader sees each piece when it comes
  kAtTheEnd     // a finite body: smaller, in steps of what zlib has ready
};

// Of `plain`; one piece of it at a time is in memory, and about 140 KiB of zlib. Pieces are
// deflated on the thread that brings them. kEveryPiece costs five bytes a piece and loses nothing
// else.
std::shared_ptr<BodySource> gzip_source(std::shared_ptr<BodySource> plain, GzipFlush flush);

}  // namespace millrace::http
