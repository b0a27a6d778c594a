// One loop over zlib's inflate with a growing buffer.
#include "image/inflate.h"

#include <algorithm>
#include <memory>

#include <fmt/format.h>
#include <zlib.h>

#include "base/error.h"

namespace lingshu {
namespace {

constexpr int kRaw = -15, kGzip = 15 + 16;  // windowBits of inflateInit2

enum class End { kDone, kCut, kBad, kFull };

// Appends to `out` until the stream ends, is cut short, is bad, or max_bytes are reached.
End Inflate(std::string_view bytes, int window_bits, int64_t max_bytes, std::string& out) {
  z_stream stream{};
  if (inflateInit2(&stream, window_bits) != Z_OK) return End::kBad;
  const std::unique_ptr<z_stream, int (*)(z_stream*)> guard(&stream, &inflateEnd);
  size_t used = 0;
  while (true) {
    if (stream.avail_in == 0) {  // avail_in has 32 bits, files may have more
      const size_t n = std::min<size_t>(bytes.size(), 1u << 30);
      stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
      stream.avail_in = static_cast<uInt>(n);
      bytes.remove_prefix(n);
    }
    if (used == out.size()) {
      if (static_cast<int64_t>(used) >= max_bytes) return End::kFull;
      out.resize(std::min<size_t>(max_bytes, std::max<size_t>(2 * used, 1 << 16)));
    }
    const auto room = static_cast<uInt>(std::min<size_t>(out.size() - used, 1u << 30));
    stream.next_out = reinterpret_cast<Bytef*>(out.data() + used);
    stream.avail_out = room;
    const int status = inflate(&stream, Z_NO_FLUSH);
    used += room - stream.avail_out;
    if (status == Z_STREAM_END) {
      const bool has_more =
          window_bits == kGzip && stream.avail_in > 2 && stream.next_in[0] == 0x1F && stream.next_in[1] == 0x8B;
      if (has_more && inflateReset(&stream) == Z_OK) continue;  // gzip members follow each other
      out.resize(used);
      return End::kDone;
    }
    if (status != Z_OK && status != Z_BUF_ERROR) {
      out.resize(used);
      return End::kBad;
    }
    if (stream.avail_in == 0 && bytes.empty() && stream.avail_out != 0) {
      out.resize(used);
      return End::kCut;
    }
  }
}

std::string InflateAll(std::string_view bytes, int window_bits, int64_t max_bytes, const std::string& where) {
  std::string out;
  switch (Inflate(bytes, window_bits, max_bytes, out)) {
    case End::kDone:
      return out;
    case End::kCut:
      throw Error(ErrorCode::kCorrupt, fmt::format("{}: the compressed data end early.", where));
    case End::kBad:
      throw Error(ErrorCode::kCorrupt, fmt::format("{}: the compressed data are damaged.", where));
    case End::kFull:
      break;
  }
  throw Error(ErrorCode::kTooLarge, fmt::format("{}: inflates to more than {} bytes.", where, max_bytes));
}

}  // namespace

std::string InflateRaw(std::string_view bytes, int64_t max_bytes, const std::string& where) {
  return InflateAll(bytes, kRaw, max_bytes, where);
}

std::string InflateGzip(std::string_view bytes, int64_t max_bytes, const std::string& where) {
  return InflateAll(bytes, kGzip, max_bytes, where);
}

std::string InflateGzipPrefix(std::string_view bytes, int64_t max_bytes) {
  std::string out;
  if (bytes.starts_with("\x1F\x8B")) Inflate(bytes, kGzip, max_bytes, out);
  return out;
}

}  // namespace lingshu
