// Walking a folder of any size: the names of one directory are in memory at a time, never the paths of all files.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>

namespace lingshu {

// Calls `each` with every regular file below the folder: a directory's own files by name, then its folders by name.
// Links to folders are not followed; what may not be looked into is passed over. Throws Error(kNotFound) when the folder
// is absent.
void ForEachFile(const std::filesystem::path& folder, const std::function<void(const std::string& path)>& each);

// The first bytes of a file, at most max_bytes, and the size of the whole. Throws Error(kNotFound | kIo).
struct FilePrefix {
  std::string bytes;
  int64_t file_bytes = 0;
};
FilePrefix ReadPrefix(const std::string& path, int64_t max_bytes);

// The whole file in place of what `bytes` held, in its memory where that is enough. Throws as ReadPrefix, and
// Error(kTooLarge) beyond max_bytes.
void ReadInto(const std::string& path, int64_t max_bytes, std::string& bytes);

// Fills `to` from the file's byte `offset` on; false where the file does not reach so far. Throws as ReadPrefix.
bool ReadSpan(const std::string& path, int64_t offset, std::span<uint8_t> to);

}  // namespace lingshu
