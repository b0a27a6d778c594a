// One member of a zip file (APPNOTE.TXT of PKWARE, with ZIP64) without unpacking the rest: benchmarks ship their pictures
// as images.zip of many gigabytes.
#pragma once

#include <filesystem>
#include <string>

namespace lingshu {

// The member of this name, or else the only one whose path ends in "/name"; "" when there is none.
// The directory of the archive is read once and kept while the file stays the same.
// Throws Error(kNotFound | kCorrupt | kTooLarge | kUnsupported) naming the archive.
std::string ZipMemberNamed(const std::filesystem::path& archive, const std::string& name);

// The member's bytes, checked against its CRC-32. Stored and deflated members are read. Throws as above.
std::string ReadZipMember(const std::filesystem::path& archive, const std::string& member);

}  // namespace lingshu
