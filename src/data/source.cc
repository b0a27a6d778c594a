// Finding a source's folder below the data root.
#include "data/source.h"

#include <fmt/format.h>

#include "base/error.h"
#include "data/publication.h"

namespace lingshu {
namespace {

namespace fs = std::filesystem;

// "a/b/" and "a/b" have the same name.
std::string LastName(const fs::path& path) {
  return (path.has_filename() ? path : path.parent_path()).filename().string();
}

fs::path FolderOrEmpty(const Source& source, const fs::path& root) {
  std::error_code ignored;
  std::vector<std::string> names = {source.folder};
  const std::vector<std::string>& further = PublicationOf(source.name).folders;
  names.insert(names.end(), further.begin(), further.end());
  for (const std::string& name : names)
    if (fs::is_directory(root / name, ignored)) return root / name;
  for (const std::string& name : names)
    if (LastName(root) == LastName(name) && fs::is_directory(root, ignored)) return root;
  return {};
}

}  // namespace

const Publication& PublicationOf(const std::string& source) {
  static const Publication kNone;
  const Publication* known = Registry<Publication>::Get().FindOrNull(source);
  return known != nullptr ? *known : kNone;
}

bool IsAvailable(const Source& source, const fs::path& root) {
  return source.folder.empty() || !FolderOrEmpty(source, root).empty();
}

fs::path SourceFolder(const Source& source, const fs::path& root) {
  if (source.folder.empty()) return root;
  const fs::path folder = FolderOrEmpty(source, root);
  if (folder.empty())
    throw Error(
        ErrorCode::kNotFound,
        fmt::format(
            "{}: expected the folder {}, which is absent.\nHINT: {} ({}), or name the data root that holds it.", source.name,
            (root / source.folder).string(), PublicationOf(source.name).repo.empty() ? "get it" : "lingshu fetch " + source.name, source.reference));
  return fs::absolute(folder).lexically_normal();
}

}  // namespace lingshu
