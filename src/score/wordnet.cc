#include "score/wordnet.h"

#include <algorithm>
#include <atomic>
#include <charconv>

#include <fmt/format.h>

#include "base/environment.h"
#include "base/error.h"
#include "base/files.h"
#include "base/strings.h"

namespace lingshu {
namespace {

constexpr std::array<const char*, 4> kPartNames = {"noun", "verb", "adj", "adv"};

struct Ending {
  std::string_view from, to;
};

// Morphy's rules of detachment (morphy(7WN)).
const std::vector<Ending>& EndingsOf(int part) {
  static const std::array<std::vector<Ending>, 4> kEndings = {{
      {{"s", ""},
       {"ses", "s"},
       {"ves", "f"},
       {"xes", "x"},
       {"zes", "z"},
       {"ches", "ch"},
       {"shes", "sh"},
       {"men", "man"},
       {"ies", "y"}},
      {{"s", ""}, {"ies", "y"}, {"es", "e"}, {"es", ""}, {"ed", "e"}, {"ed", ""}, {"ing", "e"}, {"ing", ""}},
      {{"er", ""}, {"est", ""}, {"er", "e"}, {"est", "e"}},
      {},
  }};
  return kEndings[part];
}

std::vector<std::string_view> FieldsOf(std::string_view line) {
  std::vector<std::string_view> fields;
  for (size_t at = 0; at < line.size();) {
    const size_t end = std::min(line.find(' ', at), line.size());
    if (end > at) fields.push_back(line.substr(at, end - at));
    at = end + 1;
  }
  return fields;
}

// Throws Error(kCorrupt) where the field is no number of that base.
int64_t NumberOf(std::string_view field, int base, const std::string& where) {
  int64_t number = 0;
  const auto [end, code] = std::from_chars(field.data(), field.data() + field.size(), number, base);
  if (code != std::errc() || end != field.data() + field.size())
    throw Error(ErrorCode::kCorrupt, fmt::format("{}: expected a number, found \"{}\"", where, field));
  return number;
}

std::string_view FieldAt(const std::vector<std::string_view>& fields, size_t place, const std::string& where) {
  if (place >= fields.size())
    throw Error(ErrorCode::kCorrupt, fmt::format("{}: expected {} fields, found {}", where, place + 1, fields.size()));
  return fields[place];
}

}  // namespace

std::string MissingWordNetFile(const std::filesystem::path& folder) {
  for (const char* part : kPartNames)
    for (const std::string& name :
         {fmt::format("index.{}", part), fmt::format("data.{}", part), fmt::format("{}.exc", part)})
      if (!IsFile(folder / name)) return (folder / name).string();
  return "";
}

std::filesystem::path FindWordNet() {
  for (const std::filesystem::path& folder : {std::filesystem::path(EnvironmentVariable("LINGSHU_WORDNET").value_or("")), std::filesystem::path("/usr/share/wordnet")})
    if (!folder.empty() && MissingWordNetFile(folder).empty()) return folder;
  return {};
}

WordNet::WordNet(const std::filesystem::path& folder) {
  static std::atomic<uint64_t> last_number{0};
  number_ = ++last_number;
  if (const std::string missing = MissingWordNetFile(folder); !missing.empty())
    throw Error(
        ErrorCode::kNotFound,
        fmt::format("no {}.\nHINT: the folder takes the \"dict\" files of WordNet 3.0 (index.*, data.*, *.exc); "
                    "Debian's package wordnet-base has them.",
                    missing));
  for (int i = 0; i < kNumParts; ++i) {
    Part& part = parts_[i];
    part.data = ReadFile(folder / fmt::format("data.{}", kPartNames[i]));
    // lemma pos synset_cnt p_cnt [ptr_symbol…] sense_cnt tagsense_cnt synset_offset…; licence lines begin with a space
    const fs::path index = folder / fmt::format("index.{}", kPartNames[i]);
    ForEachLine(index, [&](std::string_view line, int64_t number) {
      if (line.starts_with(' ')) return;
      const std::string where = fmt::format("{}:{}", index.string(), number);
      const std::vector<std::string_view> fields = FieldsOf(line);
      const int64_t num_synsets = NumberOf(FieldAt(fields, 2, where), 10, where);
      const int64_t first = 6 + NumberOf(FieldAt(fields, 3, where), 10, where);
      std::vector<int64_t>& offsets = part.offsets[std::string(fields[0])];
      for (int64_t k = 0; k < num_synsets; ++k)
        offsets.push_back(NumberOf(FieldAt(fields, static_cast<size_t>(first + k), where), 10, where));
    });
    ForEachLine(folder / fmt::format("{}.exc", kPartNames[i]), [&](std::string_view line, int64_t) {
      const std::vector<std::string_view> fields = FieldsOf(line);
      if (!fields.empty()) part.exceptions[std::string(fields[0])].assign(fields.begin() + 1, fields.end());
    });
  }
}

std::vector<std::string> WordNet::BaseForms(int part, const std::string& word) const {
  std::vector<std::string> forms = {word};
  if (const auto it = parts_[part].exceptions.find(word); it != parts_[part].exceptions.end()) {
    forms.insert(forms.end(), it->second.begin(), it->second.end());
  } else {
    for (const Ending& ending : EndingsOf(part))
      if (word.ends_with(ending.from))
        forms.push_back(word.substr(0, word.size() - ending.from.size()) + std::string(ending.to));
  }
  return forms;
}

std::vector<std::string> WordNet::Synonyms(const std::string& word) const {
  std::vector<std::string> names;
  for (int i = 0; i < kNumParts; ++i)
    for (const std::string& form : BaseForms(i, word)) {
      const auto it = parts_[i].offsets.find(form);
      if (it == parts_[i].offsets.end()) continue;
      for (const int64_t offset : it->second) {
        // synset_offset lex_filenum ss_type w_cnt word lex_id [word lex_id…] …; w_cnt is hexadecimal
        const std::string where = fmt::format("data.{} at byte {}", kPartNames[i], offset);
        const std::string_view data = parts_[i].data;
        if (offset < 0 || static_cast<size_t>(offset) >= data.size())
          throw Error(ErrorCode::kCorrupt, fmt::format("{}: the file has {} bytes", where, data.size()));
        const std::string_view line = data.substr(offset, data.find('\n', offset) - offset);
        const std::vector<std::string_view> fields = FieldsOf(line);
        const int64_t num_words = NumberOf(FieldAt(fields, 3, where), 16, where);
        for (int64_t k = 0; k < num_words; ++k) {
          // An adjective may carry its place: "galore(ip)".
          const std::string_view lemma = FieldAt(fields, static_cast<size_t>(4 + 2 * k), where);
          const std::string_view name = lemma.substr(0, lemma.find('('));
          if (name.find('_') == std::string_view::npos) names.emplace_back(name);
        }
      }
    }
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

}  // namespace lingshu
