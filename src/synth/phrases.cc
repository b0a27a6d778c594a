// English of a sample's record.
#include "synth/phrases.h"

#include <array>
#include <map>
#include <optional>

#include <fmt/format.h>

#include "data/phantom.h"
#include "data/phantom_words.h"

namespace lingshu {
namespace {

std::optional<PhantomTruth> TruthOf(const Sample& sample) {
  if (!sample.group.starts_with("phantom:")) return std::nullopt;
  return TruthOfSpec(sample.group);
}

std::string WithArticle(const std::string& noun) {
  const bool has_vowel = !noun.empty() && std::string_view("aeiouAEIO").find(noun[0]) != std::string_view::npos;
  return (has_vowel ? "an " : "a ") + noun;
}

std::string ModalityPhrase(const std::string& modality) {
  static const std::map<std::string, std::string> kPhrases = {{"X-ray", "an X-ray"},
                                                              {"MRI", "an MRI"},
                                                              {"ultrasound", "an ultrasound image"},
                                                              {"fundus photography", "a fundus photograph"},
                                                              {"dermoscopy", "a dermoscopy image"},
                                                              {"histopathology", "a histopathology slide"},
                                                              {"microscopy", "a microscopy image"},
                                                              {"endoscopy", "an endoscopy image"},
                                                              {"digital photography", "a photograph"}};
  const auto it = kPhrases.find(modality);
  return it == kPhrases.end() ? WithArticle(modality) : it->second;
}

// Of the counting words of findings: "mass" has masses, "metastasis" metastases, "biopsy" biopsies.
std::string Plural(const std::string& noun) {
  if (noun.ends_with("sis")) return noun.substr(0, noun.size() - 2) + "es";
  if (noun.ends_with("s") || noun.ends_with("x")) return noun + "es";
  if (noun.ends_with("y") && noun.size() > 1 &&
      std::string_view("aeiou").find(noun[noun.size() - 2]) == std::string_view::npos)
    return noun.substr(0, noun.size() - 1) + "ies";
  return noun + "s";
}

std::string NumberWord(const std::string& count) {
  constexpr std::array<const char*, 10> kWords = {"no",   "one", "two",   "three", "four",
                                                  "five", "six", "seven", "eight", "nine"};
  return count.size() == 1 && count[0] >= '0' && count[0] <= '9' ? kWords[static_cast<size_t>(count[0] - '0')] : count;
}

}  // namespace

std::string MetaOf(const Sample& sample, const std::string& key) {
  const auto it = sample.meta.find(key);
  return it == sample.meta.end() ? "" : it->second;
}

std::string Capitalized(std::string text) {
  if (!text.empty() && text[0] >= 'a' && text[0] <= 'z') text[0] = static_cast<char>(text[0] - 'a' + 'A');
  return text;
}

std::string ViewPhrase(const Sample& sample) {
  if (sample.modality.empty()) return "";
  const std::string organ = MetaOf(sample, "organ");
  return ModalityPhrase(sample.modality) + (organ.empty() ? "" : " of the " + organ);
}

std::string FindingPhrase(const Sample& sample) {
  if (const auto truth = TruthOf(sample)) return FindingPhrase(*truth);
  const std::string finding = MetaOf(sample, "finding"), size = MetaOf(sample, "size"), count = MetaOf(sample, "count");
  if (finding.empty()) return "";
  const std::string noun = size.empty() ? finding : size + " " + finding;
  return count.empty() || count == "1" ? WithArticle(noun) : NumberWord(count) + " " + Plural(noun);
}

std::string PlacePhrase(const Sample& sample) {
  if (const auto truth = TruthOf(sample)) return PlacePhrase(*truth);
  const std::string side = MetaOf(sample, "side");
  return side.empty() ? "" : fmt::format("in the {} part", side);
}

std::string FindingSentence(const Sample& sample) {
  if (!sample.meta.contains("finding")) return "";
  const std::string finding = FindingPhrase(sample), place = PlacePhrase(sample), count = MetaOf(sample, "count");
  if (finding.empty()) return "No abnormality is seen.";
  const bool is_plural = !count.empty() && count != "1";
  return fmt::format("There {} {}{}{}.", is_plural ? "are" : "is", finding, place.empty() ? "" : " ", place);
}

}  // namespace lingshu
