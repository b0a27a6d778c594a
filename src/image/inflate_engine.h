// InflateEngine: a library that inflates faster than zlib; the first registered one takes what is worth it.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "image/raw_buffer.h"

namespace lingshu {

enum class InflateFormat { kRaw, kZlib, kGzip };
enum class InflateEnd { kDone, kCut, kBad, kFull };

struct InflateEngine {
  std::string name;
  std::string help;
  // Appends to an empty `out`, which begins with first_size bytes of room and grows as needed, until the stream and all gzip
  // members that follow it end (kDone), the input ends before (kCut), the stream is bad (kBad) or max_bytes are reached
  // (kFull). `out` then has the size of what there is.
  std::function<InflateEnd(std::string_view bytes, InflateFormat format, int64_t max_bytes, size_t first_size,
                           RawBytes& out)>
      inflate;
};

}  // namespace lingshu
