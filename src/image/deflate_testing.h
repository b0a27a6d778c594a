// Compressed bytes for tests.
#pragma once

#include <zlib.h>

#include <string>

namespace lingshu::testing {

inline constexpr int kRawDeflate = -15, kZlib = 15, kGzip = 15 + 16;  // as zlib calls them: window bits

// Z_FULL_FLUSH leaves the stream open, so that blocks can follow each other.
inline std::string Deflate(const std::string& bytes, int window_bits, int flush = Z_FINISH) {
  z_stream stream{};
  deflateInit2(&stream, 9, Z_DEFLATED, window_bits, 9, Z_DEFAULT_STRATEGY);
  std::string out(deflateBound(&stream, bytes.size()) + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, flush);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

}  // namespace lingshu::testing
