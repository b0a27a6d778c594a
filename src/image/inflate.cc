// One loop over zlib's inflate with a growing buffer, where no faster engine is there.
#include "image/inflate.h"

#include <algorithm>
#include <memory>

#include <fmt/format.h>
#include <zlib.h>

#include "base/error.h"
#include "base/registry.h"
#include "image/inflate_engine.h"

namespace lingshu {
namespace {

using End = InflateEnd;

// Room for what most streams become; deflate never gets beyond 1032 to 1.
size_t FirstSize(size_t compressed_bytes, int64_t max_bytes) {
  return static_cast<size_t>(std::min<uint64_t>(max_bytes, std::max<uint64_t>(1 << 16, 8 * uint64_t{compressed_bytes})));
}

// Appends to `out` until the stream ends, is cut short, is bad, or max_bytes are reached.
End InflateByZlib(std::string_view bytes, InflateFormat format, int64_t max_bytes, RawBytes& out) {
  const int window_bits = format == InflateFormat::kRaw ? -15 : format == InflateFormat::kZlib ? 15 : 15 + 16;
  z_stream stream{};
  if (inflateInit2(&stream, window_bits) != Z_OK) return End::kBad;
  const std::unique_ptr<z_stream, int (*)(z_stream*)> guard(&stream, &inflateEnd);
  const size_t first_size = FirstSize(bytes.size(), max_bytes);
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
      out.resize(std::min<size_t>(max_bytes, std::max<size_t>(2 * used, first_size)));
    }
    const auto room = static_cast<uInt>(std::min<size_t>(out.size() - used, 1u << 30));
    stream.next_out = reinterpret_cast<Bytef*>(out.data() + used);
    stream.avail_out = room;
    const int status = inflate(&stream, Z_NO_FLUSH);
    used += room - stream.avail_out;
    if (status == Z_STREAM_END) {
      const bool has_more = format == InflateFormat::kGzip && stream.avail_in > 2 && stream.next_in[0] == 0x1F &&
                            stream.next_in[1] == 0x8B;
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

End Inflate(std::string_view bytes, InflateFormat format, int64_t max_bytes, RawBytes& out) {
  const std::vector<InflateEngine>& engines = Registry<InflateEngine>::Get().All();
  if (engines.empty() || bytes.size() < 4096) return InflateByZlib(bytes, format, max_bytes, out);
  return engines[0].inflate(bytes, format, max_bytes, FirstSize(bytes.size(), max_bytes), out);
}

RawBytes InflateAll(std::string_view bytes, InflateFormat format, int64_t max_bytes, const std::string& where) {
  RawBytes out;
  switch (Inflate(bytes, format, max_bytes, out)) {
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

RawBytes InflateRaw(std::string_view bytes, int64_t max_bytes, const std::string& where) {
  return InflateAll(bytes, InflateFormat::kRaw, max_bytes, where);
}

RawBytes InflateGzipPrefix(std::string_view bytes, int64_t max_bytes) {
  RawBytes out;
  if (bytes.starts_with("\x1F\x8B")) Inflate(bytes, InflateFormat::kGzip, max_bytes, out);
  return out;
}

RawBytes InflateZlibPrefix(std::string_view bytes, int64_t max_bytes) {
  RawBytes out;
  Inflate(bytes, InflateFormat::kZlib, max_bytes, out);
  return out;
}

}  // namespace lingshu
