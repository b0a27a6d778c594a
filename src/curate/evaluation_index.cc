// Copies by hash, texts by n-grams.
#include "curate/evaluation_index.h"

#include <algorithm>

#include "base/hash.h"
#include "curate/shingles.h"

namespace lingshu {
namespace {

// The second look at a picture whose perceptual hash is near. Measured on 315 radiographs and slices of VQA-RAD, 3,457
// pictures of PathVQA, 300 chest X-rays and 394 brain MRIs: see evaluation_index_test.cc for what the pair of limits finds.
constexpr int kMaxDifferenceHashDistance = 8;

// An n-gram that more evaluation texts than this share is a turn of phrase, not a leak.
constexpr size_t kMaxSharers = 8;

// Mirrored left to right each of the eight rows (bytes) reverses and every comparison turns round.
uint64_t MirrorDifferenceHash(uint64_t hash) {
  hash = ((hash >> 1) & 0x5555555555555555u) | ((hash & 0x5555555555555555u) << 1);
  hash = ((hash >> 2) & 0x3333333333333333u) | ((hash & 0x3333333333333333u) << 2);
  hash = ((hash >> 4) & 0x0f0f0f0f0f0f0f0fu) | ((hash & 0x0f0f0f0f0f0f0f0fu) << 4);
  return ~hash;
}

// The words of the gold, not its letter: letters move when options are shuffled.
std::string_view AnswerText(const Sample& sample) {
  const bool is_letter = sample.answer_type == AnswerType::kMultipleChoice && sample.answer.size() == 1;
  const size_t index = is_letter ? static_cast<size_t>(sample.answer[0] - 'A') : sample.options.size();
  return index < sample.options.size() ? sample.options[index] : sample.answer;
}

uint64_t QuestionKey(int64_t picture, const Sample& sample) {
  const std::vector<uint64_t> question = WordHashes(sample.question), answer = WordHashes(AnswerText(sample));
  const auto hash = [](const std::vector<uint64_t>& words, uint64_t seed) {
    return HashBytes({reinterpret_cast<const char*>(words.data()), words.size() * sizeof(uint64_t)}, seed);
  };
  return hash(answer, hash(question, static_cast<uint64_t>(picture)));
}

std::vector<uint64_t> DistinctShingles(std::string_view text, int64_t n) {
  std::vector<uint64_t> shingles = Shingles(WordHashes(text), n);
  std::sort(shingles.begin(), shingles.end());
  shingles.erase(std::unique(shingles.begin(), shingles.end()), shingles.end());
  return shingles;
}

}  // namespace

void EvaluationIndex::AddText(std::string_view text) {
  // Shorter texts are compared as whole questions with their answers; alone they prove nothing.
  if (static_cast<int64_t>(WordHashes(text).size()) < ngram_words_) return;
  const auto number = static_cast<uint32_t>(text_sizes_.size());
  const std::vector<uint64_t> shingles = DistinctShingles(text, ngram_words_);
  for (const uint64_t shingle : shingles) postings_[shingle].push_back(number);
  text_sizes_.push_back(static_cast<uint32_t>(shingles.size()));
}

void EvaluationIndex::Add(const Sample& sample, const std::vector<const ImageFacts*>& images) {
  for (const ImageFacts* facts : images) {
    if (!facts->error.empty()) continue;
    const auto [it, is_new] = by_content_.emplace(facts->content_hash, num_images());
    if (is_new) {
      phashes_.Add(facts->phash, num_images());
      pictures_.push_back({facts->dhash, facts->content_hash});
    }
    questions_.insert(QuestionKey(it->second, sample));
  }
  if (!images.empty()) return;  // a question on a picture may be asked of other pictures
  questions_.insert(QuestionKey(-1, sample));
  AddText(sample.question);
  AddText(sample.context);
}

void EvaluationIndex::Finish() {
  for (auto it = postings_.begin(); it != postings_.end();) {
    const bool is_shared = it->second.size() > kMaxSharers;
    if (is_shared)
      for (const uint32_t text : it->second) --text_sizes_[text];
    it = is_shared ? postings_.erase(it) : std::next(it);
  }
}

bool EvaluationIndex::IsNear(uint64_t phash, uint64_t dhash, int64_t& found) const {
  return phashes_.AnyWithin(phash, distance_, [&](int64_t picture, int) {
    if (std::popcount(pictures_[static_cast<size_t>(picture)].dhash ^ dhash) > kMaxDifferenceHashDistance) return false;
    found = picture;
    return true;
  });
}

int64_t EvaluationIndex::FindPicture(const ImageFacts& facts) const {
  const auto it = by_content_.find(facts.content_hash);
  if (it != by_content_.end()) return it->second;
  int64_t found = -1;
  if (!IsNear(facts.phash, facts.dhash, found)) IsNear(facts.mirrored_phash, MirrorDifferenceHash(facts.dhash), found);
  return found;
}

bool EvaluationIndex::HasImage(const ImageFacts& facts) const { return FindPicture(facts) >= 0; }

bool EvaluationIndex::HasQuestion(const Sample& sample, const std::vector<const ImageFacts*>& images) const {
  if (images.empty()) return questions_.contains(QuestionKey(-1, sample));
  return std::any_of(images.begin(), images.end(), [&](const ImageFacts* facts) {
    const int64_t picture = FindPicture(*facts);
    return picture >= 0 && questions_.contains(QuestionKey(picture, sample));
  });
}

double EvaluationIndex::TextOverlap(const Sample& sample) const {
  std::string text = sample.context + "\n" + sample.question;
  for (const std::string& option : sample.options) text += "\n" + option;
  text += "\n" + sample.reasoning + "\n" + sample.answer;
  std::unordered_map<uint32_t, uint32_t> counts;
  double largest = 0;
  for (const uint64_t shingle : DistinctShingles(text, ngram_words_)) {
    const auto it = postings_.find(shingle);
    if (it == postings_.end()) continue;
    for (const uint32_t number : it->second) largest = std::max(largest, static_cast<double>(++counts[number]) / text_sizes_[number]);
  }
  return largest;
}

}  // namespace lingshu
