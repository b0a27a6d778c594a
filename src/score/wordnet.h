// WordNet 3.0 (Miller 1995; file formats: wndb(5WN)) as far as METEOR needs it: the words that share a meaning with a
// word. Reads the files of the published database from a folder: index.*, data.* and *.exc for noun, verb, adj and adv.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace lingshu {

// Const after construction; any thread may ask.
class WordNet {
 public:
  // Throws Error(kNotFound) that names the missing file and where it belongs, Error(kCorrupt) naming file and line.
  explicit WordNet(const std::filesystem::path& folder);

  // Lemma names without "_" of all synsets of `word` (lower case) in all its forms, as nltk's wordnet.synsets finds
  // them; sorted, each once. Names keep their case: "CT".
  std::vector<std::string> Synonyms(const std::string& word) const;
  // Unlike an address never given twice: caches of what Synonyms said may outlive the object.
  uint64_t number() const { return number_; }

 private:
  static constexpr int kNumParts = 4;
  struct Part {
    std::string data;                                                      // data.noun, …
    std::unordered_map<std::string, std::vector<int64_t>> offsets;         // of the synsets of a lemma
    std::unordered_map<std::string, std::vector<std::string>> exceptions;  // irregular form -> base forms
  };

  std::vector<std::string> BaseForms(int part, const std::string& word) const;

  uint64_t number_ = 0;
  std::array<Part, kNumParts> parts_;
};

// The file of `folder` that WordNet would miss first, or "" when all are there.
std::string MissingWordNetFile(const std::filesystem::path& folder);

// The folder to take when none is named: $LINGSHU_WORDNET, else where Debian's wordnet-base puts it; "" when neither has all files.
std::filesystem::path FindWordNet();

}  // namespace lingshu
