// Publication: where a source's set is published and on which terms: what `lingshu fetch` and the guard of credentialed data
// need to know beyond reading it. A value beside the source's own, of the same name.
//   const Register<Publication> kPublished({.name = "vqa_rad", .repo = "flaviagiammarino/vqa-rad", .files = {"data/*.parquet"}});
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/registry.h"

namespace lingshu {

struct Publication {
  std::string name;                // the source's
  std::string help = "";
  std::string repo = "";           // on a hub of the Hugging Face kind; "" when it is not there
  std::vector<std::string> files = {};  // patterns of those that are read, '*' for any part of a path; empty: all
  std::vector<std::string> folders = {};  // further names of its folder below the data root, for sets in several packings
  bool is_credentialed = false;    // under a data use agreement: never sent to a remote service unless told
};

// What is known of the source of that name; all defaults where nothing is.
const Publication& PublicationOf(const std::string& source);

}  // namespace lingshu
