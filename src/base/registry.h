// Registry: parts (benchmarks, sources, readers, steps, scores, commands) are values that announce themselves.
// A new part is one new file:
//   const Register<Source> kVqaRad({.name = "vqa_rad", .help = "…", .open = &OpenVqaRad});
// The order of registration never matters: All() is sorted by name. Names are snake_case and forever.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "base/error.h"
#include "base/strings.h"

namespace lingshu {

// Part is a struct with `std::string name` and `std::string help`.
template <typename Part>
class Registry {
 public:
  static Registry& Get() {
    static Registry registry;
    return registry;
  }

  void Add(Part part) {
    const auto place = std::lower_bound(parts_.begin(), parts_.end(), part.name,
                                        [](const Part& a, const std::string& name) { return a.name < name; });
    CHECK(place == parts_.end() || place->name != part.name) << "two parts are named " << part.name;
    parts_.insert(place, std::move(part));
  }

  const std::vector<Part>& All() const { return parts_; }

  const Part* FindOrNull(std::string_view name) const {
    for (const Part& part : parts_)
      if (part.name == name) return &part;
    return nullptr;
  }

  // Throws Error(kUsage) that lists the known names and the nearest one. `kind` is the word for the part in that message.
  const Part& Find(std::string_view name, std::string_view kind) const {
    if (const Part* part = FindOrNull(name)) return *part;
    std::vector<std::string> names;
    for (const Part& part : parts_) names.push_back(part.name);
    throw Error(ErrorCode::kUsage, fmt::format("unknown {} \"{}\".{}\nKnown: {}.", kind, name, DidYouMean(name, names),
                                               JoinStrings(names, ", ")));
  }

 private:
  std::vector<Part> parts_;
};

template <typename Part>
struct Register {
  explicit Register(Part part) { Registry<Part>::Get().Add(std::move(part)); }
};

}  // namespace lingshu
