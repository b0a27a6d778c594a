// EvaluationIndex: the pictures and texts that models are measured on, arranged so that a training sample can be held
// against all of them at once.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "curate/detail.h"
#include "curate/hamming_index.h"
#include "curate/step.h"

namespace lingshu {

// Const after Finish and then safe to share between threads.   Protocol: Add* Finish (query)*
class EvaluationIndex {
 public:
  // distance: largest Hamming distance of two perceptual hashes of one picture, 0 to HammingIndex::kMaxDistance.
  EvaluationIndex(int distance, int64_t ngram_words) : distance_(distance), ngram_words_(ngram_words) {}

  void Add(const Candidate& candidate);
  // Forgets n-grams that many evaluation texts share ("which of the following is the most likely diagnosis …").
  void Finish();

  // The candidate's images that are pictures of the index, by number: the same file, or by hash and fine structure a
  // copy, also mirrored. Decodes an image again when its hash is near one of ours.
  std::vector<int64_t> FindPictures(const Candidate& candidate) const;
  // The same question and answer about one of these pictures; without pictures, the same question and answer.
  bool HasQuestion(const Sample& sample, const std::vector<int64_t>& pictures) const;
  // The largest share of one evaluation text's n-grams that occur in the sample's texts, in [0, 1].
  double TextOverlap(const Sample& sample) const;

  int64_t num_images() const { return static_cast<int64_t>(details_.size()); }
  int64_t num_texts() const { return static_cast<int64_t>(text_sizes_.size()); }

 private:
  int64_t FindPicture(const Candidate& candidate, size_t image) const;  // -1 when it is none
  int64_t AddPicture(const Candidate& candidate, size_t image);
  void AddText(std::string_view text);

  int distance_;
  int64_t ngram_words_;
  HammingIndex phashes_;
  std::vector<Detail> details_;  // by number of the picture
  std::unordered_map<std::string, int64_t> by_content_;
  std::unordered_set<uint64_t> questions_;                        // picture or none, question, answer
  std::vector<uint32_t> text_sizes_;                              // n-grams of each text that are not shared by many
  std::unordered_map<uint64_t, std::vector<uint32_t>> postings_;  // n-gram -> texts
};

}  // namespace lingshu
