// Answer text: the free-text answer inside a reply, and the comparisons of closed and open answers.
#pragma once

#include <string>
#include <string_view>

#include "score/reply.h"

namespace lingshu {

struct AnswerText {
  std::string text;        // folded, without "the answer is" and closing punctuation
  const char* rule = "reply";  // boxed answer_tag declared reply none conflict
  int begin = 0, end = 0;  // bytes of Reply::text
};

AnswerText ReadAnswerText(const Reply& reply);

// How a short phrase may differ from its gold and still be it.
enum class PhraseMatch { kNo, kExact, kListOrder, kSynonym, kHeadNoun };
const char* PhraseMatchName(PhraseMatch match);

// Exact after normalisation, or the same list in another order ("lungs and heart").
PhraseMatch MatchOpen(const std::string& gold, const std::string& answer);
// Also the names of a modality, a plane with or without "plane", a side with its organ ("left lung" for "left").
PhraseMatch MatchClosed(const std::string& gold, const std::string& answer);
// Also a sentence that holds the gold as an un-negated phrase, and numbers equal to two decimals: MMMU's open questions.
PhraseMatch MatchContained(const std::string& gold, const std::string& answer);

}  // namespace lingshu
