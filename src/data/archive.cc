// libarchive's reader, restricted to tar and zip and bounded in every count: sizes in headers are not believed.
#include "data/archive.h"

#include <memory>

#include <archive.h>
#include <archive_entry.h>
#include <fmt/format.h>

#include "base/error.h"

namespace lingshu {
namespace {

using Reader = std::unique_ptr<archive, decltype(&archive_read_free)>;

[[noreturn]] void Fail(const std::filesystem::path& path, archive* reader) {
  const char* why = archive_error_string(reader);
  throw Error(ErrorCode::kCorrupt,
              fmt::format("{}: not a whole archive: {}", path.string(), why ? why : "unknown reason"));
}

Reader Open(const std::filesystem::path& path) {
  if (!std::filesystem::exists(path))
    throw Error(ErrorCode::kNotFound, fmt::format("cannot open {}: no such file.", path.string()));
  Reader reader(archive_read_new(), &archive_read_free);
  archive_read_support_filter_all(reader.get());
  archive_read_support_format_tar(reader.get());
  archive_read_support_format_zip(reader.get());
  if (archive_read_open_filename(reader.get(), path.c_str(), 1 << 16) != ARCHIVE_OK) Fail(path, reader.get());
  return reader;
}

void ReadMember(archive* reader, uint64_t most, const std::filesystem::path& path, std::string& bytes) {
  bytes.clear();
  char chunk[1 << 16];
  for (;;) {
    const la_ssize_t got = archive_read_data(reader, chunk, sizeof(chunk));
    if (got < 0) Fail(path, reader);
    if (got == 0) return;
    bytes.append(chunk, static_cast<size_t>(got));
    if (bytes.size() > most)
      throw Error(ErrorCode::kTooLarge,
                  fmt::format("{}: a member unpacks to more than {} bytes.", path.string(), most));
  }
}

}  // namespace

void ForEachMember(const std::filesystem::path& path, const ArchiveLimits& limits,
                   const std::function<bool(const std::string&, const std::string&)>& each) {
  const Reader reader = Open(path);
  uint64_t total = 0;
  int64_t members = 0;
  std::string bytes;
  for (archive_entry* entry = nullptr;;) {
    const int status = archive_read_next_header(reader.get(), &entry);
    if (status == ARCHIVE_EOF) return;
    if (status < ARCHIVE_WARN) Fail(path, reader.get());
    if (++members > limits.members)
      throw Error(ErrorCode::kTooLarge, fmt::format("{}: more than {} members.", path.string(), limits.members));
    const char* name = archive_entry_pathname(entry);
    if (archive_entry_filetype(entry) != AE_IFREG || archive_entry_hardlink(entry) || name == nullptr) continue;
    ReadMember(reader.get(), std::min(limits.member_bytes, limits.total_bytes - total), path, bytes);
    total += bytes.size();
    if (!each(name, bytes)) return;
  }
}

}  // namespace lingshu
