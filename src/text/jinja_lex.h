// Jinja source to tokens: data between the tags with white-space control applied, and the words within them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace lingshu {

struct JinjaToken {
  enum class Kind {
    kData,
    kBlockBegin,
    kBlockEnd,
    kPrintBegin,
    kPrintEnd,
    kName,
    kString,
    kInteger,
    kFloat,
    kOperator,
    kEnd
  };
  Kind kind = Kind::kEnd;
  std::string text;  // data, a name, a string's value, an operator, digits
  int line = 1;

  bool Is(Kind other, std::string_view word) const { return kind == other && text == word; }
};

// Throws Error(kCorrupt) with where:line for an unfinished tag or string, Error(kTooLarge) beyond 1 MiB.
std::vector<JinjaToken> LexJinja(std::string_view source, const std::string& where);

}  // namespace lingshu
