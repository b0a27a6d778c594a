// Bounded inflation (RFC 1950-1952) through zlib: a bomb costs the limit and no more.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace lingshu {

// Raw deflate data, as in DICOM. Throws Error(kCorrupt) for bad or unfinished data, Error(kTooLarge) beyond max_bytes.
std::string InflateRaw(std::string_view bytes, int64_t max_bytes, const std::string& where);

// A gzip file, all members. The same errors.
std::string InflateGzip(std::string_view bytes, int64_t max_bytes, const std::string& where);

// At most the first max_bytes of a gzip file, as far as `bytes` reach; "" when it is none. Never throws.
std::string InflateGzipPrefix(std::string_view bytes, int64_t max_bytes);

// The same of zlib data (RFC 1950).
std::string InflateZlibPrefix(std::string_view bytes, int64_t max_bytes);

}  // namespace lingshu
