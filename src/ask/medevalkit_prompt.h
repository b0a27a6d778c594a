// The prompts of MedEvalKit (revision 9b12e3b) word for word, for comparing with published numbers. Its faults are part of
// it: options without letters where the letter is asked for, and prompts of VQA-RAD and PathVQA that follow the gold answer.
// What we ask by ourselves is prompt.h.
#pragma once

#include <string>

#include "data/sample.h"

namespace lingshu {

struct MedEvalKitForm {
  // "A. text", "A.text", the text alone, the set's own cell (meta["options_as_published"]).
  enum class Options { kSpaced, kTight, kBare, kPublished };
  // What decides between yes/no, word or phrase, and open: the sample's type; the set's CLOSED or OPEN; the gold answer, as
  // the loaders of VQA-RAD (any case) and PathVQA (lower case) do.
  enum class Kind { kAnswerType, kPublishedType, kGoldAnyCase, kGoldLowerCase };
  enum class Shape { kPlain, kMmmu, kMimic };
  Options options = Options::kSpaced;
  Kind kind = Kind::kAnswerType;
  Shape shape = Shape::kPlain;
  bool has_context = true;  // Rad-ReStruct's history is not told
  int max_images = 0;       // 0: all; MMMU passes the first alone
};

std::string MedEvalKitPrompt(const Sample& sample, const MedEvalKitForm& form, bool is_reasoning);

}  // namespace lingshu
