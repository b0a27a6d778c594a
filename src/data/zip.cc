// The central directory at the end of the file says where every member is; local headers only say how long they are
// themselves. Every offset and length is checked against the file before it is used.
#include "data/zip.h"

#include <algorithm>
#include <fstream>
#include <map>
#include <memory>
#include <mutex>
#include <unordered_map>

#include <fmt/format.h>
#include <zlib.h>

#include "base/error.h"
#include "base/files.h"
#include "image/inflate.h"

namespace lingshu {
namespace {

constexpr uint64_t kMaxDirectoryBytes = uint64_t{1} << 30;
constexpr uint64_t kMaxMemberBytes = uint64_t{512} << 20;
constexpr size_t kEndBytes = 22, kEntryBytes = 46, kLocalBytes = 30, kEnd64Bytes = 56, kLocatorBytes = 20;

uint64_t Number(std::string_view bytes, size_t at, size_t size) {
  uint64_t value = 0;
  for (size_t i = size; i-- > 0;) value = value << 8 | static_cast<uint8_t>(bytes[at + i]);
  return value;
}

struct Member {
  uint64_t offset = 0, packed = 0, unpacked = 0;
  uint32_t crc = 0;
  uint16_t method = 0, flags = 0;
};

struct Directory {
  fs::path path;
  uint64_t file_bytes = 0;
  std::unordered_map<std::string, Member> members;
  std::unordered_map<std::string, std::string> by_last_name;  // "" where several share it
};

class File {
 public:
  explicit File(const fs::path& path) : path_(path), stream_(path, std::ios::binary) {
    if (!IsFile(path) || !stream_) throw Error(ErrorCode::kNotFound, fmt::format("cannot open {}: no such file.", path.string()));
    size_ = fs::file_size(path);
  }
  uint64_t size() const { return size_; }
  std::string Read(uint64_t offset, uint64_t length) {
    if (offset > size_ || length > size_ - offset) Fail("a part lies beyond the end");
    std::string bytes(length, '\0');
    stream_.seekg(static_cast<std::streamoff>(offset));
    if (length > 0 && !stream_.read(bytes.data(), static_cast<std::streamsize>(length))) Fail("cannot be read");
    return bytes;
  }
  [[noreturn]] void Fail(const char* why) const { throw Error(ErrorCode::kCorrupt, fmt::format("{}: not a whole zip file: {}.", path_.string(), why)); }

 private:
  fs::path path_;
  std::ifstream stream_;
  uint64_t size_ = 0;
};

struct Span {
  uint64_t offset = 0, bytes = 0;
};

Span FindDirectory(File& file) {
  const uint64_t tail_bytes = std::min<uint64_t>(file.size(), kEndBytes + 0xffff + kLocatorBytes), start = file.size() - tail_bytes;
  const std::string tail = file.Read(start, tail_bytes);
  const size_t end = tail.rfind("PK\5\6");
  if (end == std::string::npos || tail.size() - end < kEndBytes) file.Fail("no end of the directory");
  Span span{.offset = Number(tail, end + 16, 4), .bytes = Number(tail, end + 12, 4)};
  if (end >= kLocatorBytes && tail.compare(end - kLocatorBytes, 4, "PK\6\7") == 0) {
    const std::string end64 = file.Read(Number(tail, end - kLocatorBytes + 8, 8), kEnd64Bytes);
    if (!end64.starts_with("PK\6\6")) file.Fail("no end of the ZIP64 directory");
    span = {.offset = Number(end64, 48, 8), .bytes = Number(end64, 40, 8)};
  }
  if (span.bytes > kMaxDirectoryBytes) file.Fail("its directory is too large");
  return span;
}

// Sizes that do not fit 32 bits stand in the extra field 0x0001, in this order and only when needed.
void ReadExtra64(std::string_view extra, Member& member) {
  for (size_t at = 0; at + 4 <= extra.size();) {
    const uint64_t id = Number(extra, at, 2), length = Number(extra, at + 2, 2);
    if (at + 4 + length > extra.size()) return;
    size_t next = at + 4;
    const size_t stop = next + length;
    if (id == 1)
      for (uint64_t* value : {&member.unpacked, &member.packed, &member.offset})
        if (*value == 0xffffffff && next + 8 <= stop) *value = Number(extra, next, 8), next += 8;
    at = stop;
  }
}

std::shared_ptr<const Directory> ReadDirectory(const fs::path& path) {
  File file(path);
  const Span span = FindDirectory(file);
  const std::string bytes = file.Read(span.offset, span.bytes);
  auto directory = std::make_shared<Directory>();
  directory->path = path;
  directory->file_bytes = file.size();
  for (size_t at = 0; at + kEntryBytes <= bytes.size() && bytes.compare(at, 4, "PK\1\2") == 0;) {
    const uint64_t name_bytes = Number(bytes, at + 28, 2), extra_bytes = Number(bytes, at + 30, 2), comment_bytes = Number(bytes, at + 32, 2);
    if (at + kEntryBytes + name_bytes + extra_bytes + comment_bytes > bytes.size()) file.Fail("an entry lies beyond the directory");
    const std::string name = bytes.substr(at + kEntryBytes, name_bytes);
    Member member{.offset = Number(bytes, at + 42, 4), .packed = Number(bytes, at + 20, 4), .unpacked = Number(bytes, at + 24, 4),
                  .crc = static_cast<uint32_t>(Number(bytes, at + 16, 4)), .method = static_cast<uint16_t>(Number(bytes, at + 10, 2)),
                  .flags = static_cast<uint16_t>(Number(bytes, at + 8, 2))};
    ReadExtra64(std::string_view(bytes).substr(at + kEntryBytes + name_bytes, extra_bytes), member);
    at += kEntryBytes + name_bytes + extra_bytes + comment_bytes;
    if (name.empty() || name.back() == '/') continue;
    directory->members.insert_or_assign(name, member);
    const auto [it, is_new] = directory->by_last_name.try_emplace(name.substr(name.rfind('/') + 1), name);
    if (!is_new && it->second != name) it->second.clear();
  }
  return directory;
}

// Kept by path and size: pictures of one archive are asked for one after another, and its directory can have 100,000 entries.
std::shared_ptr<const Directory> DirectoryOf(const fs::path& path) {
  static std::mutex mutex;
  static std::map<fs::path, std::shared_ptr<const Directory>> known;
  const std::lock_guard<std::mutex> lock(mutex);
  std::error_code ignored;
  auto& directory = known[path];
  if (!directory || directory->file_bytes != fs::file_size(path, ignored)) directory = nullptr, directory = ReadDirectory(path);
  return directory;
}

}  // namespace

std::string ZipMemberNamed(const fs::path& archive, const std::string& name) {
  const auto directory = DirectoryOf(archive);
  if (directory->members.contains(name)) return name;
  const auto it = directory->by_last_name.find(name.substr(name.rfind('/') + 1));
  if (it == directory->by_last_name.end()) return "";
  const std::string& member = it->second;
  return member.ends_with("/" + name) || member == name ? member : "";
}

std::string ReadZipMember(const fs::path& archive, const std::string& name) {
  const auto directory = DirectoryOf(archive);
  const auto it = directory->members.find(name);
  if (it == directory->members.end()) throw Error(ErrorCode::kNotFound, fmt::format("{}: no member {}.", archive.string(), name));
  const Member& member = it->second;
  const std::string where = fmt::format("{}#{}", archive.string(), name);
  if (member.unpacked > kMaxMemberBytes || member.packed > kMaxMemberBytes)
    throw Error(ErrorCode::kTooLarge, fmt::format("{}: {} bytes, at most {} are read.", where, member.unpacked, kMaxMemberBytes));
  if ((member.flags & 1) != 0) throw Error(ErrorCode::kUnsupported, where + ": the member is encrypted.");
  File file(archive);
  const std::string local = file.Read(member.offset, kLocalBytes);
  if (!local.starts_with("PK\3\4")) file.Fail("a member is not where the directory says");
  std::string bytes = file.Read(member.offset + kLocalBytes + Number(local, 26, 2) + Number(local, 28, 2), member.packed);
  if (member.method == 8) bytes = std::string(InflateRaw(bytes, static_cast<int64_t>(member.unpacked) + 1, where).view());
  else if (member.method != 0) throw Error(ErrorCode::kUnsupported, fmt::format("{}: compressed by method {}; stored and deflated members are read.", where, member.method));
  if (bytes.size() != member.unpacked) throw Error(ErrorCode::kCorrupt, fmt::format("{}: expected {} bytes, found {}.", where, member.unpacked, bytes.size()));
  if (crc32(0, reinterpret_cast<const Bytef*>(bytes.data()), static_cast<uInt>(bytes.size())) != member.crc)
    throw Error(ErrorCode::kCorrupt, where + ": its checksum does not match.");
  return bytes;
}

}  // namespace lingshu
