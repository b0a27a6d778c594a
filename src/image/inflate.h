// Bounded inflation (RFC 1950-1952) through zlib: a bomb costs the limit and no more.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "image/raw_buffer.h"

namespace lingshu {

// Raw deflate data, as in DICOM. Throws Error(kCorrupt) for bad or unfinished data, Error(kTooLarge) beyond max_bytes.
RawBytes InflateRaw(std::string_view bytes, int64_t max_bytes, const std::string& where);

// At most the first max_bytes of a gzip file, all members, as far as `bytes` reach; nothing when it is none. Never throws.
RawBytes InflateGzipPrefix(std::string_view bytes, int64_t max_bytes);

// The same of zlib data (RFC 1950).
RawBytes InflateZlibPrefix(std::string_view bytes, int64_t max_bytes);

}  // namespace lingshu
