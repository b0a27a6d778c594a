// CIDEr and CIDEr-D (Vedantam et al. 2015) with one reference per candidate, document frequencies over the references
// of the run. MedEvalKit's own call takes those of the COCO validation captions, whose table is not published with it.
//   cider    cosine of the tf-idf vectors (cidereval's cider)
//   cider_d  counts clipped to the reference's, Gaussian penalty of the difference in length (pycocoevalcap's "Cider")
#pragma once

#include <cstdint>

#include "score/ngrams.h"

namespace lingshu {

// In [0, 10].
struct CiderScores {
  double cider = 0, cider_d = 0;
};

// Protocol: Add* Score*. Score is const: any thread may call it once all references are in.
class CiderCorpus {
 public:
  // Takes the PTB tokens of one reference report.
  void Add(const Tokens& reference);
  int64_t num_references() const { return num_references_; }
  CiderScores Score(const Tokens& reference, const Tokens& candidate) const;

 private:
  std::vector<double> IdfOf(NgramTable& local, const Tokens& tokens, std::vector<double> idf) const;

  NgramTable table_;
  std::vector<int> frequencies_;  // by n-gram: references that hold it
  int64_t num_references_ = 0;
};

}  // namespace lingshu
