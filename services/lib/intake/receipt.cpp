// SPDX-License-Identifier: Apache-2.0
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include "lib/intake/intake.h"

namespace millrace::intake {

std::string error_object(const Receipt& receipt) {
  return error_object(static_cast<int>(receipt.code), receipt.reason_phrase);
}

std::string error_object(int status_code, std::string_view reason_phrase) {
  rapidjson::StringBuffer json;
  rapidjson::Writer<rapidjson::StringBuffer> writer(json);
  writer.StartObject();
  writer.Key("statusCode");
  writer.Int(status_code);
  writer.Key("reasonPhrase");
  writer.String(reason_phrase.data(), static_cast<rapidjson::SizeType>(reason_phrase.size()));
  writer.EndObject();
  return {json.GetString(), json.GetSize()};
}

}  // namespace millrace::intake
