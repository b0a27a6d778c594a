// Sources read whole, and the place of the public data sets. Only tests include this.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "base/temporary_folder.h"
#include "data/source.h"

namespace lingshu {

struct ReadResult {
  std::vector<Sample> samples;
  std::vector<std::pair<std::string, std::string>> skipped;  // id, reason
};

inline ReadResult ReadSource(const std::string& name, const SourceOptions& options) {
  ReadResult result;
  Registry<Source>::Get()
      .Find(name, "source")
      .read(
          options,
          [&](Sample sample) {
            result.samples.push_back(std::move(sample));
            return true;
          },
          [&](const std::string& id, const std::string& reason) { result.skipped.emplace_back(id, reason); });
  return result;
}

// LINGSHU_DATA, else ../shared/data from the repository's root.
inline std::filesystem::path DataRoot() {
  const char* root = std::getenv("LINGSHU_DATA");
  return root ? root : "../shared/data";
}

}  // namespace lingshu

// Skips the test, saying why, where a data set is absent or its part was left out of the build.
#define NEEDS_SOURCE(name)                                                                                        \
  const ::lingshu::Source* const source_of_test = ::lingshu::Registry<::lingshu::Source>::Get().FindOrNull(name); \
  if (!source_of_test) GTEST_SKIP() << name << " was left out of this build";                                     \
  if (!::lingshu::IsAvailable(*source_of_test, ::lingshu::DataRoot()))                                            \
  GTEST_SKIP() << "the data set " << name << " is not below " << ::lingshu::DataRoot()
