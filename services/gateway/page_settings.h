// SPDX-License-Identifier: Apache-2.0
//
// GET /config.json: what the dashboard must know of this deployment and cannot find out itself. Not
// secret, so it needs no key.
#pragma once

#include <string>

#include "lib/http/message.h"

namespace millrace::gateway {

// Empty: the page takes the host it was opened with, and the default port.
struct DeviceUrls {
  std::string http;  // http://host:8080
  std::string mqtt;  // mqtt://host:1883
};

// {"deviceHttpUrl":"…","deviceMqttUrl":"…","version":"…"}; empty ones are left out.
http::Handler make_page_settings(const DeviceUrls& urls);

}  // namespace millrace::gateway
