// SPDX-License-Identifier: Apache-2.0
#include "gateway/web_files.h"

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <unordered_map>
#include <utility>

#include <absl/strings/ascii.h>
#include <fmt/format.h>

#include "gateway/answer.h"
#include "lib/http/content_coding.h"

namespace millrace::gateway {
namespace {

constexpr std::string_view kIndex = "/index.html";
constexpr std::string_view kAssets = "/assets/";
constexpr char kForEver[] = "public, max-age=31536000, immutable";
constexpr int kMovedPermanently = 301;
constexpr int kNotModified = 304;
constexpr int kNotFound = 404;

struct NamedType {
  std::string_view extension;
  std::string_view type;
};
constexpr std::array<NamedType, 14> kTypes{{
    {".html", "text/html; charset=utf-8"},
    {".js", "text/javascript; charset=utf-8"},
    {".css", "text/css; charset=utf-8"},
    {".json", "application/json"},
    {".geojson", "application/geo+json"},
    {".map", "application/json"},
    {".svg", "image/svg+xml"},
    {".png", "image/png"},
    {".ico", "image/x-icon"},
    {".webp", "image/webp"},
    {".woff2", "font/woff2"},
    {".txt", "text/plain; charset=utf-8"},
    {".webmanifest", "application/manifest+json"},
    {".pbf", "application/x-protobuf"},
}};

std::string_view type_of(std::string_view path) {
  for (const NamedType& one : kTypes) {
    if (path.ends_with(one.extension)) return one.type;
  }
  return "application/octet-stream";
}

struct WebFile {
  std::string_view plain;
  std::optional<std::string_view> brotli;
  std::optional<std::string_view> gzip;
  std::string_view content_type;
  std::string tag;  // of its content, without quotes
  bool for_ever = false;
};

// What is no way to name a file or a view of the page, however it is written: traversal, encoded
// separators and dots, a second slash.
bool is_plain_path(std::string_view path) {
  const std::string lower = absl::AsciiStrToLower(absl::string_view(path.data(), path.size()));
  for (const char* const part : {"..", "//", "\\", "%00", "%2e", "%2f", "%5c"}) {
    if (lower.find(part) != std::string::npos) return false;
  }
  return path.starts_with('/');
}

// Whether the page has a view there. Names of applications and endpoints may have dots.
bool is_view(std::string_view path) {
  if (path.starts_with(kAssets)) return false;
  const bool is_one_segment = path.find('/', 1) == std::string_view::npos;
  return !is_one_segment || path.find('.') == std::string_view::npos;
}

// If-None-Match: a list of tags in quotes, each maybe weak, or *.
bool names_tag(std::string_view list, std::string_view tag) {
  return list == "*" || list.find(tag) != std::string_view::npos;
}

class WebFiles {
 public:
  explicit WebFiles(std::span<const EmbeddedFile> files) {
    for (const EmbeddedFile& file : files) add(file);
    std::erase_if(files_, [](const auto& entry) { return entry.second.tag.empty(); });
  }

  http::Response answer(const http::Request& request) const {
    if (request.method != "GET" && request.method != "HEAD") {
      return method_not_allowed(request.method, "GET, HEAD");
    }
    if (files_.empty()) return not_found("this gateway was built without the dashboard");
    if (!is_plain_path(request.path)) return not_found("no file is at this path");
    if (request.path == kIndex) return moved("/", request.query);
    const auto found = files_.find(request.path);
    if (found != files_.end()) return file(found->second, request);
    if (!is_view(request.path)) return not_found("no file is at this path");
    const auto index = files_.find(std::string(kIndex));
    return index == files_.end() ? not_found("this gateway has no page")
                                 : file(index->second, request);
  }

 private:
  void add(const EmbeddedFile& file) {
    if (file.path.ends_with(".br")) {
      files_[std::string(file.path.substr(0, file.path.size() - 3))].brotli = file.bytes;
    } else if (file.path.ends_with(".gz")) {
      files_[std::string(file.path.substr(0, file.path.size() - 3))].gzip = file.bytes;
    } else {
      WebFile& one = files_[std::string(file.path)];
      one.plain = file.bytes;
      one.content_type = type_of(file.path);
      one.tag = std::string(file.sha256.substr(0, 32));
      one.for_ever = file.path.starts_with(kAssets);
    }
  }

  static http::Response not_found(std::string_view why) {
    http::Response response;
    response.status = kNotFound;
    response.content_type = "text/plain; charset=utf-8";
    response.body = fmt::format(
        "{}. The API is at /millrace.query.v1.Query/…, /millrace.registry.v1.Registry/… and "
        "/api/v1/….\n",
        why);
    return response;
  }

  static http::Response moved(std::string_view path, std::string_view query) {
    http::Response response;
    response.status = kMovedPermanently;
    response.headers.add("Location", fmt::format("{}{}{}", path, query.empty() ? "" : "?", query));
    return response;
  }

  static http::Response file(const WebFile& file, const http::Request& request) {
    http::Response response;
    const std::string_view accepted = request.headers.get("Accept-Encoding");
    std::string_view bytes = file.plain;
    std::string tag = fmt::format("\"{}\"", file.tag);
    const auto choose = [&](const std::optional<std::string_view>& compressed, const char* coding) {
      if (bytes.data() != file.plain.data() || !compressed ||
          !http::accepts_coding(accepted, coding)) {
        return;
      }
      bytes = *compressed;
      response.headers.add("Content-Encoding", coding);
      tag = fmt::format("\"{}-{}\"", file.tag, coding);
    };
    choose(file.brotli, "br");
    choose(file.gzip, "gzip");
    if (file.brotli || file.gzip) response.headers.append("Vary", "Accept-Encoding");
    response.headers.add("Cache-Control", file.for_ever ? kForEver : "no-cache");
    response.headers.add("ETag", tag);
    if (names_tag(request.headers.get("If-None-Match"), tag)) {
      response.status = kNotModified;
      return response;
    }
    response.content_type = std::string(file.content_type);
    response.body = std::string(bytes);
    return response;
  }

  std::unordered_map<std::string, WebFile> files_;  // by path; bytes are the program's
};

}  // namespace

http::Handler make_web_files(std::span<const EmbeddedFile> files) {
  const auto web = std::make_shared<const WebFiles>(files);
  return [web](const http::Request& request, const http::Reply& reply) {
    reply(web->answer(request));
  };
}

}  // namespace millrace::gateway
