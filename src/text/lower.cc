#include "text/lower.h"

#include <unicode/bytestream.h>
#include <unicode/casemap.h>

#include "base/error.h"
#include "text/unicode.h"

namespace lingshu {

std::string LowerUnicode(std::string_view text) {
  std::string lower(text);
  bool is_ascii = true;
  for (char& c : lower) {
    is_ascii &= static_cast<unsigned char>(c) < 0x80;
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  }
  if (is_ascii) return lower;
  const std::string whole = RepairUtf8(text);
  lower.clear();
  icu::StringByteSink<std::string> sink(&lower);
  UErrorCode status = U_ZERO_ERROR;
  icu::CaseMap::utf8ToLower("", 0, icu::StringPiece(whole.data(), static_cast<int32_t>(whole.size())), sink, nullptr, status);
  CHECK(U_SUCCESS(status)) << "ICU cannot lower";
  return lower;
}

}  // namespace lingshu
