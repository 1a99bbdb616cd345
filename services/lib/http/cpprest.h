// SPDX-License-Identifier: Apache-2.0
//
// cpprestsdk's listener, without its macro U(…), which breaks fmt and Boost. Included instead of
// cpprest's own headers, by this folder only.
#pragma once

#define _TURN_OFF_PLATFORM_STRING

#include <cpprest/details/http_server.h>
#include <cpprest/details/http_server_api.h>
#include <cpprest/http_listener.h>
