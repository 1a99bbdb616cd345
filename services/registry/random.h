// SPDX-License-Identifier: Apache-2.0
//
// Texts nobody can guess, from the operating system's generator.
#pragma once

#include <string>
#include <string_view>

namespace millrace::registry {

inline constexpr std::string_view kLettersAndDigits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

// `length` characters of `alphabet` (1 to 256 characters), each as likely as any other.
std::string random_text(std::size_t length, std::string_view alphabet);

// A UUID of version 4, "xxxxxxxx-xxxx-4xxx-yxxx-xxxxxxxxxxxx".
std::string random_uuid();

}  // namespace millrace::registry
