// SPDX-License-Identifier: Apache-2.0
#include "lib/postgres/url.h"

#include <algorithm>
#include <memory>
#include <string_view>

#include <libpq-fe.h>

namespace millrace::postgres {
namespace {

struct FreeOptions {
  void operator()(PQconninfoOption* options) const { PQconninfoFree(options); }
};

bool is_url(std::string_view text) {
  return text.starts_with("postgresql://") || text.starts_with("postgres://");
}

// libpq ends the password at the first @, and sees none at all when a / comes before it: the rest
// of the password would become host, port or database, which messages name.
bool password_ends_at_its_at_sign(std::string_view url) {
  std::string_view place = url.substr(url.find("://") + 3);
  const std::size_t end = place.find_first_of("@/");
  if (end != std::string_view::npos && place[end] == '@') place.remove_prefix(end + 1);
  return place.substr(0, place.find('?')).find('@') == std::string_view::npos;
}

// A password whose @ was forgotten reads as a port. Several servers have several ports.
bool is_port_list(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return (c >= '0' && c <= '9') || c == ','; });
}

bool libpq_can_read(const std::string& url) {
  const std::unique_ptr<PQconninfoOption, FreeOptions> options(
      PQconninfoParse(url.c_str(), nullptr));
  if (options == nullptr) return false;
  for (const PQconninfoOption* one = options.get(); one->keyword != nullptr; ++one) {
    if (one->keyword == std::string_view("port") && one->val != nullptr) {
      return is_port_list(one->val);
    }
  }
  return true;
}

}  // namespace

absl::Status check_url(const std::string& url) {
  if (libpq_can_read(url) && (!is_url(url) || password_ends_at_its_at_sign(url))) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      "not a libpq URL, as in postgresql://user:password@host:5432/database; percent-encode % @ / "
      "in the password");
}

}  // namespace millrace::postgres
