// Finding a source's folder below the data root.
#include "data/source.h"

#include <fmt/format.h>

#include "base/error.h"

namespace lingshu {
namespace {

namespace fs = std::filesystem;

// "a/b/" and "a/b" have the same name.
std::string LastName(const fs::path& path) { return (path.has_filename() ? path : path.parent_path()).filename().string(); }

fs::path FolderOrEmpty(const Source& source, const fs::path& root) {
  std::error_code ignored;
  if (fs::is_directory(root / source.folder, ignored)) return root / source.folder;
  if (LastName(root) == LastName(source.folder) && fs::is_directory(root, ignored)) return root;
  return {};
}

}  // namespace

bool IsAvailable(const Source& source, const fs::path& root) { return source.folder.empty() || !FolderOrEmpty(source, root).empty(); }

fs::path SourceFolder(const Source& source, const fs::path& root) {
  if (source.folder.empty()) return root;
  fs::path folder = FolderOrEmpty(source, root);
  if (folder.empty())
    throw Error(ErrorCode::kNotFound,
                fmt::format("{}: expected the folder {}, which is absent.\nHINT: fetch it ({}), or name the data root that holds it.", source.name,
                            (root / source.folder).string(), source.reference));
  return folder;
}

}  // namespace lingshu
