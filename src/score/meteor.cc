#include "score/meteor.h"

#include <algorithm>
#include <cmath>
#include <unordered_map>

#include "score/medevalkit.h"
#include "score/porter.h"

namespace lingshu {
namespace {

// Reports say the same words over and over: what a thread has stemmed or looked up once it keeps, up to a bound.
constexpr size_t kMaxKnownWords = size_t{1} << 16;

const std::string& StemOf(const std::string& word) {
  thread_local std::unordered_map<std::string, std::string> stems;
  if (const auto it = stems.find(word); it != stems.end()) return it->second;
  if (stems.size() >= kMaxKnownWords) stems.clear();
  return stems.emplace(word, PorterStem(word)).first->second;
}

const std::vector<std::string>& SynonymsOf(const WordNet& wordnet, const std::string& word) {
  thread_local uint64_t owner = 0;
  thread_local std::unordered_map<std::string, std::vector<std::string>> synonyms;
  if (owner != wordnet.number() || synonyms.size() >= kMaxKnownWords) synonyms.clear();
  owner = wordnet.number();
  if (const auto it = synonyms.find(word); it != synonyms.end()) return it->second;
  return synonyms.emplace(word, wordnet.Synonyms(word)).first->second;
}

// The words of a text as one stage sees them, by place, and those places that no stage has matched yet.
struct Side {
  Tokens words;
  std::vector<int> ids;  // equal where the words are
  std::vector<int> left;
};

struct Alignment {
  std::vector<std::pair<int, int>> matches;  // places in candidate and reference
  Side candidate, reference;
};

// Takes the last candidate word first and gives it the last reference word that `matches(candidate place)(reference
// place)`.
template <typename MatcherOf>
void MatchStage(Alignment& alignment, const MatcherOf& matcher_of) {
  std::vector<int>&candidate = alignment.candidate.left, &reference = alignment.reference.left;
  for (size_t i = candidate.size(); i-- > 0 && !reference.empty();) {
    const auto matcher = matcher_of(candidate[i]);
    for (size_t k = reference.size(); k-- > 0;) {
      if (!matcher(reference[k])) continue;
      alignment.matches.emplace_back(candidate[i], reference[k]);
      candidate.erase(candidate.begin() + static_cast<ptrdiff_t>(i));
      reference.erase(reference.begin() + static_cast<ptrdiff_t>(k));
      break;
    }
  }
}

void MatchEqual(Alignment& alignment) {
  const std::vector<int>&candidate = alignment.candidate.ids, &reference = alignment.reference.ids;
  MatchStage(alignment,
             [&](int place) { return [&, id = candidate[place]](int other) { return id == reference[other]; }; });
}

// nltk looks up the stems that the stage before has left, not the words.
void MatchSynonyms(Alignment& alignment, const WordNet& wordnet) {
  MatchStage(alignment, [&](int place) {
    const std::string& word = alignment.candidate.words[place];
    return [&, &names = SynonymsOf(wordnet, word)](int other_place) {
      const std::string& other = alignment.reference.words[other_place];
      return word == other || std::binary_search(names.begin(), names.end(), other);
    };
  });
}

Side SideOf(const Tokens& tokens, NgramTable& table) {
  Side side;
  for (const std::string& token : tokens) {
    side.left.push_back(static_cast<int>(side.words.size()));
    side.words.push_back(PythonLower(token));
    side.ids.push_back(table.WordId(side.words.back()));
  }
  return side;
}

void StemWhatIsLeft(Side& side, NgramTable& table) {
  for (const int place : side.left) {
    side.words[place] = StemOf(side.words[place]);
    side.ids[place] = table.WordId(side.words[place]);
  }
}

std::vector<std::pair<int, int>> Align(const Tokens& reference, const Tokens& candidate, const WordNet* wordnet) {
  NgramTable table;
  Alignment alignment{.candidate = SideOf(candidate, table), .reference = SideOf(reference, table)};
  MatchEqual(alignment);
  if (!alignment.candidate.left.empty() && !alignment.reference.left.empty()) {
    StemWhatIsLeft(alignment.candidate, table);
    StemWhatIsLeft(alignment.reference, table);
    MatchEqual(alignment);
    if (wordnet != nullptr) MatchSynonyms(alignment, *wordnet);
  }
  std::sort(alignment.matches.begin(), alignment.matches.end());
  return std::move(alignment.matches);
}

// Runs of matches that are neighbours in both texts.
int CountChunks(const std::vector<std::pair<int, int>>& matches) {
  int chunks = 1;
  for (size_t i = 1; i < matches.size(); ++i)
    chunks += matches[i].first != matches[i - 1].first + 1 || matches[i].second != matches[i - 1].second + 1;
  return chunks;
}

}  // namespace

double Meteor(const Tokens& reference, const Tokens& candidate, const WordNet* wordnet) {
  constexpr double kAlpha = 0.9, kBeta = 3, kGamma = 0.5;
  const std::vector<std::pair<int, int>> matches = Align(reference, candidate, wordnet);
  if (matches.empty()) return 0;
  const double num_matches = static_cast<double>(matches.size());
  const double p = num_matches / static_cast<double>(candidate.size());
  const double r = num_matches / static_cast<double>(reference.size());
  const double mean = p * r / (kAlpha * p + (1 - kAlpha) * r);
  return (1 - kGamma * std::pow(CountChunks(matches) / num_matches, kBeta)) * mean;
}

}  // namespace lingshu
