// Exam questions: what the multiple-choice text sets have in common, whatever their files look like.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "data/sample.h"

namespace lingshu {

struct ExamQuestion {
  std::string question;
  std::vector<std::string> options;  // texts without letters
  std::string answer;                // one letter
  std::string language = "en";
  std::string reasoning;             // the set's own explanation, or ""
  std::map<std::string, std::string> meta;
};

// "<source>:<split>:<key>" as a sample of kind text_qa. Throws Error(kCorrupt) unless there are 2 to 26 options, none empty, and
// the answer is one of their letters.
Sample ExamSample(const std::string& source, const std::string& split, const std::string& key, ExamQuestion exam);

}  // namespace lingshu
