// Volumes whose header and voxels are two files: NRRD headers with "data file", MetaImage headers (.mhd), NIfTI pairs
// (.hdr and .img). They are joined to the one file that the readers know.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace lingshu {

// The joined bytes, or nothing when the file is no header of that kind. The voxels' file has to lie in the header's own
// folder. Throws Error(kCorrupt | kUnsupported | kNotFound | kTooLarge).
std::optional<std::string> JoinDetached(const std::filesystem::path& path);

}  // namespace lingshu
