// Polarity: the yes or no of a reply, in English and Chinese, by words and never by substrings ("nodule", "unknown").
#pragma once

#include "score/reply.h"

namespace lingshu {

enum class Polarity { kNone, kYes, kNo };

struct PolarityReading {
  Polarity polarity = Polarity::kNone;
  const char* rule = "none";  // declared first_word statement first_polarity refusal both none
  int begin = 0, end = 0;     // bytes of Reply::text
};

PolarityReading ReadPolarity(const Reply& reply);

// The polarity that a gold answer is, as a whole ("Yes", "不是", "present"); kNone for "no selection".
Polarity GoldPolarity(const std::string& gold);

}  // namespace lingshu
