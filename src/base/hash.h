// Hashes: SHA-256 for content addresses and manifests, XXH3 for tables and caches that never leave the process.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace lingshu {

std::string Sha256Hex(std::string_view bytes);                    // 64 lower-case digits
std::string Sha256HexOfFile(const std::filesystem::path& path);   // streamed
uint64_t HashBytes(std::string_view bytes, uint64_t seed = 0);    // XXH3-64
std::string Base64(std::string_view bytes);

}  // namespace lingshu
