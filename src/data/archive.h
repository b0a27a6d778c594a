// Archives as streams of members: tar, plain or compressed, and zip, through libarchive. Nothing is written to disk.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

namespace lingshu {

struct ArchiveLimits {
  uint64_t member_bytes = uint64_t{64} << 20;  // of one member, unpacked
  uint64_t total_bytes = uint64_t{16} << 30;   // of all of them
  int64_t members = 10'000'000;
};

// Calls `each` with the regular files in the archive's order until it returns false. Links, devices and folders are
// passed over. Throws Error(kNotFound | kCorrupt) naming the archive, Error(kTooLarge) naming the limit that was met.
void ForEachMember(const std::filesystem::path& archive, const ArchiveLimits& limits,
                   const std::function<bool(const std::string& name, const std::string& bytes)>& each);

}  // namespace lingshu
